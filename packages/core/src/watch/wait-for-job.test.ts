import { beforeEach, describe, expect, it } from "vitest";
import { TransportError } from "../errors/index.js";
import type { Session } from "../resources/compute-resource.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { activeStatus, finishedStatus } from "../sessions/testing/memory-server.js";
import { waitForJob } from "./wait-for-job.js";
import { watcherFor } from "./watcher-for.js";

let resource: MemoryResource;
let session: Session;
let id: string;
beforeEach(async () => {
  resource = new MemoryResource("SCARF");
  resource.addUser("alice");
  session = await logIn();
  id = await session.submit({ task: { kind: "shell", commandLine: "x" } }, { submitKey: "k" });
});

const logIn = (): Promise<Session> => resource.logIn({ userName: "alice", password: "password of alice" });

describe("waiting", () => {
  it.each(["succeeded", "failed"] as const)("ends when the job has %s", async (outcome) => {
    const phases: string[] = [];
    const waiting = waitForJob(session, id, {
      onChange: (status) => {
        phases.push(status.phase);
        resource.setStatus(
          "alice",
          id,
          status.phase === "queued" ? activeStatus("running") : finishedStatus(outcome),
        );
      },
    });
    expect(await waiting).toMatchObject({ ended: "finished", status: { outcome } });
    expect(phases).toEqual(["queued", "running", "finished"]);
  });

  it("of many waits for one job is one query a round", async () => {
    const waits = Array.from({ length: 200 }, () => waitForJob(session, id));
    setTimeout(() => resource.setStatus("alice", id, finishedStatus()), 50);
    const results = await Promise.all(waits);
    expect(new Set(results.map(({ ended }) => ended))).toEqual(new Set(["finished"]));
    expect(resource.calls.get("status")).toBeLessThan(5);
  });

  it("ends after its time; the job goes on", async () => {
    expect(await waitForJob(session, id, { timeoutSeconds: 0.05 })).toMatchObject({
      ended: "timeout",
      status: { phase: "queued" },
    });
    resource.reachable = false;
    expect(await waitForJob(session, id, { timeoutSeconds: 0.05 })).toEqual({ ended: "timeout" });
  });

  it("ends on request", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await expect(waitForJob(session, id, { signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
      message: `Stopped waiting for job ${id}; the job goes on.`,
    });
    await expect(waitForJob(session, id, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it("survives a service that is away, and does not take that for an end", async () => {
    const kinds: string[] = [];
    const waiting = waitForJob(session, id, {
      lostAfterSeconds: 0.1,
      onEvent: ({ kind }) => {
        kinds.push(kind);
        if (kind === "changed") resource.fail("status", new TransportError("CONNECTION_LOST", "cut"));
        if (kind === "fresh") resource.setStatus("alice", id, finishedStatus());
      },
    });
    expect(await waiting).toMatchObject({ ended: "finished" });
    expect(kinds).toEqual(["changed", "stale", "fresh", "changed"]);
  });
});

describe("a job that nobody knows", () => {
  it("is lost after the time of grace, never finished", async () => {
    expect(await waitForJob(session, "999", { lostAfterSeconds: 0.05 })).toMatchObject({
      ended: "lost",
      status: { phase: "unknown", why: "not-listed" },
    });
  });

  it("is not lost while nobody answers", async () => {
    const kinds: string[] = [];
    const waiting = waitForJob(session, "7", {
      lostAfterSeconds: 0.4,
      onEvent: ({ kind }) => {
        kinds.push(kind);
        if (kind === "changed") resource.fail("status", new TransportError("CONNECTION_LOST", "cut"));
        if (kind === "stale")
          resource.userNamed("alice").jobs.set("7", { id: "7", name: "late", status: finishedStatus() });
      },
    });
    expect(await waiting).toMatchObject({ ended: "finished" });
    expect(kinds).toEqual(["changed", "stale", "fresh", "changed"]);
  });

  it("may appear in the list late", async () => {
    const waiting = waitForJob(session, "7", { lostAfterSeconds: 5 });
    setTimeout(() => {
      resource.userNamed("alice").jobs.set("7", { id: "7", name: "late", status: finishedStatus() });
    }, 50);
    expect(await waiting).toMatchObject({ ended: "finished" });
  });

  it("is lost at once when it ran and left no evidence", async () => {
    const evidence = { source: "memory", observedAt: new Date() };
    resource.setStatus("alice", id, { phase: "unknown", why: "no-evidence", raw: "", evidence });
    expect(await waitForJob(session, id)).toMatchObject({ ended: "lost", status: { why: "no-evidence" } });
  });
});

describe("an expired session", () => {
  it("ends the waiting with the remedy", async () => {
    resource.expire("alice");
    await expect(waitForJob(session, id)).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
  });

  it("or pauses it until the next log-in", async () => {
    resource.expire("alice");
    const kinds: string[] = [];
    const logInAgain = async (): Promise<unknown> => watcherFor(await logIn());
    const waiting = waitForJob(session, id, {
      whenExpired: "wait",
      onEvent: ({ kind }) => {
        kinds.push(kind);
        if (kind !== "paused") return;
        resource.setStatus("alice", id, finishedStatus());
        void logInAgain();
      },
    });
    expect(await waiting).toMatchObject({ ended: "finished" });
    expect(kinds).toEqual(["paused", "resumed", "changed"]);
  });
});
