/** Lets so many in at a time; the others wait in turn. */
export class SessionGate {
  #limit: number;
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get inside(): number {
    return this.#inside;
  }

  /** Resolves when it is one's turn; `leave` must be called once afterwards. */
  async enter(): Promise<void> {
    if (this.#inside < this.#limit) {
      this.#inside += 1;
      return;
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  leave(): void {
    const next = this.#inside <= this.#limit ? this.#waiting.shift() : undefined;
    if (next === undefined) this.#inside -= 1;
    else next();
  }

  /** The machine refused the last one that went in: from now on no more than the others at a time. Leaves for it. */
  shrink(): void {
    this.#limit = Math.max(1, this.#inside - 1);
    this.#inside -= 1;
  }
}
