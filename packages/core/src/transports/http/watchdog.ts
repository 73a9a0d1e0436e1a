import type { WaitingFor } from "./http-errors.js";
import type { HttpTimeouts } from "./http-types.js";

/**
 * Measures how long we wait for the other side. Not the socket's own timer: that one also runs while we do not read
 * because our own disk is slow.
 */
export class Watchdog {
  readonly #timeouts: HttpTimeouts;
  readonly #onExpiry: (waiting: WaitingFor, seconds: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerFor: WaitingFor | undefined;
  #waiting: WaitingFor | undefined;
  readonly #total: NodeJS.Timeout | undefined;

  constructor(timeouts: HttpTimeouts, onExpiry: (waiting: WaitingFor, seconds: number) => void) {
    this.#timeouts = timeouts;
    this.#onExpiry = onExpiry;
    const { totalSeconds } = timeouts;
    if (totalSeconds !== undefined) {
      this.#total = setTimeout(() => this.#onExpiry("total", totalSeconds), totalSeconds * 1000);
    }
  }

  /** Begins to wait, or begins again. */
  wait(waiting: Exclude<WaitingFor, "total">): void {
    if (this.#timer !== undefined && this.#timerFor === waiting) {
      this.#waiting = waiting;
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#waiting = waiting;
    this.#timerFor = waiting;
    const { connectSeconds, responseSeconds, idleSeconds } = this.#timeouts;
    const seconds = {
      connect: connectSeconds,
      answer: responseSeconds,
      send: idleSeconds,
      receive: idleSeconds,
    }[waiting];
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting === waiting) this.#onExpiry(waiting, seconds);
    }, seconds * 1000);
  }

  /** Now it is we who take our time. Cheap enough for every chunk: the timer stays and is refreshed by the next wait. */
  pause(): void {
    this.#waiting = undefined;
  }

  /** The exchange is over. */
  stop(): void {
    this.#waiting = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    clearTimeout(this.#total);
  }
}
