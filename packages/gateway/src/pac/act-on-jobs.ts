import { isScarfError, type ScarfError, SchedulerError, type Session, ValueError } from "scarf-tomo";
import { actOnJob, type JobAction } from "./act-on-job.js";

/**
 * Does the same to several jobs, and answers one sentence for each. A job that can't be acted upon keeps none of the others
 * from it, but fails the whole: it must not look like success.
 * @throws {SchedulerError} as `actOnJob`, for one job, or when none of them is there. @throws {ValueError} only some were acted upon.
 */
export async function actOnJobs(
  session: Session,
  action: JobAction,
  ids: readonly string[],
): Promise<string> {
  const done: string[] = [];
  const failed: ScarfError[] = [];
  for (const id of ids) {
    try {
      done.push(await actOnJob(session, action, id));
    } catch (error) {
      if (!isScarfError(error)) throw error;
      failed.push(error);
    }
  }
  const [failure] = failed;
  if (failure === undefined) return done.join("\n");
  if (ids.length === 1) throw failure;
  const message = [...done, ...failed.map((error) => error.message)].join("\n");
  if (done.length === 0 && failed.every(({ code }) => code === "JOB_NOT_FOUND")) {
    throw new SchedulerError("JOB_NOT_FOUND", message, { hint: failure.hint ?? "", cause: failure });
  }
  throw new ValueError("USAGE_INVALID", message, {
    hint: `${done.length} of ${ids.length} jobs were acted upon; look at the others one by one.`,
    cause: failure,
  });
}
