/**
 * The cookies of an answer as a request sends them back; undefined if it has none, so that the earlier ones stay. As in
 * Mantid, the cookies of one answer replace all earlier ones. Those that are taken back are left out.
 */
export function readCookies(setCookies: readonly string[]): string | undefined {
  if (setCookies.length === 0) return undefined;
  return setCookies.flatMap((header) => readCookie(header) ?? []).join("; ");
}

/** The values alone, for masking. */
export function cookieValues(cookies: string): readonly string[] {
  return cookies.split("; ").map((pair) => pair.slice(pair.indexOf("=") + 1));
}

function readCookie(header: string): string | undefined {
  const [pair = "", ...attributes] = header.split(";").map((part) => part.trim());
  const isTakenBack = attributes.some((attribute) => {
    const [name = "", value = ""] = attribute.split("=");
    if (/^max-age$/i.test(name)) return Number(value) <= 0;
    return /^expires$/i.test(name) && Date.parse(value) < Date.now();
  });
  // Anything else would break the request's header, or add one of its own.
  return isTakenBack || !/^[^\s=;,]+=[\x21-\x7e]*$/.test(pair) ? undefined : pair;
}
