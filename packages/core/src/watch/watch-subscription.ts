import type { Job, JobId, JobStatus } from "../model/index.js";
import { isSameStatus, type WatchEvent, type WatchListener } from "./watch-event.js";

/** What one listener wants to know and has been told. */
export class WatchSubscription {
  /** Jobs still to be asked for; a finished one is done with. */
  readonly wanted: Set<JobId>;
  readonly wantsList: boolean;
  readonly #listener: WatchListener;
  readonly #told = new Map<JobId, JobStatus>();
  #toldJobs: readonly Job[] | undefined;
  #isClosed = false;

  constructor(ids: readonly JobId[], wantsList: boolean, listener: WatchListener) {
    this.wanted = new Set(ids);
    this.wantsList = wantsList;
    this.#listener = listener;
  }

  /** @returns whether there was something new. */
  tellStatuses(statuses: ReadonlyMap<JobId, JobStatus>): boolean {
    let isNew = false;
    for (const jobId of this.wanted) {
      const status = statuses.get(jobId);
      const previous = this.#told.get(jobId);
      if (status === undefined) continue;
      if (status.phase === "finished") this.wanted.delete(jobId);
      if (isSameStatus(status, previous)) continue;
      isNew = true;
      this.#told.set(jobId, status);
      this.tell({ kind: "changed", jobId, status, ...(previous === undefined ? {} : { previous }) });
    }
    return isNew;
  }

  tellJobs(jobs: readonly Job[], observedAt: Date): boolean {
    const known = this.#toldJobs;
    const isSame =
      known?.length === jobs.length &&
      jobs.every(
        (job, index) => job.id === known[index]?.id && isSameStatus(job.status, known[index].status),
      );
    if (isSame) return false;
    this.#toldJobs = jobs;
    this.tell({ kind: "listed", jobs, observedAt });
    return true;
  }

  /** A listener may do this while it is being told. */
  close(): void {
    this.#isClosed = true;
    this.wanted.clear();
  }

  tell(event: WatchEvent): void {
    if (this.#isClosed) return;
    try {
      this.#listener(event);
    } catch (error) {
      // A listener's bug is its own: the others are told all the same, and it is not hidden.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
