import { setTimeout as sleep } from "node:timers/promises";
import { AbortedError, isScarfError } from "../../errors/index.js";
import type { HttpAnswer, HttpRequest, HttpRetryPolicy } from "./http-types.js";

interface Attempt {
  readonly attempt: number;
  readonly elapsedSeconds: number;
  readonly policy: HttpRetryPolicy;
}

const busyStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * How long to wait before the request is sent again; `undefined` = not again. The whole policy: what was not sent may be sent; what
 * may have arrived is repeated only if the request says that this does no harm.
 */
export function pauseBeforeRetry(
  result: unknown,
  request: HttpRequest,
  { attempt, elapsedSeconds, policy }: Attempt,
): number | undefined {
  if (attempt >= policy.attempts || request.signal?.aborted === true) return undefined;
  if (!isWorthRepeating(result, request.repeatable === true)) return undefined;
  const growing = policy.firstPauseSeconds * 2 ** attempt;
  // Jitter, so that many clients of a server that comes back don't come back all at once.
  const seconds = Math.max(growing * (0.5 + Math.random() / 2), retryAfterSeconds(result) ?? 0);
  return elapsedSeconds + seconds > policy.withinSeconds ? undefined : seconds;
}

export async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new AbortedError("ABORTED", "The call was stopped while it waited to try again.", { cause });
  }
}

function isWorthRepeating(result: unknown, repeatable: boolean): boolean {
  if (isScarfError(result)) {
    if (result.code === "CONNECTION_FAILED") return result.context["reason"] !== "ENOTFOUND";
    return repeatable && result.code === "CONNECTION_LOST";
  }
  return repeatable && isAnswerLike(result) && busyStatuses.has(result.status);
}

function retryAfterSeconds(result: unknown): number | undefined {
  if (isScarfError(result) || !isAnswerLike(result)) return undefined;
  const text = result.headers["retry-after"];
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

function isAnswerLike(value: unknown): value is Pick<HttpAnswer, "status" | "headers"> {
  return typeof value === "object" && value !== null && "status" in value && "headers" in value;
}
