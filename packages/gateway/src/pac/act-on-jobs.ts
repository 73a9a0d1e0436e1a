import {
  isScarfError,
  type JobId,
  type ScarfError,
  SchedulerError,
  type Session,
  ValueError,
} from "scarf-tomo";
import { actOnJob, type JobAction } from "./act-on-job.js";
import { isSessionEnd } from "./error-form.js";

/** What became of one of several jobs. */
export interface ActionResult {
  readonly jobId: JobId;
  /** A sentence of LSF. */
  readonly message: string;
  /** Absent = it was done. */
  readonly error?: ScarfError;
}

/**
 * Does the same to several jobs, one after another. A job that can't be acted upon keeps none of the others from it.
 * @throws {AuthError} the session has ended.
 */
export async function actOnJobs(
  session: Session,
  action: JobAction,
  ids: readonly JobId[],
): Promise<readonly ActionResult[]> {
  const results: ActionResult[] = [];
  for (const jobId of ids) {
    try {
      results.push({ jobId, message: await actOnJob(session, action, jobId) });
    } catch (error) {
      if (!isScarfError(error) || isSessionEnd(error)) throw error;
      results.push({ jobId, message: error.message, error });
    }
  }
  return results;
}

/** Anything but success for every job is a failure of the whole: it must not look like success. */
export function findFailure(results: readonly ActionResult[]): ScarfError | undefined {
  const errors = results.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (first === undefined || results.length === 1) return first;
  const message = results.map((result) => result.message).join("\n");
  if (errors.length === results.length && errors.every(({ code }) => code === "JOB_NOT_FOUND")) {
    return new SchedulerError("JOB_NOT_FOUND", message, { hint: first.hint ?? "", cause: first });
  }
  const done = results.length - errors.length;
  return new ValueError("USAGE_INVALID", message, {
    hint: `${done} of ${results.length} jobs were acted upon; look at the others one by one.`,
    cause: first,
  });
}
