import type { FinishedStatus, Job, JobId, JobStatus } from "../../model/index.js";

/** Finds jobs of a list by their ids. The id of an array, which is not listed itself, stands for its elements `id[1]`, `id[2]` … */
export class JobLookup {
  readonly #jobs = new Map<JobId, Job>();
  readonly #elements = new Map<JobId, Job[]>();

  constructor(jobs: readonly Job[]) {
    for (const job of jobs) {
      this.#jobs.set(job.id, job);
      const array = /^(.+)\[\d+\]$/.exec(job.id)?.[1];
      if (array === undefined) continue;
      const elements = this.#elements.get(array);
      if (elements === undefined) this.#elements.set(array, [job]);
      else elements.push(job);
    }
  }

  find(id: JobId): Job | undefined {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    const elements = this.#elements.get(id) ?? [];
    const [first] = elements;
    const status = arrayStatus(elements);
    return first === undefined || status === undefined ? undefined : { ...first, id, status };
  }
}

const activeOrder = ["running", "suspended", "queued", "held"] as const;

/**
 * The status of a whole array from its elements: unfinished as long as one is; succeeded only if all did; else the first outcome
 * that is not success. `undefined` = no elements.
 */
function arrayStatus(elements: readonly Job[]): JobStatus | undefined {
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
