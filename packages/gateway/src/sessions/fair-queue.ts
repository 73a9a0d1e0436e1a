/**
 * Lets so many pieces of work go on at once; the others wait, and of those that wait each key has its turn after the other:
 * whoever sends a thousand does not keep another from the next turn.
 */
export class FairQueue {
  readonly #concurrency: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Map<string, (() => void)[]>();
  #running = 0;
  #length = 0;

  constructor(concurrency: number, maxWaiting: number) {
    this.#concurrency = concurrency;
    this.#maxWaiting = maxWaiting;
  }

  /** How many wait. */
  get length(): number {
    return this.#length;
  }

  /**
   * @param full - What is thrown when too many wait already.
   * @param signal - Gives the place in the queue up.
   */
  async run<Result>(
    key: string,
    work: () => Promise<Result>,
    { full, signal }: { readonly full: () => Error; readonly signal?: AbortSignal | undefined },
  ): Promise<Result> {
    if (this.#running >= this.#concurrency) {
      if (this.#length >= this.#maxWaiting) throw full();
      await this.#wait(key, signal);
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  async #wait(key: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const queue = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, queue);
    this.#length += 1;
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        queue.splice(queue.indexOf(begin), 1);
        if (queue.length === 0 && this.#waiting.get(key) === queue) this.#waiting.delete(key);
        this.#length -= 1;
        reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      };
      const begin = (): void => {
        signal?.removeEventListener("abort", abort);
        this.#length -= 1;
        resolve();
      };
      queue.push(begin);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Hands the place of a piece of work that has ended to the next in turn. */
  #next(): void {
    const [turn] = this.#waiting;
    if (turn === undefined) {
      this.#running -= 1;
      return;
    }
    const [key, queue] = turn;
    const next = queue.shift();
    // Behind the others: a map keeps the order in which keys were put in.
    this.#waiting.delete(key);
    if (queue.length > 0) this.#waiting.set(key, queue);
    next?.();
  }
}
