import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "scarf-tomo";
import { expect } from "vitest";
import { awaitEnd, awaitPhase, awaitStatus, expectCode, readText, submit } from "./bench.js";
import type { Case } from "./contract-subject.js";

const longTask = { kind: "shell", commandLine: "sleep 60" } as const;
/** Writes a line ten times a second. */
const tickingTask = {
  kind: "shell",
  commandLine: "i=0; while [ $i -lt 600 ]; do echo tick; i=$((i+1)); sleep 0.1; done",
} as const;

export function controlCases(contract: Case): void {
  contract("cancels a running job", async ({ session }) => {
    const id = await submit(session, { task: longTask });
    await awaitPhase(session, id, "running");
    expect(await session.cancel(id)).toBe("requested");
    await expectCancelled(session, id);
  });

  contract("cancels a job that ignores the polite signal, with all its processes", async ({ session }) => {
    const id = await submit(session, {
      task: {
        kind: "shell",
        commandLine: `trap '' TERM; ${tickingTask.commandLine} & wait; ${tickingTask.commandLine}`,
      },
      outputPath: "ticks.txt",
    });
    await awaitOutput(session, id, "ticks.txt", 1);
    await session.cancel(id);
    await expectCancelled(session, id);
    const count = await countTicks(session, id, "ticks.txt");
    await sleep(500);
    expect(await countTicks(session, id, "ticks.txt")).toBe(count);
  });

  contract("cancels a job that waits, which never starts then", async ({ session }) => {
    if (!session.capabilities.hold) return;
    const id = await submit(session, { task: { kind: "shell", commandLine: "echo ran" }, hold: true });
    await awaitPhase(session, id, "held");
    expect(await session.cancel(id)).toBe("requested");
    await expectCancelled(session, id);
    expect((await session.job(id)).startedAt).toBeUndefined();
    await expectCode(() => session.release(id), "OPERATION_REFUSED");
  });

  contract("says when there was nothing left to cancel", async ({ session }) => {
    const id = await submit(session, { task: { kind: "command", argv: ["true"] } });
    const status = await awaitEnd(session, id);
    expect(await session.cancel(id)).toBe("already-finished");
    expect((await session.status([id])).get(id)).toMatchObject({ phase: "finished", outcome: "succeeded" });
    expect(status).toMatchObject({ outcome: "succeeded" });
  });

  contract("holds a job back until it is released", async ({ session }) => {
    if (!session.capabilities.hold) {
      await expectCode(() => submit(session, { task: longTask, hold: true }), "NOT_SUPPORTED");
      await expectCode(() => session.hold("1"), "NOT_SUPPORTED");
      await expectCode(() => session.release("1"), "NOT_SUPPORTED");
      return;
    }
    const id = await submit(session, { task: { kind: "command", argv: ["true"] }, hold: true });
    await awaitPhase(session, id, "held");
    await sleep(600);
    expect((await session.status([id])).get(id)).toMatchObject({ phase: "held" });
    await session.release(id);
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
    await expectCode(() => session.hold(id), "OPERATION_REFUSED");
    await expectCode(() => session.release(id), "OPERATION_REFUSED");
  });

  contract("stops a running job and lets it go on", async ({ session }) => {
    if (!session.capabilities.suspend) {
      await expectCode(() => session.suspend("1"), "NOT_SUPPORTED");
      await expectCode(() => session.resume("1"), "NOT_SUPPORTED");
      return;
    }
    const id = await submit(session, { task: tickingTask, outputPath: "ticks.txt" });
    await awaitOutput(session, id, "ticks.txt", 2);
    await session.suspend(id);
    await awaitPhase(session, id, "suspended");
    await sleep(150);
    const count = await countTicks(session, id, "ticks.txt");
    await sleep(600);
    expect(await countTicks(session, id, "ticks.txt")).toBe(count);
    await session.resume(id);
    await awaitPhase(session, id, "running");
    await awaitOutput(session, id, "ticks.txt", count + 2);
    await session.suspend(id);
    await awaitPhase(session, id, "suspended");
    // A stopped process can't obey a signal before it goes on.
    await session.cancel(id);
    await expectCancelled(session, id);
  });

  contract("refuses to suspend or resume what does not run", async ({ session }) => {
    if (!session.capabilities.suspend) return;
    const finished = await submit(session, { task: { kind: "command", argv: ["true"] } });
    await awaitEnd(session, finished);
    await expectCode(() => session.suspend(finished), "OPERATION_REFUSED");
    await expectCode(() => session.resume(finished), "OPERATION_REFUSED");
    expect((await session.status([finished])).get(finished)).toMatchObject({ outcome: "succeeded" });
  });

  contract("runs a finished job again under the same id", async ({ session }) => {
    const id = await submit(session, {
      task: { kind: "shell", commandLine: "echo ran >> runs.txt; exit 4" },
    });
    await awaitEnd(session, id);
    if (!session.capabilities.requeue) {
      await expectCode(() => session.requeue(id), "NOT_SUPPORTED");
      return;
    }
    await session.requeue(id);
    const files = session.jobFiles(id);
    await awaitStatus(session, id, (status) => status.phase === "finished");
    const end = performance.now() + 15_000;
    while ((await readText(await files.read("runs.txt"))) !== "ran\nran\n" && performance.now() < end)
      await sleep(50);
    expect(await readText(await files.read("runs.txt"))).toBe("ran\nran\n");
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "failed", exitCode: 4 });
  });

  contract("starts a job not before its time", async ({ session }) => {
    const beginAt = new Date(Date.now() + 1_500);
    const spec = { task: { kind: "command", argv: ["true"] }, beginAt } as const;
    if (!session.capabilities.beginAt) {
      await expectCode(() => submit(session, spec), "NOT_SUPPORTED");
      return;
    }
    const id = await submit(session, spec);
    expect((await session.status([id])).get(id)).toMatchObject({ phase: "queued" });
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
    const { startedAt } = await session.job(id);
    // Wires that tell whole seconds, or schedulers that begin at whole minutes, are not early by that.
    expect(startedAt?.getTime()).toBeGreaterThanOrEqual(Math.floor(beginAt.getTime() / 1_000) * 1_000);
  });
}

export async function expectCancelled(session: Session, id: string): Promise<void> {
  const status = await awaitEnd(session, id);
  if (session.capabilities.preciseOutcomes)
    expect(status).toMatchObject({ phase: "finished", outcome: "cancelled" });
  else expect(status).not.toMatchObject({ outcome: "succeeded" });
}

async function countTicks(session: Session, id: string, path: string): Promise<number> {
  return (await readText(await session.jobFiles(id).read(path))).split("\n").length - 1;
}

/** Waits until the job has written so many lines. */
async function awaitOutput(session: Session, id: string, path: string, lines: number): Promise<void> {
  await awaitPhase(session, id, "running");
  const end = performance.now() + 15_000;
  while (performance.now() < end) {
    if ((await countTicks(session, id, path).catch(() => 0)) >= lines) return;
    await sleep(50);
  }
  throw new Error(`Job ${id} did not write ${lines} lines`);
}
