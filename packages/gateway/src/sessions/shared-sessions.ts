import type { Session } from "scarf-tomo";
import type { OfferedResource } from "./session-desk.js";
import { KeyedLock } from "./keyed-lock.js";

interface Shared {
  readonly session: Session;
  lastUsedAt: number;
}

/**
 * Sessions of users who never log in: each request shows a bearer token or a certificate. All requests of one user share one
 * session on the resource, however many tokens they come with; it ends when it has been idle.
 */
export class SharedSessions {
  readonly #idleMilliseconds: number;
  readonly #now: () => number;
  readonly #open = new Map<string, Shared>();
  readonly #lock = new KeyedLock();

  constructor(idleSeconds: number, now: () => number = Date.now) {
    this.#idleMilliseconds = idleSeconds * 1000;
    this.#now = now;
  }

  /** @throws whatever `ComputeResource.logIn` throws. */
  async get({ id, resource }: OfferedResource, userName: string): Promise<Session> {
    const key = keyOf(id, userName);
    // Two first requests at once must not open two.
    return this.#lock.run(key, async () => {
      const known = this.#open.get(key);
      const session = known?.session ?? (await resource.logIn({ userName }));
      this.#open.set(key, { session, lastUsedAt: this.#now() });
      return session;
    });
  }

  /** The resource has ended it: the next request opens another. */
  drop(resourceId: string, userName: string): void {
    this.#open.delete(keyOf(resourceId, userName));
  }

  /** Ends those that nobody has used for a while. */
  async sweep(): Promise<void> {
    const limit = this.#now() - this.#idleMilliseconds;
    for (const [key, { session, lastUsedAt }] of this.#open) {
      if (lastUsedAt > limit) continue;
      this.#open.delete(key);
      // It may have ended there as well, or the resource is away: nothing of ours depends on it.
      await session.logOut().catch(() => undefined);
    }
  }
}

function keyOf(resourceId: string, userName: string): string {
  return JSON.stringify([resourceId, userName]);
}
