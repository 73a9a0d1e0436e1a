import { expect } from "vitest";
import { awaitEnd, run, submit } from "./bench.js";
import type { Case } from "./contract-subject.js";

export function outcomeCases(contract: Case): void {
  contract("tells success from failure by the exit code", async ({ session }) => {
    const codes = [0, 1, 2, 42, 126, 255];
    const ended = await Promise.all(
      codes.map((code) => run(session, { task: { kind: "shell", commandLine: `exit ${code}` } })),
    );
    for (const [index, { status, job }] of ended.entries()) {
      const exitCode = codes[index];
      const outcome = exitCode === 0 ? "succeeded" : "failed";
      expect(status).toMatchObject({ phase: "finished", outcome, exitCode });
      expect(job.status).toMatchObject({ phase: "finished", outcome, exitCode });
      expect(status.evidence.source).not.toBe("");
    }
  });

  contract("does not take exit code 137 for a signal", async ({ session }) => {
    const { status } = await run(session, { task: { kind: "shell", commandLine: "exit 137" } });
    expect(status).toMatchObject({ phase: "finished", outcome: "failed", exitCode: 137 });
    expect(status).not.toHaveProperty("signal");
  });

  contract("names the signal that ended a job", async ({ session }) => {
    for (const signal of ["SIGKILL", "SIGTERM", "SIGABRT"]) {
      const commandLine = `kill -${signal.slice(3)} $$; sleep 20`;
      const { status } = await run(session, { task: { kind: "shell", commandLine } });
      expect(status).toMatchObject({ phase: "finished", outcome: "failed", signal });
      expect(status).not.toHaveProperty("exitCode");
    }
  });

  contract("fails a job whose program is missing, and says so", async ({ session }) => {
    const id = await submit(session, { task: { kind: "command", argv: ["no-such-program-anywhere"] } });
    const status = await awaitEnd(session, id);
    expect(status).toMatchObject({ phase: "finished", outcome: "failed", exitCode: 127 });
  });

  contract("ends a job whose time is over, and says so", async ({ session }) => {
    const { status } = await run(session, {
      task: { kind: "shell", commandLine: "echo before; sleep 60; echo after" },
      resources: { wallTimeSeconds: 1 },
    });
    if (!session.capabilities.preciseOutcomes) {
      expect(status).toMatchObject({ phase: "finished" });
      expect(status).not.toMatchObject({ outcome: "succeeded" });
      return;
    }
    expect(status).toMatchObject({ phase: "finished", outcome: "timed-out" });
  });

  contract("leaves a job alone that is faster than its time limit", async ({ session }) => {
    const { status } = await run(session, {
      task: { kind: "command", argv: ["true"] },
      resources: { wallTimeSeconds: 60 },
    });
    expect(status).toMatchObject({ outcome: "succeeded" });
  });

  contract("ends a job that uses more memory than its limit, or refuses the limit", async ({ session }) => {
    const spec = {
      task: {
        kind: "command",
        argv: [process.execPath, "-e", "globalThis.b = Buffer.alloc(300e6, 1); setTimeout(() => {}, 30000)"],
      },
      resources: { memoryPerNodeBytes: 150e6, wallTimeSeconds: 25 },
    } as const;
    const problems = await session.validate(spec);
    if (problems.some(({ severity }) => severity === "refused")) return;
    const { status } = await run(session, spec);
    expect(status).toMatchObject({ phase: "finished", outcome: "out-of-memory" });
  });

  contract("gives times that are in order", async ({ session }) => {
    const before = Date.now() - 2_000;
    const { job } = await run(session, { task: { kind: "command", argv: ["true"] } });
    const times = [job.submittedAt, job.startedAt, job.endedAt].map((time) => time?.getTime() ?? Number.NaN);
    expect(times).not.toContain(Number.NaN);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(before);
    expect(times[2]).toBeLessThan(Date.now() + 2_000);
  });

  contract("takes a job of several tasks with several cores", async ({ session }) => {
    const { status } = await run(session, {
      task: { kind: "command", argv: ["true"] },
      resources: { nodes: 1, tasksPerNode: 2, coresPerTask: 2 },
    });
    expect(status).toMatchObject({ outcome: "succeeded" });
  });
}
