import { decodePercent } from "scarf-tomo/wire";

/** A request target taken apart by hand: `new URL("//cgi-bin/token.py", base)` would take `cgi-bin` for the host. */
export interface Target {
  /** Path components, still percent-encoded, empty ones left out. */
  readonly segments: readonly string[];
  /** What follows `?`, untouched. */
  readonly query: string;
  /** The path began with two slashes, as Mantid's SCARFTomoReconstruction writes it. */
  readonly doubleSlash: boolean;
}

export function splitTarget(target: string): Target {
  // Absolute form, `GET https://host/path HTTP/1.1`, as Mantid's other web client sends it.
  const local = target.replace(/^https?:\/\/[^/?#]*/i, "");
  const [path = "", ...rest] = local.split("?");
  return {
    segments: path.split("/").filter((segment) => segment !== ""),
    query: rest.join("?"),
    doubleSlash: path.startsWith("//"),
  };
}

/**
 * Reads `name=value&…`, the first of equal names winning. A `+` stays a plus (no known client means a space by it in a
 * query), but a leading one is dropped: `jobs?+user=…` stands in a site's readme.
 */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  return parsePairs(query.replace(/^\++/, ""), decodePercent);
}

/** Reads `application/x-www-form-urlencoded`, where `+` is a space. */
export function parseForm(body: string): ReadonlyMap<string, string> {
  return parsePairs(body, (text) => decodePercent(text.replaceAll("+", " ")));
}

/** Reads a query whose values were put there without any encoding. */
export function parseRawQuery(query: string): ReadonlyMap<string, string> {
  return parsePairs(query, (text) => text);
}

function parsePairs(text: string, decode: (text: string) => string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of text.split("&")) {
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name !== "" && !pairs.has(name)) pairs.set(name, equals < 0 ? "" : decode(pair.slice(equals + 1)));
  }
  return pairs;
}
