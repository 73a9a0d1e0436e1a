import type { JobId } from "./job-spec.js";
import type { JobOutcome, JobPhase, JobStatus } from "./job-status.js";

/** A job as the resource knows it, jobs that this program did not submit included. */
export interface Job {
  readonly id: JobId;
  readonly name: string;
  readonly status: JobStatus;
  readonly owner?: string;
  /** The command line, as the scheduler shows it. */
  readonly command?: string;
  readonly application?: string;
  readonly description?: string;
  readonly queue?: string;
  readonly account?: string;
  /** Job group of LSF, `/tomo/night`. */
  readonly group?: string;
  readonly submittedAt?: Date;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly workingDirectory?: string;
  readonly outputPath?: string;
  readonly errorPath?: string;
  readonly executionHosts?: readonly string[];
  /** The submit key it was submitted with, where the resource keeps it. */
  readonly submitKey?: string;
}

/** Which jobs a list shows; what is absent excludes none. */
export interface JobQuery {
  /** Exact name, or with `*` as wildcard. */
  readonly name?: string;
  readonly phases?: readonly JobPhase[];
  readonly outcomes?: readonly JobOutcome[];
  /** Finished jobs only if they ended at or after this instant. Absent = whatever the resource still lists. */
  readonly endedSince?: Date;
}
