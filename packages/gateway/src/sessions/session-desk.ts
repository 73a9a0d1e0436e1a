import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AuthError, type ComputeResource, isScarfError, type SavedSession, type Session } from "scarf-tomo";
import { sessionEndedText } from "scarf-tomo/wire";
import type { LoginThrottle } from "../users/login-throttle.js";
import { checkPassword, getPasswordStamp } from "../users/users.js";
import { userNamePattern } from "../users/users-file.js";
import { FairQueue } from "./fair-queue.js";
import type { DirectLogIn } from "./direct-log-in.js";
import type { RequestRate } from "./request-rate.js";
import { KeyedLock } from "./keyed-lock.js";
import type { Proof } from "./proof.js";
import { hashToken, seal, unseal } from "./seal.js";
import type { SessionTable } from "./session-table.js";
import type { SharedSessions } from "./shared-sessions.js";

/** A compute resource as the gateway offers it. */
export interface OfferedResource {
  readonly id: string;
  readonly resource: ComputeResource;
  /** File of users that the gateway checks passwords against; absent = the resource checks them itself. */
  readonly usersFile?: string;
}

export interface UserSession {
  readonly userName: string;
  readonly session: Session;
  readonly expiresAt: Date;
}

/** Each takes a core and a thread of four that read and write files too: uploads must go on while a hundred users log in. */
const hashesAtOnce = 2;
/** Asking a resource costs only time. */
const remoteChecksAtOnce = 16;
/** Some twenty seconds of work; nobody waits longer. */
const maxWaitingLogIns = 2000;

/** What a desk works with. */
export interface SessionDeskParts {
  readonly table: SessionTable;
  readonly throttle: LoginThrottle;
  readonly direct: DirectLogIn;
  readonly shared: SharedSessions;
  readonly rate: RequestRate;
}

/** Logs users in and out, and finds the resource's session that stands behind a request. */
export class SessionDesk {
  readonly #table: SessionTable;
  readonly #throttle: LoginThrottle;
  readonly #direct: DirectLogIn;
  readonly #shared: SharedSessions;
  readonly #rate: RequestRate;
  readonly #logIns = new KeyedLock();
  readonly #hashing = new FairQueue(hashesAtOnce, maxWaitingLogIns);
  readonly #remoteChecks = new FairQueue(remoteChecksAtOnce, maxWaitingLogIns);
  /** Sessions of resources by the hash of their token. After a restart they are taken up again from the table. */
  readonly #open = new Map<string, Session>();

  constructor({ table, throttle, direct, shared, rate }: SessionDeskParts) {
    this.#table = table;
    this.#throttle = throttle;
    this.#direct = direct;
    this.#shared = shared;
    this.#rate = rate;
  }

