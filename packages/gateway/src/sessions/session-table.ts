import type { Row, Store } from "../state/store.js";
import { hashToken } from "./seal.js";

export interface SessionLifetime {
  /** Ends a session this long after its last request. */
  readonly idleSeconds: number;
  /** Ends a session this long after its log-in, whatever happens. */
  readonly absoluteSeconds: number;
  /** So many of one user on one resource. */
  readonly perUser: number;
}

export interface StoredSession {
  readonly tokenHash: string;
  readonly resourceId: string;
  readonly userName: string;
  readonly stamp: string;
  readonly sealed: string;
  /** When it ends if no further request comes. */
  readonly expiresAt: Date;
}

const mostRowsKept = 10_000;

/** Open sessions on disk. Tokens are looked up by their SHA-256; a session that has ended is not found. */
export class SessionTable {
  readonly #store: Store;
  readonly #lifetime: SessionLifetime;
  readonly #now: () => number;
  /** By the hash of the token: a look-up for each request would cost more than most of what is asked. */
  readonly #rows = new Map<string, Row>();

  constructor(store: Store, lifetime: SessionLifetime, now: () => number = Date.now) {
    this.#store = store;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  add(token: string, session: { resourceId: string; userName: string; stamp: string; sealed: string }): Date {
    const now = this.#now();
    this.#store.run(
      "INSERT INTO sessions (token_hash, resource, user_name, stamp, opened_at, last_used_at, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)",
      hashToken(token),
      session.resourceId,
      session.userName,
      session.stamp,
      now,
      now,
      session.sealed,
    );
    return new Date(this.#expiry(now, now));
  }

  /** The session of this token, and with `use` a new beginning of its idle time. */
  find(token: string, { use = true }: { use?: boolean } = {}): StoredSession | undefined {
    const tokenHash = hashToken(token);
    const row = this.#rows.get(tokenHash) ?? this.#read(tokenHash);
    if (row === undefined) return undefined;
    const now = this.#now();
    const openedAt = Number(row["opened_at"]);
    const lastUsedAt = Number(row["last_used_at"]);
    if (this.#expiry(openedAt, lastUsedAt) <= now) {
      this.remove(tokenHash);
      return undefined;
    }
    // A write to the disk for every status query would be a waste; a twentieth of the idle time is near enough.
    const step = Math.min(30, this.#lifetime.idleSeconds / 20) * 1000;
    if (use && now - lastUsedAt >= step) {
      this.#store.run("UPDATE sessions SET last_used_at = ? WHERE token_hash = ?", now, tokenHash);
      this.#rows.set(tokenHash, { ...row, last_used_at: now });
    }
    return toSession(row, new Date(this.#expiry(openedAt, use ? now : lastUsedAt)));
  }

  /** How many are kept; some may have expired within the last minute. */
  count(): number {
    return Number(this.#store.get("SELECT count(*) AS n FROM sessions")?.["n"] ?? 0);
  }

  /** Only this process writes to the table, so that what was read once holds until it is changed here. */
  #read(tokenHash: string): Row | undefined {
    const row = this.#store.get("SELECT * FROM sessions WHERE token_hash = ?", tokenHash);
    if (row === undefined) return undefined;
    if (this.#rows.size >= mostRowsKept) this.#rows.clear();
    this.#rows.set(tokenHash, row);
    return row;
  }

  remove(tokenHash: string): boolean {
    this.#rows.delete(tokenHash);
    return this.#store.run("DELETE FROM sessions WHERE token_hash = ?", tokenHash) > 0;
  }

  /** Removes what has expired and answers the hashes of its tokens. */
  removeExpired(): readonly string[] {
    const now = this.#now();
    const expired = this.#store
      .all(
        "SELECT token_hash FROM sessions WHERE last_used_at <= ? OR opened_at <= ?",
        now - this.#lifetime.idleSeconds * 1000,
        now - this.#lifetime.absoluteSeconds * 1000,
      )
      .map((row) => String(row["token_hash"]));
    for (const tokenHash of expired) this.remove(tokenHash);
    return expired;
  }

  /**
   * Makes room for one more session of a user, and answers the hashes of the tokens that made it. Those go first that nobody used any
   * more half a minute after their log-in, the oldest before the others: a script that logs in in a loop ends its own
   * sessions, and not the one in which its owner's work goes on. Nobody is ever kept from logging in.
   */
  makeRoom({ resourceId, userName }: Pick<StoredSession, "resourceId" | "userName">): readonly string[] {
    const made = this.#store
      .all(
        "SELECT token_hash FROM sessions WHERE resource = ? AND user_name = ? " +
          "ORDER BY last_used_at > opened_at DESC, last_used_at DESC LIMIT -1 OFFSET ?",
        resourceId,
        userName,
        this.#lifetime.perUser - 1,
      )
      .map((row) => String(row["token_hash"]));
    for (const tokenHash of made) this.remove(tokenHash);
    return made;
  }

  #expiry(openedAt: number, lastUsedAt: number): number {
    return Math.min(
      lastUsedAt + this.#lifetime.idleSeconds * 1000,
      openedAt + this.#lifetime.absoluteSeconds * 1000,
    );
  }
}

function toSession(row: Row, expiresAt: Date): StoredSession {
  return {
    tokenHash: String(row["token_hash"]),
    resourceId: String(row["resource"]),
    userName: String(row["user_name"]),
    stamp: String(row["stamp"]),
    sealed: String(row["sealed"]),
    expiresAt,
  };
}
