import { readFile } from "node:fs/promises";
import { createLocalJWKSet, errors } from "jose";
import type { ConfigurationProblem } from "scarf-tomo";
import { isWebAddress, parseKeySet } from "../users/key-set.js";
import type { GatewayConfiguration } from "./gateway-configuration.js";

/** What would keep `users.oauth2.keys` from working. A web address is not fetched: the issuer may be away just now. */
export async function findKeySetProblems({
  users: { oauth2 },
}: Pick<GatewayConfiguration, "users">): Promise<readonly ConfigurationProblem[]> {
  if (oauth2 === undefined) return [];
  const problem = (message: string): readonly ConfigurationProblem[] => [
    { path: ["users", "oauth2", "keys"], message },
  ];
  const { keys } = oauth2;
  if (isWebAddress(keys)) {
    // Whoever can change what comes over the wire could make tokens of their own.
    return /^https:|^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/]/i.test(keys)
      ? []
      : problem(`expected an address that begins with https:// as users.oauth2.keys, found "${keys}"`);
  }
  const text = await readFile(keys, "utf8").catch(() => undefined);
  if (text === undefined)
    return problem(`expected a readable file as users.oauth2.keys, found none at ${keys}`);
  try {
    createLocalJWKSet(parseKeySet(text));
    return [];
  } catch (error) {
    if (!(error instanceof errors.JOSEError || error instanceof SyntaxError)) throw error;
    return problem(`expected a set of keys (JWKS) as users.oauth2.keys, found something else in ${keys}`);
  }
}
