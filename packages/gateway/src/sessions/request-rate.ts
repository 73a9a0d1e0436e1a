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

  /** Whether the request may be answered without waiting; if not, nothing is counted. */
  admitAtOnce(userName: string): boolean {
    const bucket = this.#fill(userName);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Forgets who has sent nothing for a while. */
  sweep(): void {
    for (const [userName, bucket] of this.#buckets)
      if (this.#now() - bucket.at > burstSeconds * 1000) this.#buckets.delete(userName);
  }

  #take(userName: string): number {
    const bucket = this.#fill(userName);
    const waitSeconds = Math.max(0, (1 - bucket.tokens) / this.#perSecond);
    if (waitSeconds > maxWaitSeconds) {
      throw new TransportError("RATE_LIMITED", "Too many requests in a short time.", {
        hint: "Ask less often; one request for all jobs costs no more than one for one job.",
        context: { userName, retryAfterSeconds: Math.ceil(waitSeconds) },
      });
    }
    bucket.tokens -= 1;
    return waitSeconds;
  }

  /** What a user has left, as of now. */
  #fill(userName: string): Bucket {
    const now = this.#now();
    const full = this.#perSecond * burstSeconds;
    const bucket = this.#buckets.get(userName);
    if (bucket === undefined) {
      const made = { tokens: full, at: now };
      this.#buckets.set(userName, made);
      return made;
    }
    bucket.tokens = Math.min(full, bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    return bucket;
  }
}
