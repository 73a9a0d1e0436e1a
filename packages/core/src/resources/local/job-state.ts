import type { JobOutcome } from "../../model/index.js";
import { isProcessIdentity, type ProcessIdentity } from "../../transports/process/process-identity.js";
import { type JobRecord, parseJson } from "./job-record.js";

export type EnginePhase =
  | "queued"
  | "held"
  /** Claimed by a keeper; the program may or may not have been executed yet. */
  | "starting"
  | "running"
  | "suspended"
  | "finished"
  /** It ran, is gone, and left nothing that tells how it ended. */
  | "lost";

/**
 * Where a job is: one file `state-N.json`, complete from the moment it has its name, never changed. Each change makes
 * the next number, which only one process can do; so every change is decided on the truth, whoever is killed when.
 */
export interface JobState {
  readonly format: 1;
  readonly phase: EnginePhase;
  /** Counts from 1; one more with every requeue. */
  readonly run: number;
  /** When this state was entered. */
  readonly at: string;
  /** The process that waits for the job, holds its limits and writes down its end. */
  readonly keeper?: ProcessIdentity;
  /** The job's first process. */
  readonly process?: ProcessIdentity;
  /** Value of `SCARF_JOB_MARK` in the job's environment. */
  readonly mark?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** What a user asked the keeper to do, until it is done. */
  readonly request?: "cancel" | "suspend" | "resume" | "requeue";
  readonly outcome?: JobOutcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  /** Evidence of the outcome. */
  readonly source?: string;
}

export interface VersionedState {
  /** 0: nothing has happened yet, the state follows from the record. */
  readonly version: number;
  readonly state: JobState;
}

export function getInitialState(record: JobRecord): VersionedState {
  return {
    version: 0,
    state: { format: 1, phase: record.hold ? "held" : "queued", run: 1, at: record.submittedAt },
  };
}

export function isOver(state: JobState): boolean {
  return state.phase === "finished" || state.phase === "lost";
}

/** With a process, or about to get one. */
export function isActive(state: JobState): boolean {
  return state.phase === "starting" || state.phase === "running" || state.phase === "suspended";
}

export function parseJobState(text: string): JobState | undefined {
  const value: unknown = parseJson(text);
  return isJobState(value) ? value : undefined;
}

const phases: ReadonlySet<unknown> = new Set<EnginePhase>([
  "queued",
  "held",
  "starting",
  "running",
  "suspended",
  "finished",
  "lost",
]);

export function isJobState(value: unknown): value is JobState {
  return (
    typeof value === "object" &&
    value !== null &&
    "format" in value &&
    value.format === 1 &&
    "phase" in value &&
    phases.has(value.phase) &&
    "run" in value &&
    typeof value.run === "number" &&
    "at" in value &&
    typeof value.at === "string" &&
    (!("keeper" in value) || isProcessIdentity(value.keeper)) &&
    (!("process" in value) || isProcessIdentity(value.process))
  );
}
