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

type Counted = readonly [key: string, limit: number];

/** One user from many addresses, or one address with many users, is let try this many times as often: it may be a shared machine. */
const sharedFactor = 10;
/** IBM's lsf_faas gives up on any answer after 5 s. */
const maxDelaySeconds = 2;
const maxCounters = 100_000;

/** A user who has logged in from an address before is let in there whatever others try from it; so long and so many are kept. */
const familiarMilliseconds = 30 * 86_400_000;
const maxFamiliar = 20_000;

/**
 * Slows down and then stops the guessing of passwords. Only failures count, however many log-ins come at once, so that many
 * users behind one address (a facility's router, a proxy) are no suspects. Counts in memory: a restart forgives.
 */
export class LoginThrottle {
  readonly #options: LoginThrottleOptions;
  readonly #now: () => number;
  readonly #counters = new Map<string, Counter>();
  /** User and address → until when. */
  readonly #familiar = new Map<string, { readonly address: string; readonly until: number }>();
  /** Address → how many users are familiar there. */
  readonly #usersAt = new Map<string, number>();

  constructor(options: LoginThrottleOptions, now: () => number = Date.now) {
    this.#options = options;
    this.#now = now;
  }

  /**
   * To be called immediately before a password is looked at.
   * @throws {AuthError} `LOGIN_RATE_LIMITED`, with `retryAfterSeconds` in its context.
   */
  check(userName: string, address: string): void {
    const now = this.#now();
    for (const [key, limit] of this.#keysThatStop(userName, address, now)) {
      const counter = this.#counters.get(key);
      if (counter === undefined || counter.expiresAt <= now || counter.failures < limit) continue;
      const seconds = Math.ceil((counter.expiresAt - now) / 1000);
      const minutes = Math.ceil(seconds / 60);
      throw new AuthError(
        "LOGIN_RATE_LIMITED",
        `Too many log-ins failed. The next one is possible in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
        {
          hint: "Wait, then log in with the right password.",
          context: { userName, address, retryAfterSeconds: seconds },
        },
      );
    }
  }

  /** The password was wrong. */
  fail(userName: string, address: string): void {
    const now = this.#now();
    for (const [key] of this.#keys(userName, address)) this.#count(key, now);
  }

  /** The password was right: this user's failures here are forgotten, and further ones from elsewhere don't matter here. */
  succeed(userName: string, address: string): void {
    const [[pair] = [""]] = this.#keys(userName, address);
    this.#counters.delete(pair);
    this.#forgetFamiliar(pair);
    this.#familiar.set(pair, { address, until: this.#now() + familiarMilliseconds });
    this.#usersAt.set(address, (this.#usersAt.get(address) ?? 0) + 1);
    for (const oldest of this.#familiar.keys()) {
      if (this.#familiar.size <= maxFamiliar) break;
      this.#forgetFamiliar(oldest);
    }
  }

  /** Seconds to wait before the answer to a failed attempt. */
  delaySeconds(userName: string, address: string): number {
    const [[pair] = [""]] = this.#keys(userName, address);
    const failures = this.#counters.get(pair)?.failures ?? 0;
    return Math.min(maxDelaySeconds, this.#options.delaySeconds * 2 ** Math.max(0, failures - 1));
  }

  /** What others have failed at does not stop a user who is familiar here. */
  #keysThatStop(userName: string, address: string, now: number): readonly Counted[] {
    const [pair, ...shared] = this.#keys(userName, address);
    if (pair === undefined) return shared;
    return (this.#familiar.get(pair[0])?.until ?? 0) > now ? [pair] : [pair, ...shared];
  }

  #keys(userName: string, address: string): readonly Counted[] {
    const { attempts } = this.#options;
    // What is sent as a name may be a megabyte long, and is kept for the whole window.
    const name = userName.slice(0, 100);
    return [
      [JSON.stringify([name, address]), attempts],
      [JSON.stringify(["user", name, "anywhere"]), attempts * sharedFactor],
      // The more people work behind an address, the more of them mistype.
      [
        JSON.stringify(["anyone", "from", address]),
        attempts * (sharedFactor + (this.#usersAt.get(address) ?? 0)),
      ],
    ];
  }

  #forgetFamiliar(pair: string): void {
    const known = this.#familiar.get(pair);
    if (known === undefined) return;
    this.#familiar.delete(pair);
    const others = (this.#usersAt.get(known.address) ?? 1) - 1;
    if (others > 0) this.#usersAt.set(known.address, others);
    else this.#usersAt.delete(known.address);
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
