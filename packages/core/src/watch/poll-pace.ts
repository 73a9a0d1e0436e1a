const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/**
 * How long to wait between two queries. It follows what a query costs the other side, as far as its duration tells:
 * after a change at most a tenth of the time is spent asking, and a hundredth once nothing happens any more. So a job on
 * this machine is looked at a few times a second, one behind a slow web service every half minute.
 */
export class PollPace {
  #unchanged = 0;
  #failures = 0;

  /** Seconds until the next query after one that took `durationSeconds`. */
  afterAnswer(durationSeconds: number, hasChanged: boolean): number {
    this.#failures = 0;
    this.#unchanged = hasChanged ? 0 : this.#unchanged + 1;
    const slowest = clamp(100 * durationSeconds, 1, 30);
    const fastest = clamp(10 * durationSeconds, 0.2, slowest);
    return clamp(fastest * 1.25 ** this.#unchanged, fastest, slowest);
  }

  /** Seconds until the next query after one that failed: 1, 2, 4 … 60, up to a quarter less so that clients spread. */
  afterFailure(): number {
    const seconds = Math.min(2 ** this.#failures, 60);
    this.#failures += 1;
    return seconds * (1 - Math.random() / 4);
  }

  /** Someone new is looking, or something was done: be quick again. */
  reset(): void {
    this.#unchanged = 0;
    this.#failures = 0;
  }
}
