import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isScarfError, type JobSpec, type JobStatus, type Session, SlurmRestResource } from "scarf-tomo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnCluster, startCluster } from "./start-cluster.js";

// A cluster of its own: its controller forgets jobs at once, and its daemons are ended.
let cluster: OwnCluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, minJobAgeSeconds: 2 });
});
afterAll(() => cluster.stop());

function open(): SlurmRestResource {
  return new SlurmRestResource({
    id: "cluster",
    baseUrl: "http://localhost",
    socketPath: cluster.description.restSocket,
    sharedFolder: { home: "/home/{user}" },
  });
}

/** With a token that the user has got on the cluster. */
async function logIn(): Promise<Session> {
  const { stdout } = await cluster.run("alice", ["scontrol", "token", "lifespan=600"]);
  return open().logIn({ userName: "alice", password: stdout });
}

async function statusOf(session: Session, id: string): Promise<JobStatus | undefined> {
  return (await session.status([id])).get(id);
}

async function waitFor<Value>(look: () => Promise<Value>, isIt: (value: Value) => boolean): Promise<Value> {
  const deadline = Date.now() + 100_000;
  for (;;) {
    const value = await look();
    if (isIt(value)) return value;
    if (Date.now() > deadline) throw new Error(`It stays ${JSON.stringify(value)}`);
    await sleep(100);
  }
}

/** Runs a job to its end, and until the controller has forgotten it. */
async function runAndForget(session: Session, spec: JobSpec): Promise<string> {
  const id = await session.submit(spec, { submitKey: randomUUID() });
  await waitFor(
    () => statusOf(session, id),
    (status) => status?.phase === "finished",
  );
  await waitFor(
    async () => (await cluster.run("root", ["squeue", "-h", "-t", "all", "-j", id])).stdout.trim(),
    (listed) => listed === "",
  );
  return id;
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  return call().then(
    () => "none",
    (error: unknown) => {
      if (isScarfError(error)) return error.code;
      throw error;
    },
  );
}

describe("a session over a Unix socket, with a token of the user's", () => {
  it("tells how a job ended that the controller has forgotten, and nothing while nobody can", async () => {
    const session = await logIn();
    const shell = (commandLine: string): JobSpec => ({ task: { kind: "shell", commandLine } });
    const [failed, killed, good] = await Promise.all([
      runAndForget(session, shell("exit 3")),
      runAndForget(session, shell("kill -SEGV $$")),
      runAndForget(session, shell("true")),
    ]);
    const later = await logIn();
    const statuses = await later.status([failed, killed, good]);
    const source = "Slurm's accounting";
    expect(statuses.get(failed)).toMatchObject({
      phase: "finished",
      outcome: "failed",
      raw: "FAILED",
      evidence: { source },
    });
    // This version of the interface tells exit code 0 for it.
    expect(statuses.get(failed)).not.toHaveProperty("exitCode");
    expect(statuses.get(killed)).toMatchObject({ outcome: "failed", signal: "SIGSEGV" });
    expect(statuses.get(good)).toMatchObject({ outcome: "succeeded", exitCode: 0 });

    await cluster.kill("slurmdbd");
    const blind = await logIn();
    expect(await statusOf(blind, failed)).toMatchObject({ phase: "unknown", why: "unreachable" });
    // What this session has seen ended stays so.
    expect(await statusOf(later, failed)).toMatchObject({ phase: "finished", outcome: "failed" });
    await cluster.start("slurmdbd");
    const again = await waitFor(
      () => statusOf(blind, failed),
      (status) => status?.phase === "finished",
    );
    expect(again).toMatchObject({ outcome: "failed" });
  });

  it("calls a controller that is away neither an end of jobs nor of the session", async () => {
    const session = await logIn();
    const id = await session.submit(
      { task: { kind: "command", argv: ["sleep", "600"] } },
      { submitKey: randomUUID() },
    );
    await waitFor(
      () => statusOf(session, id),
      (status) => status?.phase === "running",
    );
    // Killed without warning it would have forgotten the last five seconds.
    await cluster.kill("slurmctld", "SIGTERM");
    expect(await codeOf(() => session.list())).toBe("SCHEDULER_UNAVAILABLE");
    expect(await codeOf(() => session.status([id]))).toBe("SCHEDULER_UNAVAILABLE");
    await cluster.start("slurmctld");
    expect(await statusOf(session, id)).toMatchObject({ phase: "running" });
    expect(await session.cancel(id)).toBe("requested");
    const end = await waitFor(
      () => statusOf(session, id),
      (status) => status?.phase === "finished" || status?.phase === "unknown",
    );
    expect(end).toMatchObject({ outcome: "cancelled" });
  });

  it("takes no token that is somebody else's, forged or over", async () => {
    const attempt = (password: string): Promise<string> =>
      codeOf(() => open().logIn({ userName: "alice", password }));
    expect(await attempt(await cluster.mintToken("bob"))).toBe("AUTH_FAILED");
    expect(await attempt(await cluster.mintToken("alice", -10))).toBe("SESSION_EXPIRED");
    const [head, claims] = (await cluster.mintToken("alice")).split(".");
    expect(await attempt(`${head}.${claims}.${"x".repeat(43)}`)).toBe("AUTH_FAILED");
    expect(await attempt("not a token")).toBe("AUTH_FAILED");
  });
});
