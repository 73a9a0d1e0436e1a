/** More elements than this in one array would make every look at it slow. */
export const maxArrayElements = 1_000;

/**
 * Reads `1-10`, `1,5,9`, `0-20:5`, and lists of these.
 * Returns a sentence instead of numbers where something is wrong.
 */
export function parseArrayIndices(text: string): readonly number[] | string {
  const indices = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,9})(?:-(\d{1,9})(?::([1-9]\d{0,8}))?)?\s*$/.exec(part);
    if (!match) return `\`${text}\` is not a list of indices like \`1-10\`, \`1,5,9\` or \`1-20:5\`.`;
    const first = Number(match[1]);
    const last = Number(match[2] ?? first);
    const step = Number(match[3] ?? 1);
    if (first < 1) return "Indices begin at 1.";
    if (last < first) return `\`${part.trim()}\` ends before it begins.`;
    if ((last - first) / step + 1 > maxArrayElements)
      return `\`${part.trim()}\` has more than ${maxArrayElements} elements.`;
    for (let index = first; index <= last; index += step) indices.add(index);
    // At once: the sum of a hundred thousand such parts would not fit into memory.
    if (indices.size > maxArrayElements)
      return `The array has more than ${maxArrayElements} elements, which is the limit.`;
  }
  return [...indices].sort((a, b) => a - b);
}
