import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Job } from "../../model/index.js";
import { changeJob } from "./change-job.js";
import { JobStore } from "./job-store.js";
import { LocalResource } from "./local-resource.js";
import { putFinishedJob, putFinishedJobs } from "./testing/put-finished-jobs.js";
import { openWorkspace, type Workspace } from "./workspace.js";

const count = 220;
let root: string;
let workspace: Workspace;
let index: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "finished-jobs-"));
  workspace = openWorkspace(root);
  index = join(workspace.engine, "finished-jobs.json");
  putFinishedJobs(workspace, "ada", count);
  // Until a directory's time of change can be told from a later one.
  await sleep(150);
});
afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 10 }));

/** As a new process sees them: nothing is shared between two resources but the files. */
async function list(): Promise<readonly Job[]> {
  const session = await new LocalResource({ workspace: root }).logIn({ userName: "ada" });
  return session.list();
}

/** The tests go on with what the one before has left. */
describe("jobs that were over in an earlier process", () => {
  it("are listed without reading their files again, and the same", async () => {
    const before = await list();
    expect(before).toHaveLength(count);
    expect((await stat(index)).mode & 0o777).toBe(0o600);
    // Useless without a trace in its directory: who reads it fails.
    const state = join(workspace.jobs, "5", "state-1.json");
    const text = await readFile(state, "utf8");
    await writeFile(state, "{");
    expect(await list()).toEqual(before);
    await rm(index);
    await expect(list()).rejects.toThrow("state-1.json");
    await writeFile(state, text);
    expect(await list()).toEqual(before);
  });

  it("are read again when anything has happened to them", async () => {
    expect(changeJob(new JobStore(workspace), { id: "7", number: 7 }, "requeue")).toBe("changed");
    expect(changeJob(new JobStore(workspace), { id: "7", number: 7 }, "hold")).toBe("changed");
    const jobs = await list();
    expect(jobs.find(({ id }) => id === "7")?.status.phase).toBe("held");
    expect(jobs.filter(({ status }) => status.phase === "finished")).toHaveLength(count - 1);
    expect(changeJob(new JobStore(workspace), { id: "7", number: 7 }, "cancel")).toBe("changed");
  });

  it("are gone when their directory is, and give their number to no other", async () => {
    for (const number of [3, count]) await rm(join(workspace.jobs, String(number)), { recursive: true });
    putFinishedJob(workspace, "ada", count, "newcomer");
    const names = (await list()).map(({ name }) => name);
    expect(names).toHaveLength(count - 1);
    expect(names[0]).toBe("newcomer");
    expect(names).not.toContain("job_3");
  });

  it.each([
    ["is missing", () => rm(index)],
    ["was cut", () => truncate(index, 5_000)],
    ["is empty", () => truncate(index, 0)],
    ["has one letter changed", async () => flip(await readFile(index, "utf8"))],
    ["is another version's", () => writeFile(index, "[]")],
  ])("are read from their own files when the note about them %s", async (_what, spoil) => {
    const before = await list();
    await spoil();
    expect(await list()).toEqual(before);
  });
});

/** A success becomes something else. */
async function flip(text: string): Promise<void> {
  expect(text).toContain('"succeeded"');
  await writeFile(index, text.replace('"succeeded"', '"cancelled"'));
}
