import type { SavedSession } from "../resources/compute-resource.js";
import type { SessionStore, SessionSummary } from "./session-store.js";

/** Sessions that live as long as the program. */
export class MemorySessionStore implements SessionStore {
  readonly #sessions = new Map<string, SavedSession>();
  readonly #expired = new Map<string, SavedSession>();
  readonly #lastUsers = new Map<string, string>();

  async load(resourceId: string, userName: string): Promise<SavedSession | undefined> {
    return this.#sessions.get(keyOf(resourceId, userName));
  }

  async save(session: SavedSession): Promise<void> {
    const key = keyOf(session.resourceId, session.userName);
    this.#sessions.set(key, session);
    this.#expired.delete(key);
  }

  async remove(resourceId: string, userName: string): Promise<boolean> {
    const key = keyOf(resourceId, userName);
    this.#expired.delete(key);
    return this.#sessions.delete(key);
  }

  async expire(session: SavedSession): Promise<void> {
    const key = keyOf(session.resourceId, session.userName);
    const current = this.#sessions.get(key);
    if (current === undefined || !isSameSession(current, session)) return;
    this.#sessions.delete(key);
    this.#expired.set(key, { ...session, state: {} });
  }

  async hasExpired(resourceId: string, userName: string): Promise<boolean> {
    return this.#expired.has(keyOf(resourceId, userName));
  }

  async list(): Promise<readonly SessionSummary[]> {
    return [
      ...[...this.#sessions.values()].map((session) => summarise(session, "active")),
      ...[...this.#expired.values()].map((session) => summarise(session, "expired")),
    ];
  }

  async lastUser(resourceId: string): Promise<string | undefined> {
    return this.#lastUsers.get(resourceId);
  }

  async rememberUser(resourceId: string, userName: string): Promise<void> {
    this.#lastUsers.set(resourceId, userName);
  }
}

/** Two savings of one session may differ in their times. */
export function isSameSession(a: SavedSession, b: SavedSession): boolean {
  const stateOf = ({ resourceId, userName, state }: SavedSession): string =>
    JSON.stringify([
      resourceId,
      userName,
      Object.entries(state).sort(([one], [two]) => (one < two ? -1 : 1)),
    ]);
  return stateOf(a) === stateOf(b);
}

export function summarise(session: SavedSession, state: "active" | "expired"): SessionSummary {
  const { resourceId, userName, savedAt, expiresAt } = session;
  return {
    resourceId,
    userName,
    state,
    savedAt: new Date(savedAt),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
  };
}

function keyOf(resourceId: string, userName: string): string {
  return JSON.stringify([resourceId, userName]);
}
