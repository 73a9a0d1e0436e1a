import { WireFormatError } from "./wire-format-error.js";

/**
 * Writes an argument list as one line for `/bin/sh`, and for `EXTRA_PARAMS`, which PAC hands to a shell, that yields exactly
 * these arguments. Together with the functions of this file the only code that quotes for a shell.
 */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => quoteWord(word)).join(" ");
}

/**
 * One argument, quoted only where it needs to be. Line feeds stay inside single quotes, which every POSIX shell reads.
 * @throws {RangeError} it holds NUL, which no argument can: a bug of the caller, who has to refuse it with a sentence first.
 */
export function quoteWord(word: string): string {
  if (word.includes("\0")) throw new RangeError("An argument for a shell holds a NUL character");
  // `NAME=value` as the first word would be an assignment, and some shells expand what follows a leading `=`.
  if (/^[A-Za-z0-9_./,:@%+-][A-Za-z0-9_./,:@%+=-]*$/.test(word) && !/^[A-Za-z_]\w*=/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Splits a line into words as `/bin/sh` does, without expanding anything: single quotes, double quotes, backslashes.
 * @throws {WireFormatError} a quote is not closed.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'") {
      const end = closing(line, at, "'");
      word = (word ?? "") + line.slice(at + 1, end);
      at = end;
    } else if (character === '"') {
      const { text, end } = doubleQuoted(line, at);
      word = (word ?? "") + text;
      at = end;
    } else if (character === "\\" && at + 1 < line.length) {
      at++;
      word = (word ?? "") + line.charAt(at);
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function closing(line: string, from: number, quote: string): number {
  const end = line.indexOf(quote, from + 1);
  if (end < 0) throw unclosed(line, quote);
  return end;
}

function doubleQuoted(line: string, from: number): { readonly text: string; readonly end: number } {
  let text = "";
  for (let at = from + 1; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"') return { text, end: at };
    if (character === "\\" && /["\\$`]/.test(line.charAt(at + 1))) at++;
    text += line.charAt(at);
  }
  throw unclosed(line, '"');
}

function unclosed(line: string, quote: string): WireFormatError {
  return new WireFormatError("malformed", `A quote ${quote} is not closed in: ${line}`);
}
