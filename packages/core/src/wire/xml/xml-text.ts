import { toWellFormed } from "../well-formed.js";

/** As every answer of the legacy service begins. */
export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML 1.0 forbids even as references; job names and messages may hold them. */
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g; // eslint-disable-line no-control-regex

/** Anything that is not sent as it is. Most texts of a job list have none of it, and one look is cheaper than four replacements. */
const special = /[^\t\n !#-%'-;=?-\uD7FF\uE000-\uFFFD]/;

/** Text for an element's content. What XML can't carry becomes U+FFFD; a carriage return survives as a reference. */
export function escapeXml(text: string): string {
  if (!special.test(text)) return text;
  return replaceForbidden(toWellFormed(text))
    .replaceAll(/[&<>"]/g, (character) => escapes[character] ?? character)
    .replaceAll("\r", "&#13;");
}

/** Makes text acceptable to an XML parser; the parser would otherwise refuse a whole job list for one odd name. */
export function replaceForbidden(text: string): string {
  return text.replaceAll(forbidden, "\uFFFD");
}

/** One element with text and without attributes or white space, as the clients' searches need it. */
export function xmlElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/**
 * Hides the letters `note` in escaped XML data: `n&#111;te`. IBM's Python 2 client and lsf_faas take these four letters
 * anywhere in a job list, also in a file called `notebook.py`, for an error; every parser reads the reference as the letter.
 */
export function maskNote(escapedText: string): string {
  return escapedText.replaceAll("note", "n&#111;te");
}
