const safeWord = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * One word for `/bin/sh` that stands for exactly `text`. Words without special characters stay as they are, so that a
 * command line in a job list reads as a person would have typed it.
 */
export function quoteShellWord(text: string): string {
  return safeWord.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
