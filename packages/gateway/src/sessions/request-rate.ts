import { setTimeout as sleep } from "node:timers/promises";
import { TransportError } from "scarf-tomo";

interface Bucket {
  tokens: number;
  at: number;
}

/** Seconds' worth of requests that may come at once. */
const burstSeconds = 2;
/** Who is only a little too fast is made to wait and never hears of it. */
const maxWaitSeconds = 2;

/** How many requests of one user are answered in a second. */
export class RequestRate {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Resolves when the request may be answered. @throws {TransportError} `RATE_LIMITED`, with `retryAfterSeconds` in its context. */
  async admit(userName: string): Promise<void> {
    const waitSeconds = this.#take(userName);
    if (waitSeconds > 0) await sleep(waitSeconds * 1000);
  }

  /** Forgets who has sent nothing for a while. */
  sweep(): void {
    for (const [userName, bucket] of this.#buckets)
      if (this.#now() - bucket.at > burstSeconds * 1000) this.#buckets.delete(userName);
  }

  #take(userName: string): number {
    const now = this.#now();
    const full = this.#perSecond * burstSeconds;
    const before = this.#buckets.get(userName) ?? { tokens: full, at: now };
    const tokens = Math.min(full, before.tokens + ((now - before.at) / 1000) * this.#perSecond);
    const waitSeconds = Math.max(0, (1 - tokens) / this.#perSecond);
    if (waitSeconds > maxWaitSeconds) {
      this.#buckets.set(userName, { tokens, at: now });
      throw new TransportError("RATE_LIMITED", "Too many requests in a short time.", {
        hint: "Ask less often; one request for all jobs costs no more than one for one job.",
        context: { userName, retryAfterSeconds: Math.ceil(waitSeconds) },
      });
    }
    this.#buckets.set(userName, { tokens: tokens - 1, at: now });
    return waitSeconds;
  }
}
