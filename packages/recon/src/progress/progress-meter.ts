import type { Progress, Stage } from "./progress-line.js";

/** Counts what is done in each step and works out rate and time left from a clock. */
export class ProgressMeter {
  readonly #now: () => number;
  readonly #report: (progress: Progress) => void;
  readonly #intervalMs: number;
  #stage: Stage | null = null;
  #startedMs = 0;
  #reportedMs = 0;

  /**
   * @param report - called at the start and end of each step, and in between at most once per interval.
   * @param now - milliseconds, only differences count.
   */
  constructor(
    report: (progress: Progress) => void,
    intervalMs: number,
    now: () => number = () => performance.now(),
  ) {
    this.#report = report;
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  update(stage: Stage, done: number, total: number): void {
    const now = this.#now();
    const isNew = stage !== this.#stage;
    if (isNew) {
      this.#stage = stage;
      this.#startedMs = now;
    }
    if (!isNew && done < total && now - this.#reportedMs < this.#intervalMs) return;
    this.#reportedMs = now;
    const seconds = (now - this.#startedMs) / 1000;
    const ratePerSecond = done > 0 && seconds > 0 ? done / seconds : null;
    const secondsLeft = ratePerSecond === null ? null : (total - done) / ratePerSecond;
    this.#report({ stage, done, total, ratePerSecond, secondsLeft });
  }
}
