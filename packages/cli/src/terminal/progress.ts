import type { ProgressMeter } from "scarf-tomo";
import { renderSafeLine } from "./safe-text.js";
import {
  type ProgressState,
  renderProgressBar,
  renderProgressEnd,
  renderProgressText,
} from "./render-progress.js";
import type { StatusLine } from "./status-line.js";

const redrawMilliseconds = 100;
/** In a log a line now and then is enough to see that it goes on. */
const logMilliseconds = 10_000;

/** Shows how far one piece of work is: a bar on a terminal, a line now and then elsewhere, nothing when quiet. */
export class Progress {
  readonly #statusLine: StatusLine | undefined;
  readonly #label: string;
  readonly #unit: string;
  readonly #startedAt = performance.now();
  readonly #meter: Pick<ProgressMeter, "update">;
  #rate: number | undefined;
  #lastShownAt: number;
  #done = 0;
  #total: number | undefined;

  /** Without a status line nothing is shown. `unit`: `bytes`, or the name of what is counted. */
  constructor(
    statusLine: StatusLine | undefined,
    meter: Pick<ProgressMeter, "update">,
    label: string,
    unit = "bytes",
  ) {
    this.#statusLine = statusLine;
    this.#meter = meter;
    this.#label = renderSafeLine(label);
    this.#unit = unit;
    this.#lastShownAt = statusLine?.isTerminal ? Number.NEGATIVE_INFINITY : this.#startedAt;
  }

  update(done: number, total?: number): void {
    const now = performance.now();
    this.#done = done;
    this.#total = total ?? this.#total;
    this.#rate = this.#meter.update(done).bytesPerSecond;
    this.#show(now);
  }

  /** Takes the bar away and leaves one line that says what was done. */
  end(): void {
    this.#statusLine?.clear();
    this.#statusLine?.print(renderProgressEnd(this.#getState(performance.now())));
  }

  /** Takes the bar away; the error that follows says the rest. */
  stop(): void {
    this.#statusLine?.clear();
  }

  #show(now: number): void {
    const statusLine = this.#statusLine;
    if (
      !statusLine ||
      now - this.#lastShownAt < (statusLine.isTerminal ? redrawMilliseconds : logMilliseconds)
    )
      return;
    this.#lastShownAt = now;
    const state = this.#getState(now);
    if (statusLine.isTerminal) statusLine.show(renderProgressBar(state, statusLine.columns - 1));
    else statusLine.print(renderProgressText(state));
  }

  #getState(now: number): ProgressState {
    return {
      label: this.#label,
      done: this.#done,
      total: this.#total,
      rate: this.#rate,
      elapsedSeconds: (now - this.#startedAt) / 1000,
      unit: this.#unit,
    };
  }
}
