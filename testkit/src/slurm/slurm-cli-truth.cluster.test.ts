import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  isScarfError,
  type JobSpec,
  type JobStatus,
  LocalCommands,
  type Session,
  SlurmCliResource,
} from "scarf-tomo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnCluster, startCluster } from "../cluster/index.js";

// A cluster of its own: its daemons are killed.
let cluster: OwnCluster;
let resource: SlurmCliResource;
let session: Session;
/** A job that is ended for its time, which takes two minutes. */
let timed: string;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
  resource = new SlurmCliResource({
    id: "lab",
    openTransport: (userName) => new LocalCommands(userName === undefined ? {} : { asUser: userName }),
    environment: { SLURM_CONF: cluster.description.slurmConf },
  });
  session = await resource.logIn({ userName: "alice" });
  timed = await start("sleep 600", { resources: { wallTimeSeconds: 60 }, nativeOptions: ["-w", "n1"] });
});
afterAll(async () => {
  await resource.close();
  await cluster.stop();
});

async function start(commandLine: string, more: Partial<JobSpec> = {}): Promise<string> {
  return await session.submit({ task: { kind: "shell", commandLine }, ...more }, { submitKey: randomUUID() });
}

async function waitFor(id: string, wanted: (status: JobStatus) => boolean): Promise<JobStatus> {
  const deadline = performance.now() + 150_000;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const status = (await session.status([id])).get(id);
      if (status && wanted(status)) return status;
      last = status;
    } catch (error) {
      if (!isScarfError(error) || error.code !== "SCHEDULER_UNAVAILABLE") throw error;
      last = error;
    }
    await sleep(200);
  }
  throw new Error(`Job ${id} did not become so: ${JSON.stringify(last)}`);
}

/** What the controller has not written down yet it forgets when it is killed: it would start the job a second time. */
async function waitUntilWrittenDown(): Promise<void> {
  const file = join(cluster.description.root, "state", "job_state");
  const now = Date.now();
  // It writes when something has changed since it wrote, so something has to.
  await start("true", { hold: true });
  while ((await stat(file)).mtimeMs <= now) await sleep(100);
}

const phase = (name: JobStatus["phase"]) => (status: JobStatus) => status.phase === name;
const asAdministrator = async (...argv: readonly [string, ...string[]]) => {
  expect((await cluster.run("root", argv)).exitCode).toBe(0);
};

describe("how a job ended is told as it was", () => {
  it("whatever ends it, while the daemons run", async () => {
    const [good, bad, killed, mine, administrators] = await Promise.all([
      start("exit 0"),
      start("exit 3"),
      start("kill -SEGV $$; sleep 20"),
      start("sleep 600", { hold: true }),
      start("sleep 600", { hold: true }),
    ]);
    await session.cancel(mine);
    await asAdministrator("scancel", administrators);
    const ended = await Promise.all(
      [good, bad, killed, mine, administrators, timed].map((id) => waitFor(id, phase("finished"))),
    );
    expect(ended).toMatchObject([
      { outcome: "succeeded", exitCode: 0, raw: "COMPLETED" },
      { outcome: "failed", exitCode: 3 },
      { outcome: "failed", signal: "SIGSEGV" },
      { outcome: "cancelled" },
      { outcome: "cancelled" },
      { outcome: "timed-out" },
    ]);
    for (const status of ended.slice(3)) expect(status).not.toHaveProperty("exitCode", 0);
  });

  it("when it was begun again, and when its node was lost", async () => {
    const lost = await start("sleep 600", { requeueable: false, nativeOptions: ["-w", "n2"] });
    await waitFor(lost, phase("running"));
    await cluster.endNode("n2");
    // It takes a minute until the controller misses the node.
    const again = await start("sleep 600", { nativeOptions: ["-w", "n1"] });
    await waitFor(again, phase("running"));
    await session.requeue(again);
    await waitFor(again, phase("queued"));
    await session.cancel(again);
    expect(await waitFor(again, phase("finished"))).toMatchObject({ outcome: "cancelled" });

    expect(await waitFor(lost, phase("finished"))).toMatchObject({
      outcome: "node-failure",
      raw: "NODE_FAIL",
    });
    await cluster.start("slurmd-n2");
  });

  it("when the controller was killed: away it is no end, and what ends meanwhile is told", async () => {
    const id = await start("sleep 40; exit 7", { nativeOptions: ["-w", "n1"] });
    await waitFor(id, phase("running"));
    await waitUntilWrittenDown();
    await cluster.kill("slurmctld");
    await expect(session.status([id])).rejects.toMatchObject({ code: "SCHEDULER_UNAVAILABLE" });
    await cluster.start("slurmctld");
    expect(await waitFor(id, phase("finished"))).toMatchObject({ outcome: "failed", exitCode: 7 });
  });
});
