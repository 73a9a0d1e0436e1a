import { WireFormatError } from "../wire-format-error.js";

const nameStart =
  ":A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}";
const name = `[${nameStart}][${nameStart}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040]*`;
const space = "[ \\t\\r\\n]";
const attribute = `(${name})${space}*=${space}*("[^<"]*"|'[^<']*')`;

const nameStartPattern = new RegExp(`^[${nameStart}]`, "u");
const openTagPattern = new RegExp(`^<(${name})((?:${space}+${attribute})*)${space}*(/?)>$`, "u");
const attributePattern = new RegExp(attribute, "gu");
const closeTagPattern = new RegExp(`^</(${name})${space}*>$`, "u");
const targetPattern = new RegExp(`^${name}(?=${space}|[?]|$)`, "u");
const declarationPattern =
  /^xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])[A-Za-z][A-Za-z0-9._-]*\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\3)?[ \t\r\n]*$/;

/** Whether this can be the first character of a tag's name. */
export function isNameStart(text: string, at: number): boolean {
  return nameStartPattern.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

export interface OpenTag {
  readonly name: string;
  readonly isClosed: boolean;
}

/** Reads a whole start tag, with attributes that are checked and dropped: nothing on this wire has any. @throws {WireFormatError} */
export function parseOpenTag(markup: string): OpenTag {
  const match = openTagPattern.exec(markup);
  if (match === null) throw malformed(`${JSON.stringify(markup.slice(0, 60))} is no tag`);
  const [, tag = "", attributes = ""] = match;
  if (attributes !== "") checkAttributes(attributes);
  return { name: tag, isClosed: markup.endsWith("/>") };
}

function checkAttributes(text: string): void {
  const names = new Set<string>();
  for (const [, attributeName = "", value = ""] of text.matchAll(attributePattern)) {
    if (names.has(attributeName)) throw malformed(`the attribute ${attributeName} stands there twice`);
    names.add(attributeName);
    decodeEntities(value);
  }
}

/** Name of a whole end tag. @throws {WireFormatError} */
export function parseCloseTag(markup: string): string {
  const found = closeTagPattern.exec(markup)?.[1];
  if (found === undefined) throw malformed(`${JSON.stringify(markup.slice(0, 60))} is no tag`);
  return found;
}

/** Checks what stands between `<?` and `?>`. @throws {WireFormatError} */
export function checkInstruction(content: string, { isFirst }: { readonly isFirst: boolean }): void {
  const target = targetPattern.exec(content)?.[0];
  if (target === undefined) throw malformed("a processing instruction has no name");
  if (target.toLowerCase() !== "xml") return;
  if (!isFirst) throw malformed("the XML declaration stands elsewhere than at the beginning");
  if (!declarationPattern.test(content)) throw malformed("the XML declaration is wrong");
}

const known: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** Longer than any reference to one character. */
export const longestReference = 64;

/** Text with its references resolved. @throws {WireFormatError} one is unknown, or not ended. */
export function decodeEntities(text: string): string {
  let at = text.indexOf("&");
  if (at < 0) return text;
  let decoded = "";
  let from = 0;
  while (at >= 0) {
    const end = text.indexOf(";", at);
    if (end < 0 || end - at > longestReference) throw malformed("an ampersand begins no reference");
    decoded += text.slice(from, at) + decodeReference(text.slice(at + 1, end));
    from = end + 1;
    at = text.indexOf("&", from);
  }
  return decoded + text.slice(from);
}

function decodeReference(reference: string): string {
  if (Object.hasOwn(known, reference)) return known[reference] ?? "";
  const match = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(reference);
  if (match === null) throw malformed(`there is no entity ${JSON.stringify(reference)}`);
  const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  if (!isCharacter(code)) throw malformed(`there is no character ${JSON.stringify(reference)}`);
  return String.fromCodePoint(code);
}

/** The production `Char` of XML 1.0. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

export function malformed(why: string): WireFormatError {
  return new WireFormatError("malformed", `The XML is malformed: ${why}.`);
}
