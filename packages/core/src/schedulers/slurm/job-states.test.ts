import { describe, expect, it } from "vitest";
import { parseSlurmExit, readSlurmStatus } from "./job-end.js";
import { explainSlurmState, parseSlurmState, slurmStates } from "./job-states.js";

const evidence = { source: "test", observedAt: new Date(0) };

describe("words of Slurm", () => {
  it.each([
    [["PENDING"], "", "queued"],
    [["PENDING"], "Priority", "queued"],
    [["PENDING"], "JobHeldUser", "held"],
    [["PENDING"], "JobHeldAdmin", "held"],
    [["PENDING"], "launch failed requeued held", "held"],
    [["PENDING"], "JobHoldMaxRequeue", "held"],
    [["PENDING", "COMPLETING"], "", "queued"],
    [["RUNNING"], "", "running"],
    [["RUNNING", "CONFIGURING"], "", "queued"],
    [["CONFIGURING"], "", "queued"],
    [["RUNNING", "STOPPED"], "", "suspended"],
    [["STOPPED"], "", "suspended"],
    [["SUSPENDED"], "", "suspended"],
    [["COMPLETING"], "", "running"],
    [["CANCELLED", "COMPLETING"], "", "running"],
    [["COMPLETED", "STAGE_OUT"], "", "running"],
    [["FAILED", "COMPLETING", "REQUEUED"], "", "queued"],
    [["PENDING", "SPECIAL_EXIT"], "", "held"],
    [["REQUEUE_HOLD"], "", "held"],
    [["RESV_DEL_HOLD"], "", "held"],
    [["CANCELLED", "REVOKED"], "", "unknown"],
    [["CANCELLED", "STOPPED"], "", "finished"],
    [["NODE_FAIL", "LAUNCH_FAILED"], "", "finished"],
    [["RUNNING", "SIGNALING"], "", "running"],
    [["COMPLETING", "CANCELLED"], "", "running"],
    [["RUNNING", "NEW_IN_30_05"], "", "running"],
    [["COMPLETED", "NEW_IN_30_05"], "", "unknown"],
    [["NEW_IN_30_05"], "", "unknown"],
    [["constructor"], "", "unknown"],
    [[], "", "unknown"],
  ])("%j with reason %j are %s", (words, reason, phase) => {
    expect(explainSlurmState(words, reason).phase).toBe(phase);
  });

  it("say of every end how it was, and of nothing else that it ended well", () => {
    const ends = Object.entries(slurmStates).flatMap(([word, { means }]) =>
      means.phase === "finished" ? [[word, means.outcome]] : [],
    );
    expect(Object.fromEntries(ends)).toEqual({
      COMPLETED: "succeeded",
      CANCELLED: "cancelled",
      FAILED: "failed",
      TIMEOUT: "timed-out",
      NODE_FAIL: "node-failure",
      PREEMPTED: "preempted",
      BOOT_FAIL: "node-failure",
      DEADLINE: "timed-out",
      OUT_OF_MEMORY: "out-of-memory",
    });
  });

  it("are all of those that squeue knows", () => {
    // "Valid job states include" of Slurm 22.05.8.
    const list =
      "PENDING,RUNNING,SUSPENDED,COMPLETED,CANCELLED,FAILED,TIMEOUT,NODE_FAIL,PREEMPTED,BOOT_FAIL,DEADLINE,OUT_OF_MEMORY,COMPLETING," +
      "CONFIGURING,RESIZING,RESV_DEL_HOLD,REQUEUED,REQUEUE_FED,REQUEUE_HOLD,REVOKED,SIGNALING,SPECIAL_EXIT,STAGE_OUT,STOPPED";
    expect(list.split(",").filter((word) => !Object.hasOwn(slurmStates, word))).toEqual([]);
  });

  it("are read as the commands print them", () => {
    expect(parseSlurmState("CANCELLED by 2001")).toEqual({ words: ["CANCELLED"], endedByUser: 2001 });
    expect(parseSlurmState("CANCELLED+")).toEqual({ words: ["CANCELLED"] });
    expect(parseSlurmState(" RUNNING ")).toEqual({ words: ["RUNNING"] });
    expect(parseSlurmState("PENDING,REQUEUED")).toEqual({ words: ["PENDING", "REQUEUED"] });
    expect(parseSlurmState("OUT_OF_ME+")).toEqual({ words: ["OUT_OF_ME"] });
    expect(parseSlurmState("")).toEqual({ words: [] });
  });
});

describe("a report of a job", () => {
  const status = (words: readonly string[], exit: string) => {
    const found = parseSlurmExit(exit);
    return readSlurmStatus({ words, ...(found && { exit: found }) }, evidence);
  };

  it("tells exit code and signal of an end", () => {
    expect(status(["COMPLETED"], "0:0")).toMatchObject({ outcome: "succeeded", exitCode: 0 });
    expect(status(["FAILED"], "3:0")).toMatchObject({ outcome: "failed", exitCode: 3 });
    expect(status(["FAILED"], "137:0")).toMatchObject({ outcome: "failed", exitCode: 137 });
    expect(status(["FAILED"], "0:11")).toMatchObject({ outcome: "failed", signal: "SIGSEGV" });
    expect(status(["FAILED"], "0:139")).toMatchObject({ outcome: "failed", signal: "SIGSEGV" });
    expect(status(["FAILED"], "0:53")).toMatchObject({ outcome: "failed", signal: "SIG53" });
  });

  it("tells none that is not the job's own", () => {
    for (const words of [["CANCELLED"], ["TIMEOUT"], ["FAILED"]])
      expect(status(words, "0:0")).not.toHaveProperty("exitCode");
    expect(status(["RUNNING"], "0:0")).not.toHaveProperty("exitCode");
  });

  it("is no success when it contradicts itself", () => {
    expect(status(["COMPLETED"], "3:0")).toMatchObject({ outcome: "failed", exitCode: 3 });
    expect(status(["COMPLETED"], "0:9")).toMatchObject({ outcome: "failed", signal: "SIGKILL" });
  });

  it("keeps Slurm's own words", () => {
    const report = { words: ["CANCELLED"], raw: "CANCELLED by 2001", reason: "None" };
    expect(readSlurmStatus(report, evidence)).toEqual({
      phase: "finished",
      outcome: "cancelled",
      raw: "CANCELLED by 2001",
      evidence,
    });
  });
});
