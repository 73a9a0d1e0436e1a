/** How the one session token of the web service travels: section 2.3 of the protocol. */

const sessionIdMark = ",JSESSIONID=";
const cookieName = "platform_token";

/** Cookie header of a request: every `"` of the token becomes `#quote#`. */
export function renderTokenCookie(token: string, jtoken?: string): string {
  const second = jtoken === undefined ? "" : `${sessionIdMark}${jtoken}`;
  return `${cookieName}=${token.replaceAll('"', "#quote#")}${second}`;
}

/**
 * The token in a Cookie header, with its quotes back; the raw `"` form counts too. `undefined` = no such cookie or an
 * empty one. Cut at `,JSESSIONID=`, which Python clients join to it with a comma.
 */
export function parseTokenCookie(header: string | undefined): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== cookieName) continue;
    const value = pair.slice(equals + 1).trim();
    const cut = value.indexOf(sessionIdMark);
    const token = (cut < 0 ? value : value.slice(0, cut)).replaceAll("#quote#", '"').trim();
    return token === "" ? undefined : token;
  }
  return undefined;
}

/** One line of at least two parts separated by `"`, without the characters that would end the cookie. */
export function isToken(text: string): boolean {
  return /^[^\s;,#"]+"[^\s;,#]+$/.test(text);
}

/** The cluster account in a token: `scarf362`. It may differ from the name used to log in. */
export function tokenUser(token: string): string | undefined {
  const quote = token.indexOf('"');
  return quote < 1 ? undefined : token.slice(0, quote);
}
