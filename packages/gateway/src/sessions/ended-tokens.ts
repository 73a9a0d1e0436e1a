import type { Store } from "../state/store.js";
import { hashToken } from "./seal.js";

/** Bearer tokens whose users have logged out: the issuer still takes them for good, this service does not. */
export class EndedTokens {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  add(token: string, expiresAt: Date): void {
    this.#store.run(
      "INSERT OR REPLACE INTO ended_tokens (token_hash, expires_at) VALUES (?, ?)",
      hashToken(token),
      expiresAt.getTime(),
    );
  }

  has(token: string): boolean {
    return this.#store.get("SELECT 1 FROM ended_tokens WHERE token_hash = ?", hashToken(token)) !== undefined;
  }

  /** Forgets those that have expired anyway, an hour ago: by then no clock takes them for good. */
  removeExpired(): void {
    this.#store.run("DELETE FROM ended_tokens WHERE expires_at < ?", this.#now() - 3_600_000);
  }
}
