import { type ErrorCode, isScarfError, type ScarfError } from "../errors/index.js";
import { sleep } from "./abort.js";

/** How often, and for how long, something is tried again. */
export interface RetryOptions {
  /** Tries without any progress between them before giving up. @defaultValue 5; 4 for one HTTP request */
  readonly attempts?: number;
  /** Wait before the second try; doubles with each more, up to 10 s. @defaultValue 0.5; 0.25 for one HTTP request */
  readonly firstDelaySeconds?: number;
  /** No try begins later than this after the first one. @defaultValue without end; 30 for one HTTP request */
  readonly withinSeconds?: number;
}

/** Failures that another try may not meet again, and that a *reading*, or a repeatable writing, may be repeated after. */
const passing: ReadonlySet<ErrorCode> = new Set([
  "CONNECTION_FAILED",
  "CONNECTION_LOST",
  "RESPONSE_TIMEOUT",
  "SCHEDULER_UNAVAILABLE",
  "TRANSFER_INCOMPLETE",
  "TRANSFER_CORRUPT",
]);

/** Whether an error is one that may be gone by the next try. */
export function isPassing(error: unknown): error is ScarfError {
  return isScarfError(error) && passing.has(error.code) && error.context["sourceChanged"] !== true;
}

const busyStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Whether one request may be sent again after this answer or error: what was not sent may be; what may have arrived is
 * only repeated if the request says that this does no harm.
 */
export function mayRepeatRequest(result: unknown, repeatable: boolean): boolean {
  if (isScarfError(result)) {
    if (result.code === "CONNECTION_FAILED") return result.context["reason"] !== "ENOTFOUND";
    return repeatable && result.code === "CONNECTION_LOST";
  }
  return repeatable && isAnswerHead(result) && busyStatuses.has(result.status);
}

/** What the server asks for in `Retry-After`, if it gives seconds. */
export function getRetryAfterSeconds(result: unknown): number {
  const text = isAnswerHead(result) ? result.headers["retry-after"] : undefined;
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

function isAnswerHead(value: unknown): value is AnswerHead {
  return typeof value === "object" && value !== null && "status" in value && "headers" in value;
}

/** Counts the tries of one piece of work, and says when the next may begin. */
export class RetryBudget {
  readonly #options: Required<RetryOptions>;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt = performance.now();
  #failures = 0;

  constructor(options: RetryOptions = {}, signal?: AbortSignal) {
    this.#options = { attempts: 5, firstDelaySeconds: 0.5, withinSeconds: Infinity, ...options };
    this.#signal = signal;
  }

  /** Progress was made: the count begins anew. */
  restore(): void {
    this.#failures = 0;
  }

  /**
   * Counts a failure: how long to wait before the next try, `undefined` = there is none.
   * @param atLeastSeconds - what the other side asked for.
   */
  takePauseSeconds(atLeastSeconds = 0): number | undefined {
    const { attempts, firstDelaySeconds, withinSeconds } = this.#options;
    this.#failures += 1;
    if (this.#failures >= attempts) return undefined;
    const delay = Math.min(firstDelaySeconds * 2 ** (this.#failures - 1), 10);
    // Between half and the whole of it, so that many clients cut at once do not come back at once.
    const seconds = Math.max(delay * (0.5 + Math.random() / 2), atLeastSeconds);
    const elapsedSeconds = (performance.now() - this.#startedAt) / 1000;
    return elapsedSeconds + seconds > withinSeconds ? undefined : seconds;
  }

  /** Resolves when it is time to try again. @throws the error itself, if it will not pass or the budget is spent. */
  async waitAfter(error: unknown): Promise<void> {
    const seconds = isPassing(error) ? this.takePauseSeconds() : undefined;
    if (seconds === undefined) throw error;
    await sleep(seconds, this.#signal);
  }
}
