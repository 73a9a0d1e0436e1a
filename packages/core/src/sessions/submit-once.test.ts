import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SchedulerError, SpecError, TransportError } from "../errors/index.js";
import type { Capabilities, JobSpec } from "../model/index.js";
import type { Session } from "../resources/compute-resource.js";
import { SubmitJournal } from "./submit-journal.js";
import { newSubmitKey, submitOnce } from "./submit-once.js";
import { MemoryResource } from "./testing/memory-resource.js";

const retry = { firstDelaySeconds: 0.001, attempts: 3 };
const spec: JobSpec = { task: { kind: "shell", commandLine: "recon" }, name: "night_run" };
let directory: string;
let journal: SubmitJournal;
let resource: MemoryResource;
let session: Session;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-journal-"));
  journal = new SubmitJournal(join(directory, "submits"));
  await start();
});
afterEach(() => rm(directory, { recursive: true }));

async function start(capabilities: Partial<Capabilities> = {}): Promise<void> {
  resource = new MemoryResource("SCARF", capabilities);
  resource.addUser("alice");
  session = await resource.logIn({ userName: "alice", password: "password of alice" });
}

const jobs = (): string[] => [...resource.userNamed("alice").jobs.keys()];
const submit = (submitKey = "key"): ReturnType<typeof submitOnce> =>
  submitOnce(session, spec, { submitKey, journal, retry });
const lost = (): TransportError => new TransportError("CONNECTION_LOST", "the connection broke");

