import type { TransferProgress } from "../model/index.js";

/** Progress with its rate and the time left. */
export interface MeteredProgress extends TransferProgress {
  /** Over the last seconds. Absent until there is something to tell. */
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** The rate is taken over this time: long enough to be calm, short enough to show that a line has become slow. */
const windowSeconds = 5;

/** Turns "so many bytes are done" into rate and time left. */
export class ProgressMeter {
  readonly #bytesTotal: number | undefined;
  readonly #nowSeconds: () => number;
  #samples: { readonly atSeconds: number; readonly bytesDone: number }[] = [];

  /** @param options.nowSeconds - a clock that never goes back. */
  constructor({
    bytesTotal,
    nowSeconds = () => performance.now() / 1000,
  }: { readonly bytesTotal?: number; readonly nowSeconds?: () => number } = {}) {
    this.#bytesTotal = bytesTotal;
    this.#nowSeconds = nowSeconds;
    this.#samples = [{ atSeconds: nowSeconds(), bytesDone: 0 }];
  }

  update(bytesDone: number, bytesTotal = this.#bytesTotal): MeteredProgress {
    const atSeconds = this.#nowSeconds();
    // Less than before: it began anew. The old speed says nothing about what is left.
    if (bytesDone < (this.#samples.at(-1)?.bytesDone ?? 0)) this.#samples = [];
    this.#samples.push({ atSeconds, bytesDone });
    // One sample from before the window stays, so that there is always something to compare with.
    while ((this.#samples[1]?.atSeconds ?? Infinity) <= atSeconds - windowSeconds) this.#samples.shift();
    // A progress call per chunk at 1 GB/s would fill the window with thousands of samples.
    if (this.#samples.length > 200)
      this.#samples = this.#samples.filter((_, index) => index % 2 === 0 || index === 199);
    const first = this.#samples[0];
    const seconds = first === undefined ? 0 : atSeconds - first.atSeconds;
    const rate = first === undefined || seconds <= 0 ? 0 : (bytesDone - first.bytesDone) / seconds;
    return {
      bytesDone,
      ...(bytesTotal === undefined ? {} : { bytesTotal }),
      ...(rate > 0 ? { bytesPerSecond: rate } : {}),
      ...(rate > 0 && bytesTotal !== undefined
        ? { secondsLeft: Math.max(bytesTotal - bytesDone, 0) / rate }
        : {}),
    };
  }
}