  /**
   * @returns A new token: user, UTC time, and 384 random bits in two base64 parts, separated by `"`. It is stored nowhere.
   * @throws {AuthError} `AUTH_FAILED`, `LOGIN_RATE_LIMITED`.
   */
  async logIn(
    offered: OfferedResource,
    credentials: { readonly userName: string; readonly password: string },
    address: string,
    signal?: AbortSignal,
  ): Promise<UserSession & { readonly token: string }> {
    const { userName } = credentials;
    // Who is stopped already need not wait for a turn to hear it.
    this.#throttle.check(userName, address);
    try {
      // One after another: each guess must know how the one before went.
      const key = JSON.stringify([userName.slice(0, 100), address]);
      const queue = offered.usersFile === undefined ? this.#remoteChecks : this.#hashing;
      const turn = { full: tooBusy, signal };
      return await this.#logIns.run(key, () =>
        queue.run(address, () => this.#tryLogIn(offered, credentials, address, signal), turn),
      );
    } catch (error) {
      if (isScarfError(error) && error.code === "AUTH_FAILED")
        await sleep(this.#throttle.delaySeconds(userName, address) * 1000);
      throw error;
    }
  }

  async #tryLogIn(
    offered: OfferedResource,
    { userName, password }: { readonly userName: string; readonly password: string },
    address: string,
    signal: AbortSignal | undefined,
  ): Promise<UserSession & { readonly token: string }> {
    this.#throttle.check(userName, address);
    try {
      const { session, stamp } = await openSession(offered, userName, password, signal);
      const token = makeToken(userName);
      const owner = { resourceId: offered.id, userName };
      for (const tokenHash of this.#table.makeRoom(owner)) void this.#end(tokenHash);
      const sealed = seal(JSON.stringify(session.save()), token);
      const expiresAt = this.#table.add(token, { ...owner, stamp, sealed });
      this.#open.set(hashToken(token), session);
      this.#throttle.succeed(userName, address);
      return { token, userName, session, expiresAt };
    } catch (error) {
      // Only a wrong password counts: when the resource can't be reached nobody was guessing.
      if (isScarfError(error) && error.code === "AUTH_FAILED") this.#throttle.fail(userName, address);
      throw error;
    }
  }

  /**
   * The user of a request, and their session on the resource.
   * @throws {AuthError} `SESSION_EXPIRED`: the token is missing, wrong, ended, or of another resource. `AUTH_FAILED`: a bearer token
   * or certificate that does not hold. @throws {SchedulerError} `SCHEDULER_UNAVAILABLE` @throws {TransportError} `RATE_LIMITED`
   */
  async find(offered: OfferedResource, proof: Proof | undefined, address: string): Promise<UserSession> {
    if (proof === undefined) throw sessionEnded("no token came with the request");
    if (proof.kind === "token") {
      const found = await this.#findByToken(offered, proof.token);
      await this.#rate.admit(found.userName);
      return found;
    }
    const user = await this.#direct.identify(proof, address);
    await this.#rate.admit(user.userName);
    return { ...user, session: await this.#shared.get(offered, user.userName) };
  }

  /** Whether one more request of a user who was just found may be answered now, without waiting. */
  admitsAtOnce(userName: string): boolean {
    return this.#rate.admitAtOnce(userName);
  }

  async #findByToken(offered: OfferedResource, token: string): Promise<UserSession> {
    const stored = this.#table.find(token);
    if (stored === undefined || stored.resourceId !== offered.id) {
      throw sessionEnded("it was idle for too long, was ended, or never was one of this service");
    }
    if (offered.usersFile !== undefined) {
      const stamp = await getPasswordStamp(offered.usersFile, stored.userName);
      if (stamp !== stored.stamp) {
        this.#forget(stored.tokenHash);
        throw sessionEnded("the user's password was changed, or the user was removed");
      }
    }
    const session = this.#open.get(stored.tokenHash) ?? takeUp(offered, stored.sealed, token);
    if (session === undefined) {
      this.#forget(stored.tokenHash);
      throw sessionEnded("it could not be taken up again after a restart");
    }
    this.#open.set(stored.tokenHash, session);
    return { userName: stored.userName, session, expiresAt: stored.expiresAt };
  }

  /** Ends what a request shows: the session of a token, here and at the resource; a bearer token here. Throws like `find`. */
  async logOut(offered: OfferedResource, proof: Proof | undefined, address: string): Promise<UserSession> {
    const found = await this.find(offered, proof, address);
    if (proof?.kind === "token") {
      this.#forget(hashToken(proof.token));
      // Here it has ended; whether the resource could be told changes nothing for this client.
      await found.session.logOut().catch(() => undefined);
    } else if (proof !== undefined) {
      this.#direct.end(proof, found);
    }
    return found;
  }

  /** The resource has ended its session: the token is of no more use; a bearer of one of the other kinds gets another. */
  drop(offered: OfferedResource, proof: Proof | undefined, userName: string | undefined): void {
    if (proof?.kind === "token") this.#forget(hashToken(proof.token));
    else if (userName !== undefined) this.#shared.drop(offered.id, userName);
  }

  /** Ends what has expired. Meant to be called every minute. */
  async sweep(): Promise<void> {
    this.#direct.sweep();
    this.#rate.sweep();
    await this.#shared.sweep();
    for (const tokenHash of this.#table.removeExpired()) await this.#end(tokenHash);
  }

  /** What is no longer in the table is ended at the resource. */
  async #end(tokenHash: string): Promise<void> {
    const session = this.#open.get(tokenHash);
    this.#open.delete(tokenHash);
    // It may have ended there as well, or the resource is away: nothing of ours depends on it.
    await session?.logOut().catch(() => undefined);
  }

  #forget(tokenHash: string): void {
    this.#table.remove(tokenHash);
    this.#open.delete(tokenHash);
  }
}

async function openSession(
  offered: OfferedResource,
  userName: string,
  password: string,
  signal: AbortSignal | undefined,
): Promise<{ session: Session; stamp: string }> {
  const options = signal === undefined ? {} : { signal };
  if (offered.usersFile === undefined) {
    if (!userNamePattern.test(userName) || password === "") throw wrongPassword(userName);
    return { session: await offered.resource.logIn({ userName, password }, options), stamp: "" };
  }
  const right = await checkPassword(offered.usersFile, userName, password);
  const stamp = await getPasswordStamp(offered.usersFile, userName);
  if (!right || stamp === undefined) throw wrongPassword(userName);
  return { session: await offered.resource.logIn({ userName }, options), stamp };
}

function takeUp(offered: OfferedResource, sealed: string, token: string): Session | undefined {
  const text = unseal(sealed, token);
  if (text === undefined) return undefined;
  const saved: unknown = JSON.parse(text);
  return isSavedSession(saved) ? offered.resource.resume(saved) : undefined;
}

function isSavedSession(value: unknown): value is SavedSession {
  return typeof value === "object" && value !== null && "resourceId" in value && "state" in value;
}

function makeToken(userName: string): string {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  // 48 bytes fill base64 exactly and 16 end in "==", as in the tokens of the real service.
  return [userName, time, randomBytes(48).toString("base64"), randomBytes(16).toString("base64")].join('"');
}

function tooBusy(): AuthError {
  return new AuthError("LOGIN_RATE_LIMITED", "Too many log-ins at the same moment.", {
    hint: "Try again in half a minute.",
    context: { retryAfterSeconds: 30 },
  });
}

function wrongPassword(userName: string): AuthError {
  return new AuthError("AUTH_FAILED", "User name or password is wrong.", {
    hint: "Type both again; the case of letters matters.",
    context: { userName },
  });
}

function sessionEnded(why: string): AuthError {
  return new AuthError("SESSION_EXPIRED", `${sessionEndedText}: ${why}. Log in again.`, {
    hint: "Log in again and repeat the request; jobs and files are not affected.",
  });
}
