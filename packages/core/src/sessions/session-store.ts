import type { SavedSession } from "../resources/compute-resource.js";

/** One session as a list shows it: without its token. */
export interface SessionSummary {
  readonly resourceId: string;
  readonly userName: string;
  /** `expired`: an answer of the resource said so. `unusable`: its file must not or cannot be used; `problem` says why. */
  readonly state: "active" | "expired" | "unusable";
  readonly savedAt?: Date;
  /** As far as the resource told. */
  readonly expiresAt?: Date;
  readonly problem?: string;
}

/** Where sessions are kept between calls, or between programs. It holds tokens, never passwords. */
export interface SessionStore {
  load(resourceId: string, userName: string): Promise<SavedSession | undefined>;
  /** Takes the place of whatever this user had on this resource. */
  save(session: SavedSession): Promise<void>;
  /** @returns whether there was one. */
  remove(resourceId: string, userName: string): Promise<boolean>;
  /** Removes exactly this session, not one that another program has saved meanwhile, and remembers that it has expired. */
  expire(session: SavedSession): Promise<void>;
  hasExpired(resourceId: string, userName: string): Promise<boolean>;
  list(): Promise<readonly SessionSummary[]>;
  lastUser(resourceId: string): Promise<string | undefined>;
  rememberUser(resourceId: string, userName: string): Promise<void>;
}
