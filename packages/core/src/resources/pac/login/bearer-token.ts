import { AuthError, ConfigError } from "../../../errors/index.js";
import { readPrivateFile } from "../../../transports/private-file.js";

/** Where an OAuth2 token comes from: a file that another program renews, or the caller. */
export type BearerSource =
  | { readonly tokenFile: string }
  | { readonly token: () => string | Promise<string> };

/** A token, and whose it is if that is told with it. */
export interface BearerToken {
  readonly token: string;
  readonly userName?: string;
}

/**
 * The token as it is now; it is read anew for each request, since such tokens live for minutes.
 * @throws {ConfigError} `CONFIG_INVALID`: the file can't be read, can be read by others, or holds something else.
 * @throws {AuthError} `AUTH_FAILED`: the caller gave none.
 */
export async function readBearerToken(source: BearerSource): Promise<BearerToken> {
  if ("tokenFile" in source) {
    const { tokenFile } = source;
    const found = parseBearerToken(readPrivateFile(tokenFile, "an access token"));
    if (found !== undefined) return found;
    throw new ConfigError("CONFIG_INVALID", `${tokenFile} holds no access token.`, {
      hint: "It must hold the token alone, on one line; or, as IBM's client keeps it, OAuth2#USER::TOKEN.",
      context: { file: tokenFile },
    });
  }
  const found = parseBearerToken(await source.token());
  if (found !== undefined) return found;
  throw new AuthError("AUTH_FAILED", "There is no access token to log in with.", {
    hint: "The program that asked for the log-in must supply one.",
  });
}

/** A bare token, or the form in which IBM's client stores it: `OAuth2…#<user>::<token>`. */
function parseBearerToken(text: string): BearerToken | undefined {
  const line = text.trim();
  const stored = /^OAuth2[^#\s]*#([^\s:]+)::(\S+)$/.exec(line);
  const token = stored?.[2] ?? line;
  const userName = stored?.[1];
  // What RFC 6750 allows. Anything else could add a header of its own.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return undefined;
  return { token, ...(userName !== undefined && { userName }) };
}
