import { isScarfError, type Job, type JobId, SchedulerError, ValueError } from "scarf-tomo";
import type { NotedJobs } from "../noted-jobs.js";

/** So many at most are asked for one by one; for more, the whole list comes first. */
const fewIds = 8;

/**
 * The jobs with these ids, in their order. Ids that are not there are left out.
 * @throws {ValueError} no id, or 0. @throws {SchedulerError} `JOB_NOT_FOUND`: none of them is there.
 */
export async function findByIds(jobs: NotedJobs, ids: readonly JobId[]): Promise<readonly Job[]> {
  if (ids.length === 0) {
    throw new ValueError("USAGE_INVALID", "The request names no job.", {
      hint: "Send ids=… with the ids of jobs.",
    });
  }
  if (ids.includes("0")) {
    throw new ValueError("USAGE_INVALID", "0 is not the id of a job.", { hint: "Give the ids of jobs." });
  }
  const listed = new Map<JobId, Job>();
  if (ids.length > fewIds) for (const job of await jobs.list()) listed.set(job.id, job);
  const found: Job[] = [];
  for (let at = 0; at < ids.length; at += fewIds) {
    const some = ids.slice(at, at + fewIds);
    const page = await Promise.all(some.map(async (id) => listed.get(id) ?? findOne(jobs, id)));
    found.push(...page.flatMap((job) => job ?? []));
  }
  if (found.length > 0) return found;
  const names = ids.map((id) => `<${id}>`).join(", ");
  const message = ids.length === 1 ? `Job ${names} is not found` : `None of the jobs ${names} is found`;
  throw new SchedulerError("JOB_NOT_FOUND", message, { hint: "Look at the list of your jobs." });
}

async function findOne(jobs: NotedJobs, id: JobId): Promise<Job | undefined> {
  try {
    return await jobs.job(id);
  } catch (error) {
    if (isScarfError(error) && error.code === "JOB_NOT_FOUND") return undefined;
    throw error;
  }
}
