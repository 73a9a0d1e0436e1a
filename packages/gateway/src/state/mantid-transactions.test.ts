import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MantidTransactions } from "./mantid-transactions.js";
import { openStore, type Store } from "./store.js";
import { migrations } from "./tables.js";

const anna = { resourceId: "local", userName: "anna" };
const day = 86_400_000;
const ages = { stoppedDays: 30, jobDays: 400 };

let folder: string;
let store: Store;
let now: number;
let transactions: MantidTransactions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-mantid-"));
  store = openStore(join(folder, "gateway.sqlite"), migrations);
  now = 1_000 * day;
  transactions = new MantidTransactions(store, () => now);
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

function submit(transactionId: string, jobId: string): void {
  transactions.beginJob(anna, `key of ${jobId}`, { transactionId, scriptName: "a.sh" });
  transactions.finishJob(anna, `key of ${jobId}`, jobId);
}

it("forgets jobs that no resource lists any more, and the open transactions in which there were no others", () => {
  const [old, busy] = [transactions.start(anna), transactions.start(anna)];
  submit(old, "1");
  submit(busy, "2");
  now += 399 * day;
  submit(busy, "3");
  transactions.removeOlderThan(ages);
  expect([...transactions.jobsOf(anna).keys()].toSorted()).toEqual(["1", "2", "3"]);
  now += 2 * day;
  transactions.removeOlderThan(ages);
  expect([...transactions.jobsOf(anna).keys()]).toEqual(["3"]);
  expect([old, busy].map((id) => transactions.isOpen(anna, id))).toEqual([false, true]);
  expect(store.all("SELECT * FROM mantid_transactions")).toHaveLength(1);
});

it("forgets a stopped transaction and its jobs after a month", () => {
  const id = transactions.start(anna);
  submit(id, "1");
  transactions.beginStop(anna, id);
  now += 31 * day;
  transactions.removeOlderThan(ages);
  // Its jobs have not ended: the stop will be repeated.
  expect(transactions.beginStop(anna, id)).toEqual(["1"]);
  transactions.finishStop(id);
  transactions.removeOlderThan(ages);
  expect(transactions.jobsOf(anna).size).toBe(0);
  expect(store.all("SELECT * FROM mantid_transactions")).toEqual([]);
});

it("gives rows of an older version the age of their transactions", () => {
  const path = join(folder, "older.sqlite");
  const older = openStore(path, migrations.slice(0, 5));
  older.run("INSERT INTO mantid_transactions VALUES ('T1', 'local', 'anna', 'open', ?)", now);
  older.run("INSERT INTO mantid_jobs VALUES ('local', 'anna', 'key', 'T1', 'a.sh', '7')");
  older.close();
  const newer = openStore(path, migrations);
  const upgraded = new MantidTransactions(newer, () => now);
  upgraded.removeOlderThan(ages);
  expect([...upgraded.jobsOf(anna).keys()]).toEqual(["7"]);
  newer.close();
});
