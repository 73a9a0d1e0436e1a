/** Where a job is. `unknown` is an honest answer: lost sight is not failure, and not success. */
export type JobPhase = "queued" | "held" | "running" | "suspended" | "finished" | "unknown";

/** How a job ended. */
export type JobOutcome =
  | "succeeded"
  | "failed"
  | "timed-out"
  | "out-of-memory"
  | "cancelled"
  | "node-failure"
  | "preempted";

/** Who said so, and when. No outcome exists without it. */
export interface Evidence {
  /** E.g. `exit-code file`, `PAC job list`, `accounting`. */
  readonly source: string;
  readonly observedAt: Date;
}

interface StatusBase {
  /** The scheduler's own word, untouched; empty when it said none. */
  readonly raw: string;
  /** Why it waits, or why it ended, as the scheduler tells it. */
  readonly reason?: string;
  readonly evidence: Evidence;
}

/** A job that has not ended. */
export interface ActiveStatus extends StatusBase {
  readonly phase: "queued" | "held" | "running" | "suspended";
}

/** A job that has ended, with evidence of how. */
export interface FinishedStatus extends StatusBase {
  readonly phase: "finished";
  readonly outcome: JobOutcome;
  /** Exit code of the job, 0…255. Absent when a signal ended it or nobody knows. */
  readonly exitCode?: number;
  /** Name of the signal that ended it, e.g. `SIGKILL`. */
  readonly signal?: string;
}

/** Nobody can tell where the job is; it says why. */
export interface UnknownStatus extends StatusBase {
  readonly phase: "unknown";
  /** `no-evidence`: it ran, is gone, and left nothing that tells how it ended. */
  readonly why: "not-listed" | "unreachable" | "unrecognised" | "no-evidence";
}

/** Where a job is, who says so, and when that was seen. */
export type JobStatus = ActiveStatus | FinishedStatus | UnknownStatus;
