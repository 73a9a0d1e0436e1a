import { AuthError } from "scarf-tomo";

export interface LoginThrottleOptions {
  /** Failures of one user from one address after which log-ins are refused for the rest of the window. */
  readonly attempts: number;
  readonly windowSeconds: number;
  /** Wait before the answer to the first failure; doubles with each further one. */
  readonly delaySeconds: number;
}

interface Counter {
  failures: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** One user from many addresses, or one address with many users, is let try this many times as often: it may be a shared machine. */
const sharedFactor = 10;
/** IBM's lsf_faas gives up on any answer after 5 s. */
const maxDelaySeconds = 2;
const maxCounters = 100_000;

/** Slows down and then stops the guessing of passwords. Counts in memory: a restart forgives. */
export class LoginThrottle {
  readonly #options: LoginThrottleOptions;
  readonly #now: () => number;
  readonly #counters = new Map<string, Counter>();

  constructor(options: LoginThrottleOptions, now: () => number = Date.now) {
    this.#options = options;
    this.#now = now;
  }

  /**
   * Counts an attempt before its password is looked at, so that a hundred users at once are counted too.
   * @throws {AuthError} `LOGIN_RATE_LIMITED`
   */
  begin(userName: string, address: string): void {
    const now = this.#now();
    for (const [key, limit] of this.#keys(userName, address)) {
      const counter = this.#counters.get(key);
      if (counter === undefined || counter.expiresAt <= now || counter.failures < limit) continue;
      const minutes = Math.ceil((counter.expiresAt - now) / 60_000);
      throw new AuthError(
        "LOGIN_RATE_LIMITED",
        `Too many log-ins failed. The next one is possible in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
        { hint: "Wait, then log in with the right password.", context: { userName, address } },
      );
    }
    for (const [key] of this.#keys(userName, address)) this.#count(key, now);
  }

  /** The password was right: this user's failures here are forgotten. */
  succeed(userName: string, address: string): void {
    const now = this.#now();
    const [[pair] = [""], ...shared] = this.#keys(userName, address);
    this.#counters.delete(pair);
    for (const [key] of shared) {
      const counter = this.#counters.get(key);
      if (counter !== undefined && counter.expiresAt > now) counter.failures -= 1;
    }
  }

  /** Seconds to wait before the answer to a failed attempt. */
  delaySeconds(userName: string, address: string): number {
    const [[pair] = [""]] = this.#keys(userName, address);
    const failures = this.#counters.get(pair)?.failures ?? 0;
    return Math.min(maxDelaySeconds, this.#options.delaySeconds * 2 ** Math.max(0, failures - 1));
  }

  #keys(userName: string, address: string): readonly (readonly [key: string, limit: number])[] {
    const { attempts } = this.#options;
    // What is sent as a name may be a megabyte long, and is kept for the whole window.
    const name = userName.slice(0, 100);
    return [
      [JSON.stringify([name, address]), attempts],
      [JSON.stringify(["user", name, "anywhere"]), attempts * sharedFactor],
      [JSON.stringify(["anyone", "from", address]), attempts * sharedFactor],
    ];
  }

  #count(key: string, now: number): void {
    const counter = this.#counters.get(key);
    if (counter !== undefined && counter.expiresAt > now) {
      counter.failures += 1;
      return;
    }
    this.#counters.delete(key);
    if (this.#counters.size >= maxCounters) this.#forgetOldest(now);
    this.#counters.set(key, { failures: 1, expiresAt: now + this.#options.windowSeconds * 1000 });
  }

  #forgetOldest(now: number): void {
    for (const [key, counter] of this.#counters) {
      if (counter.expiresAt <= now) this.#counters.delete(key);
    }
    for (const key of this.#counters.keys()) {
      if (this.#counters.size < maxCounters) break;
      this.#counters.delete(key);
    }
  }
}
