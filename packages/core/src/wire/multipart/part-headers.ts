import { decodePercent } from "../decode-text.js";

/** Headers of a part, names in lower case. Of a repeated header the first counts. */
export type PartHeaders = ReadonlyMap<string, string>;

/** Reads header lines; a line that is none is skipped. Values keep white space at their end: Mantid is recognised by it. */
export function parsePartHeaders(text: string): PartHeaders {
  const headers = new Map<string, string>();
  const unfolded = text.replaceAll(/\r?\n[ \t]+/g, " ");
  for (const line of unfolded.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line
      .slice(colon + 1)
      .replace(/\r$/, "")
      .trimStart();
    if (!headers.has(name)) headers.set(name, value);
  }
  return headers;
}

/**
 * One parameter of a header value: `name` of `form-data; name="bar.txt"`, quoted or not. Nothing inside the quotes
 * is an escape: the clients of this wire escape nothing, and a Windows path is full of backslashes. So a quote ends the value only
 * where another parameter or nothing follows. A value that does not end on its line was cut by a line end in it, and has that one
 * at its end: half a name must not pass for a name.
 */
export function headerParameter(value: string, parameter: string): string | undefined {
  let rest = value.slice(value.indexOf(";") + 1);
  while (rest !== "") {
    rest = rest.replace(/^[\s;]+/, "");
    const [whole, name, quote] = /^([^\s=;"]+)\s*=\s*(")?/.exec(rest) ?? [];
    if (whole === undefined) {
      // No parameter: looked for behind the next semicolon.
      const next = rest.indexOf(";");
      if (next < 0) return undefined;
      rest = rest.slice(next + 1);
      continue;
    }
    rest = rest.slice(whole.length);
    const end = quote === undefined ? /;|$/.exec(rest) : /"\s*(?:;|$)/.exec(rest);
    const text = end === null ? `${rest}\n` : rest.slice(0, end.index);
    if (name?.toLowerCase() === parameter) return quote === undefined ? text.trim() : text;
    if (end === null) return undefined;
    rest = rest.slice(end.index + end[0].length);
  }
  return undefined;
}

/** Boundary of a multipart content type; `undefined` when it is missing or the type is another. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined;
  const boundary = headerParameter(contentType, "boundary");
  return boundary === "" ? undefined : boundary;
}

/** `Content-ID` without angle brackets, percent-decoded: `<in%20put.txt>` → `in put.txt`. */
export function contentIdOf(headers: PartHeaders): string | undefined {
  const value = headers.get("content-id")?.trim();
  if (value === undefined || value === "") return undefined;
  return decodePercent(value.replace(/^</, "").replace(/>$/, ""));
}
