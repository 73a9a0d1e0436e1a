import { setTimeout as sleep } from "node:timers/promises";
import { AuthError, isScarfError } from "scarf-tomo";
import { sessionEndedText } from "scarf-tomo/wire";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import type { BearerTokens, VerifiedToken } from "../users/bearer-tokens.js";
import { unknownCertificate, userOfCertificate } from "../users/client-certificate.js";
import type { LoginThrottle } from "../users/login-throttle.js";
import { getPasswordStamp } from "../users/users.js";
import { userNamePattern } from "../users/users-file.js";
import type { EndedTokens } from "./ended-tokens.js";
import { KeyedLock } from "./keyed-lock.js";
import type { Proof } from "./proof.js";
import { hashToken } from "./seal.js";

/** A log-in that happens within a request, for the audit log. */
export interface LogInEvent {
  readonly userName: string;
  readonly address: string;
  readonly means: "bearer token" | "certificate";
  /** `ok`, or the code of the error. */
  readonly outcome: string;
}

export interface DirectLogInOptions {
  readonly users: Pick<GatewayConfiguration["users"], "file" | "onlyListed" | "certificates">;
  /** Absent = bearer tokens are not set up. */
  readonly bearerTokens: BearerTokens | undefined;
  /** Whether certificates of clients are asked for. */
  readonly takesCertificates: boolean;
  readonly ended: EndedTokens;
  readonly throttle: LoginThrottle;
  readonly tell: (event: LogInEvent) => void;
}

export interface DirectUser {
  readonly userName: string;
  /** When the token or certificate ends. */
  readonly expiresAt: Date;
}

/** A verified token is looked at again after this: the issuer may have withdrawn its key. */
const recheckMilliseconds = 5 * 60_000;
const maxRemembered = 10_000;

/** Users that show who they are with each request, by bearer token or certificate, and never log in. */
export class DirectLogIn {
  readonly #options: DirectLogInOptions;
  readonly #lock = new KeyedLock();
  /** Verified tokens by their hash; and hashes of certificates' subjects that were told already. */
  readonly #verified = new Map<string, VerifiedToken & { readonly checkedAt: number }>();
  readonly #told = new Set<string>();

  constructor(options: DirectLogInOptions) {
    this.#options = options;
  }

  /**
   * Who sent a request.
   * @throws {AuthError} `AUTH_FAILED`, `SESSION_EXPIRED`, `LOGIN_RATE_LIMITED`
   */
  async identify(proof: Exclude<Proof, { kind: "token" }>, address: string): Promise<DirectUser> {
    return proof.kind === "bearer" ? this.#byToken(proof, address) : this.#byCertificate(proof, address);
  }

  /** A bearer token holds no longer, here. Nothing can be done about a certificate. */
  end(proof: Exclude<Proof, { kind: "token" }>, { expiresAt }: DirectUser): void {
    if (proof.kind !== "bearer") return;
    this.#options.ended.add(proof.token, expiresAt);
    this.#verified.delete(hashToken(proof.token));
  }

  sweep(): void {
    this.#options.ended.removeExpired();
    const now = Date.now();
    for (const [hash, { expiresAt }] of this.#verified) {
      if (expiresAt.getTime() <= now) this.#verified.delete(hash);
    }
  }

  async #byToken(
    { token, userName }: Extract<Proof, { kind: "bearer" }>,
    address: string,
  ): Promise<DirectUser> {
    const hash = hashToken(token);
    const known = this.#verified.get(hash);
    const fresh =
      known !== undefined &&
      known.userName === userName &&
      known.expiresAt.getTime() > Date.now() &&
      known.checkedAt + recheckMilliseconds > Date.now();
    if (fresh) {
      await this.#requireListed(userName);
      return known;
    }
    const means = "bearer token";
    try {
      const verified = await this.#throttled(userName, address, () => this.#verify(token, userName));
      if (this.#verified.size >= maxRemembered) this.#verified.clear();
      this.#verified.set(hash, { ...verified, checkedAt: Date.now() });
      if (known === undefined) this.#options.tell({ userName, address, means, outcome: "ok" });
      return verified;
    } catch (error) {
      this.#tellFailure(error, { userName, address, means });
      throw error;
    }
  }

  async #verify(token: string, userName: string): Promise<VerifiedToken> {
    const { bearerTokens, ended } = this.#options;
    if (bearerTokens === undefined) {
      throw new AuthError("AUTH_FAILED", "Bearer tokens are not taken by this service.", {
        hint: "Log in with user name and password.",
      });
    }
    const verified = await bearerTokens.verify(token, userName);
    if (ended.has(token)) {
      throw new AuthError("SESSION_EXPIRED", `${sessionEndedText}: it was ended by its user.`, {
        hint: "Get a new token from the issuer.",
      });
    }
    await this.#requireListed(userName);
    return verified;
  }

  /** As with passwords: what could be guessing is counted, slowed down and stopped. A token whose time is over is none. */
  async #throttled<Result>(userName: string, address: string, work: () => Promise<Result>): Promise<Result> {
    const { throttle } = this.#options;
    const key = JSON.stringify([userName.slice(0, 100), address]);
    try {
      return await this.#lock.run(key, async () => {
        throttle.check(userName, address);
        try {
          const result = await work();
          throttle.succeed(userName, address);
          return result;
        } catch (error) {
          if (isRefusal(error)) throttle.fail(userName, address);
          throw error;
        }
      });
    } catch (error) {
      if (isRefusal(error)) await sleep(throttle.delaySeconds(userName, address) * 1000);
      throw error;
    }
  }

  async #byCertificate(
    { certificate }: Extract<Proof, { kind: "certificate" }>,
    address: string,
  ): Promise<DirectUser> {
    const { takesCertificates, users } = this.#options;
    const means = "certificate";
    let userName = certificate.subject;
    try {
      if (!takesCertificates) throw unknownCertificate(certificate.subject);
      userName = userOfCertificate(certificate, users.certificates);
      await this.#requireListed(userName, () => unknownCertificate(certificate.subject));
    } catch (error) {
      this.#tellFailure(error, { userName, address, means });
      throw error;
    }
    const key = JSON.stringify([userName, address]);
    if (!this.#told.has(key)) {
      if (this.#told.size >= maxRemembered) this.#told.clear();
      this.#told.add(key);
      this.#options.tell({ userName, address, means, outcome: "ok" });
    }
    return { userName, expiresAt: certificate.expiresAt };
  }

  async #requireListed(userName: string, failure = unlisted): Promise<void> {
    const { file, onlyListed } = this.#options.users;
    if (!userNamePattern.test(userName)) throw failure();
    if (onlyListed && (await getPasswordStamp(file, userName)) === undefined) throw failure();
  }

  #tellFailure(error: unknown, event: Omit<LogInEvent, "outcome">): void {
    this.#options.tell({ ...event, outcome: isScarfError(error) ? error.code : "OUTPUT_UNREADABLE" });
  }
}

function isRefusal(error: unknown): boolean {
  return isScarfError(error) && error.code === "AUTH_FAILED";
}

function unlisted(): AuthError {
  return new AuthError("AUTH_FAILED", "The token is good, but its user is none of this service.", {
    hint: "Ask the operator of the service to add the user: scarf user add NAME",
  });
}
