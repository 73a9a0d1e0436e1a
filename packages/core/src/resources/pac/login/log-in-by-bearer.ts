import { AuthError, isScarfError } from "../../../errors/index.js";
import type { CallOptions, Credentials } from "../../compute-resource.js";
import type { PacWire } from "../pac-wire.js";
import { type BearerSource, readBearerToken } from "./bearer-token.js";
import { contextOf, missing } from "./log-in-errors.js";

/**
 * Begins a session with an access token. There is no log-in call: the token comes with every request, and a first question shows
 * whether it is taken.
 * @param wireFor - a wire of that user, on which the token travels.
 * @throws {AuthError} `AUTH_FAILED`: it is not. @throws {ValueError} `PROPERTY_MISSING`: whose it is.
 */
export async function logInByBearer(
  { resourceId, source }: { readonly resourceId: string; readonly source: BearerSource },
  { userName: wanted }: Credentials,
  wireFor: (userName: string) => PacWire,
  options: CallOptions,
): Promise<PacWire> {
  const { userName: told } = await readBearerToken(source);
  const userName = wanted === "" ? (told ?? "") : wanted;
  const who = { resourceId, userName };
  // It becomes a header.
  if (!/^[\x21-\x7E]+$/.test(userName)) throw missing("user name", who);
  if (told !== undefined && told !== userName) {
    throw new AuthError("AUTH_FAILED", `The access token is the one of ${told}, not of ${userName}.`, {
      hint: "Log in as that user, or put the other one's token in its place.",
      context: { ...contextOf(who), told },
    });
  }
  const wire = wireFor(userName);
  try {
    await wire.fetchJobs({ kind: "name", name: "scarf-is-the-token-good" }, options);
  } catch (error) {
    if (!isScarfError(error) || !refusals.has(error.code)) throw error;
    throw new AuthError(
      "AUTH_FAILED",
      `${resourceId} did not accept the access token of ${userName}: ${error.message}`,
      {
        hint: "Get a new token from its issuer; it may have run out, or be meant for another service.",
        context: { ...contextOf(who), ...error.context },
        cause: error,
      },
    );
  }
  return wire;
}

const refusals: ReadonlySet<string> = new Set([
  "SESSION_EXPIRED",
  "NOT_LOGGED_IN",
  "AUTH_FAILED",
  "PERMISSION_DENIED",
  "OPERATION_REFUSED",
]);
