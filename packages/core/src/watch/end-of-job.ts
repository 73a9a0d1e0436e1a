import type { FinishedStatus, JobStatus, UnknownStatus } from "../model/index.js";
import type { WatchEvent } from "./watch-event.js";

/** `lost`: it is not known how, or whether, the job ended; its status says why. */
export type EndOfJob =
  | { readonly ended: "finished"; readonly status: FinishedStatus }
  | { readonly ended: "lost"; readonly status: UnknownStatus };

/** Just submitted, a job may not be in the list yet; after this time of answers without it, it is lost. */
export const defaultLostAfterSeconds = 60;

/** Tells from the events about one job when nothing more is to be expected of it. */
export class EndDetector {
  readonly #lostAfterSeconds: number;
  readonly #onEnd: (end: EndOfJob) => void;
  #last: JobStatus | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(lostAfterSeconds: number, onEnd: (end: EndOfJob) => void) {
    this.#lostAfterSeconds = lostAfterSeconds;
    this.#onEnd = onEnd;
  }

  get last(): JobStatus | undefined {
    return this.#last;
  }

  take(event: WatchEvent): void {
    // While nobody answers, a job is not more lost than before.
    if (event.kind === "stale" || event.kind === "paused") clearTimeout(this.#timer);
    if (event.kind === "changed") {
      clearTimeout(this.#timer);
      this.#last = event.status;
      this.#weigh(event.status);
    }
    if ((event.kind === "fresh" || event.kind === "resumed") && this.#last !== undefined)
      this.#weigh(this.#last);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #weigh(status: JobStatus): void {
    if (status.phase === "finished") this.#onEnd({ ended: "finished", status });
    else if (status.phase === "unknown" && status.why === "no-evidence")
      this.#onEnd({ ended: "lost", status });
    else if (status.phase === "unknown" && status.why === "not-listed")
      this.#timer = setTimeout(() => this.#onEnd({ ended: "lost", status }), this.#lostAfterSeconds * 1000);
  }
}
