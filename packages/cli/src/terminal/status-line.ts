import { truncateToWidth } from "./text-width.js";

/** Erases the line under the cursor and goes to its start (ECMA-48 EL 2). */
const eraseLine = "\r\u001B[2K";

/**
 * Standard error as a place for messages with, on a terminal, one line at the bottom that changes. Everything that a
 * command says besides its data goes through here, so a message never lands inside a progress bar.
 */
export class StatusLine {
  readonly isTerminal: boolean;
  #shown = "";
  #isHidden = false;

  constructor() {
    this.isTerminal = process.stderr.isTTY && process.env["TERM"] !== "dumb";
  }

  get columns(): number {
    // `script` and some editors give a terminal of width 0.
    return process.stderr.columns > 0 ? process.stderr.columns : 80;
  }

  /** Cuts a text so that it takes one line of the terminal, behind `taken` columns; elsewhere it stays whole. */
  fit(text: string, taken = 0): string {
    return this.isTerminal ? truncateToWidth(text, this.columns - taken) : text;
  }

  /** Writes a message that stays; it ends with a line end of ours. */
  print(text: string): void {
    const redraw = this.#shown;
    this.clear();
    process.stderr.write(`${text}\n`);
    if (redraw !== "") this.show(redraw);
  }

  /** Shows a text in place of the line shown before. Does nothing where there is no terminal. */
  show(text: string): void {
    if (!this.isTerminal || this.#isHidden) return;
    const fitting = this.fit(text, 1);
    if (fitting === this.#shown) return;
    this.#shown = fitting;
    process.stderr.write(`${eraseLine}${fitting}`);
  }

  /** Keeps the line away while something else, such as a question, needs it. */
  async without<Result>(work: () => Promise<Result>): Promise<Result> {
    this.clear();
    this.#isHidden = true;
    try {
      return await work();
    } finally {
      this.#isHidden = false;
    }
  }

  clear(): void {
    if (this.#shown === "") return;
    this.#shown = "";
    process.stderr.write(eraseLine);
  }
}
