import { type JobId, type JobPhase, SchedulerError } from "scarf-tomo";
import type { JobAction } from "./act-on-job.js";
import { findJobs, type JobsFilter } from "./find-jobs.js";
import type { NotedJobs } from "./noted-jobs.js";

/** Which jobs a command of LSF means. */
export interface JobSelection {
  readonly ids: readonly JobId[];
  /** `0`: all jobs of the user that the filter fits. */
  readonly all: boolean;
  readonly filter: Pick<JobsFilter, "name" | "group" | "queue" | "user" | "host">;
}

/**
 * The ids that are meant, as LSF reads them: those given; with `0` all that can be acted upon; with a filter alone the job that
 * was submitted last.
 * @throws {SchedulerError} `JOB_NOT_FOUND`: none fits.
 */
export async function findCommandJobs(
  jobs: NotedJobs,
  action: JobAction,
  { ids, all, filter }: JobSelection,
): Promise<readonly JobId[]> {
  if (ids.length > 0 && !all) return ids;
  const fitting = (await findJobs(jobs, filter)).filter((job) =>
    fittingPhases[action].includes(job.status.phase),
  );
  const chosen = all ? fitting : fitting.slice(0, 1);
  if (chosen.length > 0) return chosen.map(({ id }) => id);
  // As LSF words it.
  throw new SchedulerError("JOB_NOT_FOUND", "No matching job found", {
    hint: "Look at the list of your jobs.",
  });
}

/** Phases in which a job can be acted upon. One that nobody knows may be running. */
const fittingPhases: Readonly<Record<JobAction, readonly JobPhase[]>> = {
  kill: ["queued", "held", "running", "suspended", "unknown"],
  suspend: ["queued", "running"],
  resume: ["held", "suspended"],
  requeue: ["running", "suspended"],
};
