import { ConfigError, isScarfError, type ScarfError, ValueError } from "../errors/index.js";
import { nearNames } from "../errors/near-names.js";
import type {
  CallOptions,
  ComputeResource,
  Credentials,
  SavedSession,
  Session,
} from "../resources/compute-resource.js";
import type { JobWatcher } from "../watch/job-watcher.js";
import { findWatcher, watcherFor } from "../watch/watcher-for.js";
import { type Grant, GuardedSession } from "./guarded-session.js";
import { isSameSession, MemorySessionStore } from "./memory-session-store.js";
import type { SessionStore, SessionSummary } from "./session-store.js";

/** Options of a {@link SessionManager}. */
export interface SessionManagerOptions {
  readonly resources: Iterable<ComputeResource>;
  /** Where sessions are kept. @defaultValue in memory, as long as the program runs */
  readonly store?: SessionStore;
  /**
   * Asked when a session has ended in the middle of something, once whatever the number of calls that find out: they all go on with the
   * new session, where the old one was refused. Asked again, with `AUTH_FAILED`, after a wrong password.
   * `undefined` = nobody can answer; the calls fail with `SESSION_EXPIRED`. @defaultValue nobody can
   */
  readonly renew?: (ended: EndedSession) => Promise<Credentials | undefined>;
}

/** A session that is needed and has ended. */
export interface EndedSession {
  readonly resourceId: string;
  readonly userName: string;
  /** Which answer said so. */
  readonly error: ScarfError;
}

/** What became of a log-out, here and at the resource. */
export interface LogOutReport {
  readonly userName: string;
  /** The resource has ended the session too. False: it could not be told; there the session ends by its own time. */
  readonly serverTold: boolean;
  /** Why it could not be told. */
  readonly error?: ScarfError;
}

/** Who is logged in where: any number of users on any number of resources, at the same time. */
export class SessionManager {
  readonly #resources: ReadonlyMap<string, ComputeResource>;
  readonly #store: SessionStore;
  /** Of this program; another one running at the same time may be someone else's. */
  readonly #lastUsers = new Map<string, string>();
  readonly #sessions = new Map<string, Grant & { readonly session: GuardedSession }>();
  /** Those that somebody may still hold; the next log-in of their user makes them usable again. */
  readonly #expired = new Map<string, Set<GuardedSession>>();
  readonly #renewals = new Map<string, Promise<Grant | undefined>>();
  readonly #renew: SessionManagerOptions["renew"];

  constructor({ resources, store = new MemorySessionStore(), renew }: SessionManagerOptions) {
    this.#resources = new Map([...resources].map((resource) => [resource.id, resource]));
    this.#store = store;
    this.#renew = renew;
  }