describe("a submit", () => {
  it("is written down before and after, and not made again by its key", async () => {
    expect(await submit()).toEqual({ jobId: "400001", submitKey: "key" });
    expect(await journal.entries()).toMatchObject([
      { submitKey: "key", jobId: "400001", jobName: "night_run" },
    ]);
    expect(await submit()).toEqual({ jobId: "400001", submitKey: "key" });
    expect([jobs(), resource.calls.get("submit"), await journal.pending()]).toEqual([["400001"], 1, []]);
    const [file = ""] = await readdir(join(directory, "submits"));
    expect((await stat(join(directory, "submits", file))).mode & 0o777).toBe(0o600);
  });

  it("whose note is damaged is not made again, and keeps no other from being made", async () => {
    await submit();
    const [file = ""] = await readdir(join(directory, "submits"));
    for (const text of ["{", "null", '{"submitKey":"key"}']) {
      await writeFile(join(directory, "submits", file), text);
      journal = new SubmitJournal(join(directory, "submits"));
      await expect(submit()).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
      await submit(`other ${text}`);
    }
    expect(jobs().length).toBe(4);
  });

  it("is on the disk before anything is sent", async () => {
    const call = resource.call.bind(resource);
    let before: unknown;
    resource.call = async (method, act) => {
      if (method === "submit") before = await new SubmitJournal(join(directory, "submits")).entries();
      return call(method, act);
    };
    await submit();
    expect(before).toMatchObject([{ submitKey: "key", resourceId: "SCARF", userName: "alice" }]);
  });

  it("needs no journal and no key", async () => {
    const { jobId, submitKey } = await submitOnce(session, spec);
    expect(jobId).toBe("400001");
    expect(submitKey).toMatch(/^[a-z2-9]{20}$/);
    expect(new Set(Array.from({ length: 100 }, newSubmitKey)).size).toBe(100);
  });

  it("with a key that stands for another job is refused", async () => {
    await submit();
    const other = submitOnce(session, { ...spec, name: "another" }, { submitKey: "key", journal });
    await expect(other).rejects.toMatchObject({ code: "USAGE_INVALID" });
    const reordered: JobSpec = { name: "night_run", task: { commandLine: "recon", kind: "shell" } };
    expect(await submitOnce(session, reordered, { submitKey: "key", journal })).toMatchObject({
      jobId: "400001",
    });
  });

  it("that was refused leaves nothing, and its key can be used again", async () => {
    resource.fail("submit", new SpecError("SPEC_REJECTED", "30 h is over the limit of the queue"));
    await expect(submit()).rejects.toMatchObject({ code: "SPEC_REJECTED" });
    expect(await journal.entries()).toEqual([]);
    expect(await submit()).toMatchObject({ jobId: "400001" });
  });

  it("waits for a service that is away, and gives up without a trace when nothing was ever sent", async () => {
    resource.fail("submit", new TransportError("CONNECTION_FAILED", "down"), "before", 2);
    expect(await submit()).toMatchObject({ jobId: "400001" });
    resource.fail("submit", new SchedulerError("SCHEDULER_UNAVAILABLE", "down"), "before", 3);
    await expect(submit("other")).rejects.toMatchObject({ code: "SCHEDULER_UNAVAILABLE" });
    expect(await journal.pending()).toEqual([]);
  });

  it("is not begun after a request to stop", async () => {
    const stopped = submitOnce(session, spec, { journal, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    expect([await journal.entries(), resource.calls.get("submit")]).toEqual([[], undefined]);
  });
});

describe("a lost answer", () => {
  it.each(["CONNECTION_LOST", "RESPONSE_TIMEOUT"] as const)(
    "(%s) never makes a second job where keys are known",
    async (code) => {
      resource.fail("submit", new TransportError(code, "lost"), "after", 2);
      expect(await submit()).toMatchObject({ jobId: "400001" });
      expect([jobs(), resource.calls.get("submit")]).toEqual([["400001"], 3]);
    },
  );

  it("is looked up by the key elsewhere; nothing is sent again", async () => {
    await start({ submitOnce: false });
    resource.loseAnswer("submit");
    resource.fail("list", lost());
    expect(await submit()).toMatchObject({ jobId: "400001" });
    expect([jobs(), resource.calls.get("submit")]).toEqual([["400001"], 1]);
  });

  it("is ambiguous where it can't be looked up: said, kept, and never sent again by itself", async () => {
    await start({ submitOnce: false });
    resource.fail("submit", lost(), "before");
    const ambiguous = {
      code: "SUBMIT_AMBIGUOUS",
      hint: "Look at the list of your jobs. Submit it again only if it isn't there.",
      context: { submitKey: "key", resource: "SCARF", user: "alice" },
    };
    await expect(submit()).rejects.toMatchObject({
      ...ambiguous,
      message: "It is not known whether job night_run was submitted to SCARF: the connection broke.",
    });
    await expect(submit()).rejects.toMatchObject(ambiguous);
    expect(resource.calls.get("submit")).toBe(1);
    expect(await journal.forget("key")).toBe(1);
    expect(await submit()).toMatchObject({ jobId: "400001" });
  });

  it("is ambiguous when the service stays away, and the same key clears it up later", async () => {
    resource.loseAnswer("submit");
    resource.fail("submit", new TransportError("CONNECTION_FAILED", "down"), "before", 5);
    await expect(submit()).rejects.toMatchObject({
      code: "SUBMIT_AMBIGUOUS",
      hint: "Submit it again with the submit key key: that never makes a second job.",
    });
    expect(await journal.entries()).toHaveLength(1);
    resource.fail("submit", new TransportError("CONNECTION_FAILED", "down"), "before", 0);
    while (jobs().length === 0 || (await journal.entries())[0]?.jobId === undefined)
      await submit().catch(() => undefined);
    expect(jobs()).toEqual(["400001"]);
  });

  it("stays ambiguous when the quota is full then: the lost job may be what fills it", async () => {
    resource.loseAnswer("submit");
    resource.fail("submit", new SchedulerError("QUOTA_EXCEEDED", "100 jobs at most"));
    await expect(submit()).rejects.toMatchObject({ code: "SUBMIT_AMBIGUOUS" });
    expect(await journal.entries()).toHaveLength(1);
  });

  it("by an answer that can't be read counts as lost", async () => {
    await start({ submitOnce: false });
    resource.fail("submit", new SchedulerError("OUTPUT_UNREADABLE", "<html>"), "after");
    expect(await submit()).toMatchObject({ jobId: "400001" });
  });

  it("by a request to stop is said so", async () => {
    const controller = new AbortController();
    resource.fail("submit", lost(), "after");
    const stopped = submitOnce(session, spec, {
      submitKey: "key",
      journal,
      signal: controller.signal,
      retry: { firstDelaySeconds: 5 },
    });
    setTimeout(() => controller.abort(), 50);
    await expect(stopped).rejects.toMatchObject({
      code: "ABORTED",
      message: "Stopped on request; it is not known whether job night_run was submitted to SCARF.",
    });
    expect(await journal.entries()).toMatchObject([{ submitKey: "key" }]);
  });
});

describe("a program that is killed in the middle of a submit", () => {
  it("leaves a trace, and the next one clears it up with the same key", async () => {
    const program = fork(fileURLToPath(new URL("testing/submit-and-hang.js", import.meta.url)), [
      join(directory, "submits"),
    ]);
    await once(program, "message");
    expect(await journal.pending()).toEqual([]);
    program.kill("SIGKILL");
    await once(program, "exit");
    const [left] = await journal.pending();
    expect(left).toMatchObject({
      submitKey: "key",
      resourceId: "SCARF",
      userName: "alice",
      jobName: "night_run",
    });
    // The job was made before the kill.
    await session.submit(spec, { submitKey: "key" });
    expect(await submit()).toMatchObject({ jobId: "400001" });
    expect([jobs(), await journal.pending()]).toEqual([["400001"], []]);
  });
});
