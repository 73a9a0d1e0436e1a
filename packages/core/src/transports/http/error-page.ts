/**
 * True for a page meant for a browser: what a proxy or a wrong address answers instead of the service. The content decides; nobody
 * has written down what types the service itself gives its answers, so `text/html` alone proves nothing.
 */
export function isHtml(contentType: string | undefined, text: string): boolean {
  const head = text.trimStart().slice(0, 500).toLowerCase();
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!doctype html|<html[\s>]|<head[\s>])/.test(head)) return true;
  const claims = contentType !== undefined && /^\s*text\/html/i.test(contentType);
  return claims && /^<(?:!--|body|title|meta|script|center|div|p|h\d)[\s>]/.test(head);
}

/** No more of a page is looked at: a hostile one full of `<` must not keep us busy for minutes. */
const mostRead = 8192;

/** What an error page says, as one short line: its title, else its text without tags. */
export function summarisePage(text: string, maxLength = 200): string {
  const beginning = text.slice(0, mostRead);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(beginning)?.[1];
  const body = beginning
    .replaceAll(/<(?:script|style)\b[\s\S]*?<\/(?:script|style)>/gi, " ")
    .replaceAll(/<[^>]*>/g, " ");
  const line = printable((title?.trim() ?? "") === "" ? body : (title ?? ""));
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** One line without control characters: text of a server must not move a terminal's cursor. */
function printable(text: string): string {
  return text
    .replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, " ") // eslint-disable-line no-control-regex
    .replaceAll(/\s+/g, " ")
    .trim();
}
