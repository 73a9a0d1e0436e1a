/** Half of a surrogate pair can't be written as UTF-8 (Linux file names in odd encodings may yield one). */
const loneSurrogate = /\p{Surrogate}/u;

export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

export function toWellFormed(text: string): string {
  return isWellFormed(text) ? text : text.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
