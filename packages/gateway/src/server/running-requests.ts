import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** The requests that are being answered. */
export class RunningRequests {
  readonly #running = new Map<Promise<void>, ServerResponse>();
  #stopping = false;

  /** Whether further ones are refused. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  async serve(response: ServerResponse, serve: () => Promise<void>): Promise<void> {
    if (this.#stopping) response.shouldKeepAlive = false;
    const work = serve();
    this.#running.set(work, response);
    try {
      await work;
    } finally {
      this.#running.delete(work);
    }
  }

  /** Connections end with the answer that is under way, so that clients take the next request to where it will be served. */
  refuseFurther(): void {
    this.#stopping = true;
    for (const response of this.#running.values())
      if (!response.headersSent) response.shouldKeepAlive = false;
  }

  /** Resolves when all have ended, failed ones included, or the time is over. */
  async end(seconds: number): Promise<void> {
    const ended = Promise.allSettled(this.#running.keys());
    await Promise.race([ended, sleep(seconds * 1000, undefined, { ref: false })]);
  }
}