  get resourceIds(): readonly string[] {
    return [...this.#resources.keys()];
  }

  /** @throws {ConfigError} `RESOURCE_UNKNOWN`. */
  resource(resourceId: string): ComputeResource {
    const resource = this.#resources.get(resourceId);
    if (resource !== undefined) return resource;
    const near = nearNames(resourceId, this.resourceIds);
    const known = this.resourceIds.length === 0 ? "none" : this.resourceIds.join(", ");
    throw new ConfigError("RESOURCE_UNKNOWN", `There is no compute resource ${JSON.stringify(resourceId)}.`, {
      hint:
        near.length > 0
          ? `Did you mean ${near.join(" or ")}?`
          : `Known ones: ${known}. \`scarf resource add\` adds another.`,
      context: { resource: resourceId },
    });
  }

  /**
   * Logs in, in place of an earlier session of the same user, and remembers the user's name. Watchers that were paused go on, and
   * sessions of that user that have expired are usable again, for those who hold them.
   * @throws as `ComputeResource.logIn`. @throws {FileError} the session can't be saved; then it is ended again.
   */
  async logIn(resourceId: string, credentials: Credentials, options?: CallOptions): Promise<Session> {
    const resource = this.resource(resourceId);
    const inner = await resource.logIn(credentials, options);
    const saved = inner.save();
    try {
      await this.#store.save(saved);
      await this.rememberUser(resourceId, inner.userName);
    } catch (error) {
      await inner.logOut(options).catch(() => undefined);
      throw error;
    }
    const session = this.#keep(inner, saved);
    findWatcher(resource, session.userName)?.resumeWith(session);
    return session;
  }

  /**
   * The session of a user, of the last one if no name is given; taken from the store if another program made it.
   * @throws {ValueError} `NOT_LOGGED_IN`: says who is not logged in where, and how to. @throws {ConfigError} `RESOURCE_UNKNOWN`,
   * `CONFIG_INVALID` (others can read its file).
   */
  async session(resourceId: string, userName?: string): Promise<Session> {
    const resource = this.resource(resourceId);
    const user = userName ?? (await this.lastUser(resourceId));
    if (user === undefined) throw await this.#notLoggedIn(resourceId, undefined);
    const known = this.#sessions.get(keyOf(resourceId, user));
    if (known === undefined) {
      const saved = await this.#store.load(resourceId, user);
      if (saved === undefined) throw await this.#notLoggedIn(resourceId, user);
      if (!this.#sessions.has(keyOf(resourceId, user))) this.#keep(resource.resume(saved), saved);
    }
    if (userName !== undefined) await this.rememberUser(resourceId, user);
    const { session } = this.#sessions.get(keyOf(resourceId, user)) ?? {};
    if (session === undefined) throw await this.#notLoggedIn(resourceId, user);
    return session;
  }

  /**
   * Ends a session, on the resource and here; here even if the resource can't be told.
   * @throws {ValueError} `NOT_LOGGED_IN`. @throws {ConfigError} `RESOURCE_UNKNOWN`.
   */
  async logOut(resourceId: string, userName?: string, options?: CallOptions): Promise<LogOutReport> {
    this.resource(resourceId);
    const user = userName ?? (await this.lastUser(resourceId));
    if (user === undefined) throw await this.#notLoggedIn(resourceId, undefined);
    let error: ScarfError | undefined;
    try {
      await this.#preferStored(resourceId, user);
      const session = await this.session(resourceId, user);
      await session.logOut(options);
    } catch (thrown) {
      if (!isScarfError(thrown)) throw thrown;
      if (thrown.code === "NOT_LOGGED_IN") throw thrown;
      // It has ended there already: that is what was asked for.
      if (thrown.code !== "SESSION_EXPIRED") error = thrown;
    } finally {
      this.#sessions.delete(keyOf(resourceId, user));
      this.#expired.delete(keyOf(resourceId, user));
      await this.#store.remove(resourceId, user);
    }
    return error === undefined
      ? { userName: user, serverTold: true }
      : { userName: user, serverTold: false, error };
  }

  /** The user name used last on a resource, logged in or not. */
  async lastUser(resourceId: string): Promise<string | undefined> {
    return this.#lastUsers.get(resourceId) ?? (await this.#store.lastUser(resourceId));
  }

  /** Makes a name the one that calls without a user name mean. */
  async rememberUser(resourceId: string, userName: string): Promise<void> {
    this.#lastUsers.set(resourceId, userName);
    await this.#store.rememberUser(resourceId, userName);
  }

  /** All sessions, expired ones too until the next log-in; no token is in them. */
  list(): Promise<readonly SessionSummary[]> {
    return this.#store.list();
  }

  /** The watcher of a user's jobs, the same for everyone who asks. After a log-in it goes on by itself. @throws as `session`. */
  async watcher(resourceId: string, userName?: string): Promise<JobWatcher> {
    return watcherFor(await this.session(resourceId, userName));
  }

  /** Ends watches and frees what the resources hold. Sessions stay. */
  async close(): Promise<void> {
    for (const { session } of this.#sessions.values())
      findWatcher(session.resource, session.userName)?.close();
    this.#sessions.clear();
    await Promise.all([...this.#resources.values()].map((resource) => resource.close()));
  }

  #keep(inner: Session, saved: SavedSession): GuardedSession {
    const key = keyOf(saved.resourceId, saved.userName);
    const grant = { inner, saved };
    const session = new GuardedSession(grant, {
      onExpired: (guarded, ended, error) => this.#takeExpiry(guarded, ended, error),
      onLoggedOut: async (ended) => {
        this.#forget(ended.saved);
        const current = await this.#store.load(saved.resourceId, saved.userName).catch(() => undefined);
        if (current !== undefined && isSameSession(current, ended.saved))
          await this.#store.remove(saved.resourceId, saved.userName);
      },
    });
    this.#sessions.set(key, { ...grant, session });
    for (const expired of this.#expired.get(key) ?? []) expired.goOnWith(grant);
    this.#expired.delete(key);
    return session;
  }

  #forget(saved: SavedSession): void {
    const key = keyOf(saved.resourceId, saved.userName);
    const current = this.#sessions.get(key);
    if (current !== undefined && isSameSession(current.saved, saved)) this.#sessions.delete(key);
  }

  async #takeExpiry(guarded: GuardedSession, { saved }: Grant, error: ScarfError): Promise<void> {
    const key = keyOf(saved.resourceId, saved.userName);
    this.#forget(saved);
    await this.#store.expire(saved);
    let renewal = this.#renewals.get(key);
    if (renewal === undefined) {
      renewal = this.#findNext(saved, error).finally(() => this.#renewals.delete(key));
      this.#renewals.set(key, renewal);
    }
    let next: Grant | undefined;
    try {
      next = await renewal;
    } finally {
      if (next === undefined) this.#expired.set(key, (this.#expired.get(key) ?? new Set()).add(guarded));
    }
    if (next !== undefined) guarded.goOnWith(next);
  }

  /** What a user whose session has expired goes on with: a log-in that was made meanwhile, here or by another program, or one more. */
  async #findNext({ resourceId, userName }: SavedSession, error: ScarfError): Promise<Grant | undefined> {
    const key = keyOf(resourceId, userName);
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const stored = await this.#store.load(resourceId, userName).catch(() => undefined);
    if (stored !== undefined) {
      const session = this.#keep(this.resource(resourceId).resume(stored), stored);
      findWatcher(session.resource, userName)?.resumeWith(session);
      return this.#sessions.get(key);
    }
    for (let reason = error; ;) {
      const credentials = await this.#renew?.({ resourceId, userName, error: reason });
      if (credentials === undefined) return undefined;
      try {
        await this.logIn(resourceId, credentials);
        return this.#sessions.get(key);
      } catch (thrown) {
        if (!isScarfError(thrown) || thrown.code !== "AUTH_FAILED") throw thrown;
        reason = thrown;
      }
    }
  }

  /** Another program may have logged in again: then that session is the one to end. */
  async #preferStored(resourceId: string, userName: string): Promise<void> {
    const key = keyOf(resourceId, userName);
    const stored = await this.#store.load(resourceId, userName);
    const known = this.#sessions.get(key);
    if (known !== undefined && stored !== undefined && !isSameSession(known.saved, stored))
      this.#sessions.delete(key);
  }

  async #notLoggedIn(resourceId: string, userName: string | undefined): Promise<ValueError> {
    const active = (await this.#store.list()).filter(
      (one) => one.resourceId === resourceId && one.state === "active",
    );
    const others = active.map((one) => one.userName).filter((name) => name !== userName);
    const hint = `Log in: \`scarf login --resource ${resourceId}${userName === undefined ? "" : ` --user ${userName}`}\`.`;
    const context = { resource: resourceId, user: userName, loggedIn: others };
    const also = others.length === 0 ? "" : ` (${others.join(", ")} ${others.length === 1 ? "is" : "are"})`;
    if (userName === undefined)
      return new ValueError("NOT_LOGGED_IN", `Nobody has logged in on ${resourceId} yet.`, { hint, context });
    const message = (await this.#store.hasExpired(resourceId, userName))
      ? `The session of ${userName} on ${resourceId} has expired.`
      : `${userName} is not logged in on ${resourceId}${also}.`;
    return new ValueError("NOT_LOGGED_IN", message, { hint, context });
  }
}

function keyOf(resourceId: string, userName: string): string {
  return JSON.stringify([resourceId, userName]);
}
