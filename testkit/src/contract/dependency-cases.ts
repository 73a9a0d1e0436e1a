import { setTimeout as sleep } from "node:timers/promises";
import type { Dependency } from "scarf-tomo";
import { expect } from "vitest";
import { awaitEnd, awaitPhase, expectCode, submit, uniqueName } from "./bench.js";
import type { Case } from "./contract-subject.js";

const task = { kind: "command", argv: ["true"] } as const;

export function dependencyCases(contract: Case): void {
  contract("starts a job only when those it depends on have done what they should", async ({ session }) => {
    const dependOn = (condition: Dependency["condition"], jobId: string) =>
      submit(session, { task, dependencies: [{ condition, jobId }] });
    if (!session.capabilities.dependencies) {
      await expectCode(() => dependOn("succeeded", "1"), "NOT_SUPPORTED");
      return;
    }
    const first = await submit(session, { task: { kind: "shell", commandLine: "sleep 1" } });
    const [started, ended, succeeded, failed] = await Promise.all(
      (["started", "ended", "succeeded", "failed"] as const).map((condition) => dependOn(condition, first)),
    );
    for (const id of [started, ended, succeeded])
      expect(await awaitEnd(session, id ?? "")).toMatchObject({ outcome: "succeeded" });
    const firstEnded = (await session.job(first)).endedAt?.getTime() ?? Number.NaN;
    for (const id of [ended, succeeded])
      expect((await session.job(id ?? "")).startedAt?.getTime()).toBeGreaterThanOrEqual(firstEnded);
    await sleep(500);
    expect((await session.status([failed ?? ""])).get(failed ?? "")).toMatchObject({ phase: "queued" });
    expect(await session.cancel(failed ?? "")).toBe("requested");
  });

  contract("demands that all dependencies hold", async ({ session }) => {
    if (!session.capabilities.dependencies || !session.capabilities.hold) return;
    const done = await submit(session, { task });
    const held = await submit(session, { task, hold: true });
    const both = await submit(session, {
      task,
      dependencies: [
        { condition: "succeeded", jobId: done },
        { condition: "ended", jobId: held },
      ],
    });
    await awaitEnd(session, done);
    await sleep(500);
    await awaitPhase(session, both, "queued");
    await session.release(held);
    expect(await awaitEnd(session, both)).toMatchObject({ outcome: "succeeded" });
  });

  contract("refuses to wait for a job that is not there", async ({ session, other }) => {
    if (!session.capabilities.dependencies) return;
    const foreign = await submit(other, { task });
    const name = uniqueName();
    for (const jobId of ["999999999", foreign])
      await expectCode(
        () => submit(session, { name, task, dependencies: [{ condition: "ended", jobId }] }),
        "SPEC_REJECTED",
      );
    expect(await session.list({ name })).toEqual([]);
  });
}
