import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore, type Store } from "./store.js";
import { migrations } from "./tables.js";
import { UploadTable } from "./upload-table.js";

const day = 86_400_000;
const key = { resourceId: "local", userName: "anna", jobId: "0", directory: "", name: "scan" };

let folder: string;
let store: Store;
let now: number;
let uploads: UploadTable;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-uploads-"));
  store = openStore(join(folder, "gateway.sqlite"), migrations);
  now = 1_000 * day;
  uploads = new UploadTable(store, () => now);
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

const chunk = (name: string) => ({ name, offset: 0, sizeBytes: 5, sha256: "0" });

it("forgets an upload when nothing came to it for so long, however long ago it was begun", () => {
  const { id } = uploads.add(key, 9);
  uploads.putChunk(id, 1, chunk("one"));
  now += 6 * day;
  uploads.putChunk(id, 2, chunk("two"));
  now += 6 * day;
  expect(uploads.removeOlderThan(7)).toEqual([]);
  expect(uploads.unfinished("anna")).toEqual({ count: 1, chunks: 2, sizeBytes: 10 });
  now += 2 * day;
  expect(uploads.removeOlderThan(7).toSorted()).toEqual(["one", "two"]);
  expect(uploads.unfinished()).toEqual({ count: 0, chunks: 0, sizeBytes: 0 });
});

it("names the files of which most is kept", () => {
  for (const [name, chunks] of [
    ["small", 1],
    ["large", 3],
    ["middle", 2],
  ] as const) {
    const { id } = uploads.add({ ...key, name, directory: "d" }, 9);
    for (let number = 1; number <= chunks; number += 1)
      uploads.putChunk(id, number, chunk(`${name}${number}`));
  }
  expect(uploads.largestUnfinished("anna", 2)).toEqual(["d/large", "d/middle"]);
  expect(uploads.largestUnfinished("ben", 2)).toEqual([]);
});

it("takes uploads of an older version for used when they were begun", () => {
  const path = join(folder, "older.sqlite");
  const older = openStore(path, migrations.slice(0, 6));
  older.run(
    "INSERT INTO uploads (resource, user_name, job_id, directory, name, amount, begun_at) VALUES ('local', 'anna', '0', '', 'scan', 2, ?)",
    now,
  );
  older.close();
  const newer = openStore(path, migrations);
  const upgraded = new UploadTable(newer, () => now);
  upgraded.removeOlderThan(7);
  expect(upgraded.find(key)?.amount).toBe(2);
  newer.close();
});
