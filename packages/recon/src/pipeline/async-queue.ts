/** A queue whose taker waits until there is something, or until it is closed. */
export class AsyncQueue<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T | null) => void)[] = [];
  #isClosed = false;

  push(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  /** The next item; null once the queue is closed and empty. */
  take(): Promise<T | null> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const taker of this.#takers.splice(0)) taker(null);
  }
}
