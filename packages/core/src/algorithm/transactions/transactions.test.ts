import { appendFile, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FileTransactionStore } from "./file-transaction-store.js";
import { MemoryTransactionStore } from "./memory-transaction-store.js";
import { newTransactionId } from "./transaction-id.js";
import type { TransactionStore } from "./transaction-store.js";
import { Transactions } from "./transactions.js";
import { noteFile, openNoted } from "./waiting-file.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "transactions-"));
});
afterAll(() => rm(directory, { recursive: true }));

const ada = { resourceId: "one", userName: "ada" };
const unknown = { name: "ValueError", code: "PROPERTY_INVALID" };

describe.each([
  ["memory", async () => new MemoryTransactionStore()],
  ["files", async () => new FileTransactionStore(join(await mkdtemp(join(directory, "s-")), "new"))],
])("transactions in %s", (_, makeStore: () => Promise<TransactionStore>) => {
  let transactions: Transactions;
  beforeEach(async () => {
    transactions = new Transactions(await makeStore());
  });

  async function start(owner = ada): Promise<string> {
    const id = newTransactionId();
    await transactions.start(id, owner);
    return id;
  }

  it("keep jobs and files with the transaction named, in order", async () => {
    const [first, second] = [await start(), await start()];
    const [one, two] = [await transactions.find(first, ada), await transactions.find(second, ada)];
    for (const jobId of ["1", "2"]) await transactions.addJob(one, { jobId, scriptName: `s${jobId}` });
    await transactions.addJob(two, { jobId: "3", scriptName: "s3" });
    await transactions.addFile(one, "a.txt", { path: "/old", version: "1" });
    await transactions.addFile(one, "a.txt", { path: "/new", version: "2" });
    await transactions.addFile(one, "b.txt");
    const found = await transactions.find(first, ada);
    expect(found.jobs.map(({ jobId }) => jobId)).toEqual(["1", "2"]);
    expect([...found.files]).toEqual([
      ["a.txt", { path: "/new", version: "2" }],
      ["b.txt", undefined],
    ]);
    expect((await transactions.jobsOf(ada)).get("3")).toEqual({ jobId: "3", scriptName: "s3", id: second });
    expect((await transactions.jobsOf({ ...ada, userName: "bob" })).size).toBe(0);
  });

  it.each(["", "Trans_", "../../etc/passwd", "LSFTrans_1", "a\nb", "x".repeat(5000)])(
    "an id that nobody gave out is unknown: %j",
    async (id) => {
      await expect(transactions.find(id, ada)).rejects.toMatchObject(unknown);
    },
  );

  it("belong to one user on one resource", async () => {
    const id = await start();
    for (const owner of [
      { ...ada, userName: "bob" },
      { ...ada, resourceId: "two" },
    ]) {
      const error: unknown = await transactions.find(id, owner).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        ...unknown,
        message: `TransactionID "${id}" is no transaction of ${owner.userName} on ${owner.resourceId}.`,
      });
    }
  });

  it("that are stopped stay so: nothing can be added, and only one call gets them", async () => {
    const found = await transactions.find(await start(), ada);
    await transactions.addJob(found, { jobId: "1", scriptName: "s" });
    const takes = await Promise.allSettled([1, 2, 3].map(() => transactions.take(found)));
    const taken = takes.flatMap((take) => (take.status === "fulfilled" ? [take.value.jobs] : []));
    expect(taken).toEqual([[{ jobId: "1", scriptName: "s" }]]);
    expect(await transactions.addJob(found, { jobId: "2", scriptName: "s" })).toBe(false);
    await expect(transactions.addFile(found, "a")).rejects.toMatchObject(unknown);
    await expect(transactions.find(found.id, ada)).rejects.toMatchObject(unknown);
    expect((await transactions.jobsOf(ada)).size).toBe(0);
  });
});

describe("transactions in files", () => {
  it("keep what several programs add at the same time, after a line that was cut off too", async () => {
    const shared = join(directory, "shared");
    const programs = [1, 2, 3].map(() => new Transactions(new FileTransactionStore(shared)));
    const id = newTransactionId();
    await programs[0]?.start(id, ada, "/home/ada/transactions/x");
    await appendFile(join(shared, `${id}.jsonl`), '{"kind":"job","jobId":"cut of');
    const found = await programs[0]?.find(id, ada);
    if (found === undefined) throw new Error("no transaction");
    expect(found.directory).toBe("/home/ada/transactions/x");
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        await programs[index % 3]?.addJob(found, { jobId: String(index), scriptName: "s" });
      }),
    );
    const jobs = (await programs[1]?.find(id, ada))?.jobs.map(({ jobId }) => Number(jobId));
    expect(jobs?.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect((await stat(join(shared, `${id}.jsonl`))).mode & 0o777).toBe(0o600);
    expect((await stat(shared)).mode & 0o777).toBe(0o700);
    await programs[2]?.take(found);
    expect(await readdir(shared)).toEqual([]);
  });

  it("say so when they can't be kept", async () => {
    await writeFile(join(directory, "in-the-way"), "");
    const transactions = new Transactions(new FileTransactionStore(join(directory, "in-the-way", "t")));
    await expect(transactions.start(newTransactionId(), ada)).rejects.toMatchObject({ name: "FileError" });
  });
});

describe("a file that waits for a submit", () => {
  it("is sent as it was, or not at all", async () => {
    const path = join(directory, "waits.txt");
    await writeFile(path, "first");
    const noted = await noteFile(path);
    expect((await openNoted("a.txt", noted)).sizeBytes).toBe(5);

    await writeFile(path, "other");
    await utimes(path, 1, 1);
    await expect(openNoted("a.txt", noted)).rejects.toMatchObject({
      code: "TRANSFER_INCOMPLETE",
      message: `${path} has changed since it was uploaded as a.txt.`,
    });
    await rm(path);
    await expect(openNoted("a.txt", noted)).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: `${path} is gone since it was uploaded as a.txt.`,
      hint: "Files wait on this machine until a job is submitted. Upload a.txt again, with Overwrite: true.",
    });
  });

  it("must be a file now", async () => {
    await expect(noteFile(directory)).rejects.toMatchObject({ code: "FILE_KIND_WRONG" });
    await expect(noteFile(join(directory, "none"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});
