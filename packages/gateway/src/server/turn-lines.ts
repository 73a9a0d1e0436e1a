/** What a file for log lines has to offer. */
export interface LineFile {
  write(text: string): unknown;
  flushSync(): void;
}

/** Those with lines that are not written yet. */
const waiting = new Set<TurnLines>();
// Also when the process ends by a failure.
process.on("exit", () => {
  for (const lines of waiting) lines.flushSync();
});

/**
 * Puts the lines of one turn of the event loop into one write: a thousand requests that are answered together cost one. All that
 * a kill can take is the lines of the turn it came in.
 */
export class TurnLines implements LineFile {
  readonly #file: LineFile;
  #text = "";
  #isHeld = false;

  constructor(file: LineFile) {
    this.#file = file;
  }

  write(line: string): void {
    if (this.#text === "") {
      waiting.add(this);
      setImmediate(() => this.#pass());
    }
    this.#text += line;
  }

  flushSync(): void {
    this.#pass();
    this.#file.flushSync();
  }

  #pass(): void {
    waiting.delete(this);
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#file.write(text);
  }

  /** The same file for lines that must be in it before the answer is out; what came earlier stands before them. */
  atOnce(): LineFile {
    return {
      write: (line) => {
        this.#text += line;
        if (!this.#isHeld) this.#pass();
      },
      flushSync: () => this.flushSync(),
    };
  }

  /** Of the lines that must be in it at once, those of this work go together: one write at its end. */
  together(work: () => void): void {
    this.#isHeld = true;
    try {
      work();
    } finally {
      this.#isHeld = false;
      this.#pass();
    }
  }
}
