// Names, reasons and outputs come from servers and from other users' jobs. A terminal obeys control characters
// in them: it can be made to hide lines, to rename its window or to type. So they are shown, not sent.
/* eslint-disable no-control-regex -- finding control characters is the purpose */

/** Controls, line and paragraph separators, and the marks that reorder text on the screen. */
const unsafeOnOneLine =
  /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]|\p{Cs}/gu;
const unsafeInLines =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]|\p{Cs}/gu;

/** Text for one line or one cell: every control character becomes visible, e.g. `\x1b`, `\n`. */
export function renderSafeLine(text: string): string {
  return text.replace(unsafeOnOneLine, renderEscape);
}

/** Text of several lines, e.g. a job's output: line ends and tabs stay, `\r\n` and a lone `\r` become a line end. */
export function renderSafeLines(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(unsafeInLines, renderEscape);
}

function renderEscape(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return " ";
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
