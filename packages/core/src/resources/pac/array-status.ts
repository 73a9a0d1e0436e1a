import type { FinishedStatus, Job, JobId, JobStatus } from "../../model/index.js";

/** The elements of the array `id`: jobs called `id[1]`, `id[2]` … */
export function elementsOf(id: JobId, jobs: readonly Job[]): readonly Job[] {
  return jobs.filter((job) => job.id.startsWith(`${id}[`) && job.id.endsWith("]"));
}

const activeOrder = ["running", "suspended", "queued", "held"] as const;

/**
 * The status of a whole array from its elements: unfinished as long as one is; succeeded only if all did; else the first outcome
 * that is not success. `undefined` = no elements.
 */
export function arrayStatus(elements: readonly Job[]): JobStatus | undefined {
  const statuses = elements.map(({ status }) => status);
  for (const phase of activeOrder) {
    const found = statuses.find((status) => status.phase === phase);
    if (found !== undefined) return found;
  }
  const lost = statuses.find((status) => status.phase === "unknown");
  if (lost !== undefined) return lost;
  const finished = statuses.filter((status): status is FinishedStatus => status.phase === "finished");
  return finished.find(({ outcome }) => outcome !== "succeeded") ?? finished[0];
}
