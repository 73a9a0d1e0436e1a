const dash = 0x2d;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** White space allowed after a delimiter; more than this is data. */
const maxPadding = 64;
/** How far to look behind a closing delimiter in the middle of a line to see that nothing follows. */
const gluedLookahead = 8;

export type Sighting =
  | { readonly kind: "part"; readonly endsAt: number; readonly lineFeedOnly: boolean }
  | { readonly kind: "close"; readonly endsAt: number }
  | { readonly kind: "data" }
  | { readonly kind: "need-more" };

/**
 * What the text of a delimiter at `at` is. A delimiter stands at the start of a line. The closing one may also
 * stand right behind the last byte of a file (Mantid writes it so), but only if nothing but white space
 * follows it: the same characters in the middle of a file are data. Of a body whose file ends so (`gluedClose`) nothing
 * else is the end, not even a line that looks like it.
 */
export function classify(
  bytes: Buffer,
  at: number,
  delimiter: Buffer,
  state: { readonly atLineStart: boolean; readonly ended: boolean; readonly gluedClose: boolean },
): Sighting {
  const lineStart = at === 0 ? state.atLineStart : bytes[at - 1] === lineFeed;
  const after = at + delimiter.length;
  if (bytes.length < after + 2 && !state.ended) return { kind: "need-more" };
  if (bytes[after] === dash && bytes[after + 1] === dash) {
    const endsAt = after + 2;
    if (lineStart && !state.gluedClose) return { kind: "close", endsAt };
    if (bytes.length < endsAt + gluedLookahead && !state.ended) return { kind: "need-more" };
    const last = bytes.length - endsAt < gluedLookahead && isBlank(bytes, endsAt);
    return last ? { kind: "close", endsAt } : { kind: "data" };
  }
  if (!lineStart) return { kind: "data" };
  let position = after;
  while (bytes[position] === 0x20 || bytes[position] === 0x09) position++;
  if (position - after > maxPadding) return { kind: "data" };
  if (bytes[position] === carriageReturn && position + 1 < bytes.length) position++;
  if (position >= bytes.length || bytes[position] === carriageReturn) {
    return state.ended ? { kind: "data" } : { kind: "need-more" };
  }
  if (bytes[position] !== lineFeed) return { kind: "data" };
  return { kind: "part", endsAt: position + 1, lineFeedOnly: bytes[position - 1] !== carriageReturn };
}

/** Where the data before a delimiter end: its line break belongs to the delimiter. */
export function dataEnd(bytes: Buffer, at: number, lineFeedOnly: boolean): number {
  if (at === 0 || bytes[at - 1] !== lineFeed) return at;
  return !lineFeedOnly && at > 1 && bytes[at - 2] === carriageReturn ? at - 2 : at - 1;
}

/** Index from which bytes must be kept because a delimiter, or the line break before one, may begin there. */
export function keepFrom(bytes: Buffer, delimiter: Buffer): number {
  const length = bytes.length;
  for (let at = Math.max(0, length - delimiter.length + 1); at < length; at++) {
    if (bytes[at] !== dash) continue;
    if (bytes.compare(delimiter, 0, length - at, at, length) === 0) return beforeLineBreak(bytes, at);
  }
  return beforeLineBreak(bytes, length);
}

/** Steps back over the line break that ends at `at`, also over half of one. */
export function beforeLineBreak(bytes: Buffer, at: number): number {
  let start = at;
  if (start > 0 && bytes[start - 1] === lineFeed) start--;
  if (start > 0 && bytes[start - 1] === carriageReturn) start--;
  return start;
}

function isBlank(bytes: Buffer, from: number): boolean {
  for (let index = from; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x09 && byte !== lineFeed && byte !== carriageReturn) return false;
  }
  return true;
}
