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
/** The rate is that of the last seconds: it follows a change and does not flicker. */
const rateWindowMilliseconds = 5000;

/** Shows how far one piece of work is: a bar on a terminal, a line now and then elsewhere, nothing when quiet. */
export class Progress {
  readonly #statusLine: StatusLine | undefined;
  readonly #label: string;
  readonly #unit: string;
  readonly #startedAt = performance.now();
  readonly #samples: { at: number; done: number }[] = [];
  #lastShownAt: number;
  #done = 0;
  #total: number | undefined;

  /** Without a status line nothing is shown. `unit`: `bytes`, or the name of what is counted. */
  constructor(statusLine: StatusLine | undefined, label: string, unit = "bytes") {
    this.#statusLine = statusLine;
    this.#label = renderSafeLine(label);
    this.#unit = unit;
    this.#lastShownAt = statusLine?.isTerminal ? Number.NEGATIVE_INFINITY : this.#startedAt;
  }

  update(done: number, total?: number): void {
    const now = performance.now();
    // A resumed transfer, or a retry, may go back: what was measured before says nothing any more.
    if (done < this.#done) this.#samples.length = 0;
    this.#done = done;
    this.#total = total ?? this.#total;
    if (now - (this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= redrawMilliseconds)
      this.#samples.push({ at: now, done });
    while (now - (this.#samples[0]?.at ?? now) > rateWindowMilliseconds) this.#samples.shift();
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
    const first = this.#samples[0];
    const seconds = first ? (now - first.at) / 1000 : 0;
    return {
      label: this.#label,
      done: this.#done,
      total: this.#total,
      rate: first && seconds >= 0.5 ? (this.#done - first.done) / seconds : undefined,
      elapsedSeconds: (now - this.#startedAt) / 1000,
      unit: this.#unit,
    };
  }
}
