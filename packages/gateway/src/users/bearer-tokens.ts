import { type CryptoKey, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";
import { AuthError, SchedulerError } from "scarf-tomo";
import { sessionEndedText } from "scarf-tomo/wire";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { openKeySet } from "./key-set.js";

export type OAuth2Settings = NonNullable<GatewayConfiguration["users"]["oauth2"]>;

/** A bearer token that holds. */
export interface VerifiedToken {
  readonly userName: string;
  readonly expiresAt: Date;
}

/** Only signatures with a private key: with a shared secret (`HS…`) a public key could be taken for the secret. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** Between the issuer's clock and ours. */
const clockToleranceSeconds = 30;
/** Nobody's token is longer; the header of a request may not be either. */
const maxTokenLength = 16_384;

/** Checks bearer tokens of one OAuth2 issuer: signature, issuer, audience, time and user. */
export class BearerTokens {
  readonly #settings: OAuth2Settings;
  readonly #keys: JWTVerifyGetKey;

  constructor(settings: OAuth2Settings) {
    this.#settings = settings;
    this.#keys = openKeySet(settings.keys);
  }

  /**
   * @param userName - What the client says it is (`Auth-User`).
   * @throws {AuthError} `AUTH_FAILED`: the token is none of the issuer's, or of another user or audience. `SESSION_EXPIRED`: its time is over.
   * @throws {SchedulerError} `SCHEDULER_UNAVAILABLE`: the issuer's keys can't be had, so nobody knows.
   */
  async verify(token: string, userName: string): Promise<VerifiedToken> {
    const payload = await this.#verify(token);
    const { userClaim } = this.#settings;
    const claimed = Object.hasOwn(payload, userClaim) ? payload[userClaim] : undefined;
    if (typeof claimed !== "string" || claimed === "") {
      throw refused(
        `it does not say whose it is (claim ${userClaim})`,
        "Ask the issuer for a token with it.",
      );
    }
    if (claimed !== userName) {
      throw refused(
        "it is not of the user that the header Auth-User names",
        "Send Auth-User with the name that stands in the token.",
      );
    }
    return { userName, expiresAt: new Date((payload.exp ?? 0) * 1000) };
  }

  async #verify(token: string): Promise<JWTPayload> {
    if (token.length > maxTokenLength) throw refused("it is too long to be one", "Send the token alone.");
    try {
      return await this.#verifyWith(this.#keys, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw understand(error);
      return this.#verifyWithAny(error, token);
    }
  }

  /** The token does not say which key it is signed with, and several could be it: one of them must. */
  async #verifyWithAny(keys: AsyncIterable<CryptoKey>, token: string): Promise<JWTPayload> {
    let failure: unknown;
    for await (const key of keys) {
      try {
        return await this.#verifyWith(() => key, token);
      } catch (error) {
        failure = error;
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
      }
    }
    throw understand(failure);
  }

  async #verifyWith(key: JWTVerifyGetKey, token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#settings;
    const { payload } = await jwtVerify(token, key, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ["exp"],
    });
    return payload;
  }
}

function understand(cause: unknown): AuthError | SchedulerError {
  const again = "Get a new token from the issuer and repeat the request.";
  if (cause instanceof errors.JWTExpired) {
    return new AuthError("SESSION_EXPIRED", `${sessionEndedText}: the bearer token has expired.`, {
      hint: again,
    });
  }
  if (cause instanceof errors.JWTClaimValidationFailed) {
    const reasons: Readonly<Record<string, string>> = {
      iss: "it is of another issuer",
      aud: "it is meant for another service",
      nbf: "its time has not begun",
      exp: "it does not say when it ends",
    };
    return refused(reasons[cause.claim] ?? `its claim ${cause.claim} does not fit`, again);
  }
  if (
    cause instanceof errors.JOSEError &&
    !(cause instanceof errors.JWKSTimeout) &&
    !(cause instanceof errors.JWKSInvalid) &&
    cause.code !== "ERR_JOSE_GENERIC"
  ) {
    return refused("it is not signed by the issuer that this service trusts", again);
  }
  // The set of keys is away: that says nothing about the token.
  return new SchedulerError(
    "SCHEDULER_UNAVAILABLE",
    "The keys of the issuer of bearer tokens can't be had just now.",
    { hint: "Try again later, or log in with user name and password.", cause },
  );
}

function refused(why: string, hint: string): AuthError {
  return new AuthError("AUTH_FAILED", `The bearer token is refused: ${why}.`, { hint });
}
