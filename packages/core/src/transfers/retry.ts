import { AbortedError, type ErrorCode, isScarfError, type ScarfError } from "../errors/index.js";

/** Failures that another try may not meet again, and that a *reading*, or a repeatable writing, may be repeated after. */
const passing: ReadonlySet<ErrorCode> = new Set([
  "CONNECTION_FAILED",
  "CONNECTION_LOST",
  "RESPONSE_TIMEOUT",
  "SCHEDULER_UNAVAILABLE",
  "TRANSFER_INCOMPLETE",
  "TRANSFER_CORRUPT",
]);

export function isPassing(error: unknown): error is ScarfError {
  return isScarfError(error) && passing.has(error.code) && error.context["sourceChanged"] !== true;
}

export interface RetryOptions {
  /** Tries without any progress between them before giving up. @defaultValue 5 */
  readonly attempts?: number;
  /** Wait before the second try; doubles with each more, up to 10 s. @defaultValue 0.5 */
  readonly firstDelaySeconds?: number;
}

/** Says whether, and waits until, something may be tried again. */
export class RetryBudget {
  readonly #attempts: number;
  readonly #firstDelaySeconds: number;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;

  constructor({ attempts = 5, firstDelaySeconds = 0.5 }: RetryOptions = {}, signal?: AbortSignal) {
    this.#attempts = attempts;
    this.#firstDelaySeconds = firstDelaySeconds;
    this.#signal = signal;
  }

  /** Progress was made: the count begins anew. */
  restore(): void {
    this.#failures = 0;
  }

  /** Resolves when it is time to try again. @throws the error itself, if it will not pass or the budget is spent. */
  async waitAfter(error: unknown): Promise<void> {
    this.#failures += 1;
    if (!isPassing(error) || this.#failures >= this.#attempts) throw error;
    const delay = Math.min(this.#firstDelaySeconds * 2 ** (this.#failures - 1), 10);
    // Between half and the whole of it, so that many clients cut at once do not come back at once.
    await sleep(delay * (0.5 + Math.random() / 2), this.#signal);
  }
}

/** @throws {AbortedError} the signal came first. */
export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(aborted(signal));
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      if (signal !== undefined) reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** The promise's result, or ABORTED as soon as the signal comes; the promise itself goes on unheard. */
export function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(aborted(signal));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}

function aborted(signal: AbortSignal): AbortedError {
  return new AbortedError("ABORTED", "Stopped on request.", { cause: signal.reason });
}
