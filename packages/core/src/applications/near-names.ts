/**
 * The names that someone who typed `wanted` probably meant, best first: same word in another case, one word being
 * part of the other, or at most a third of its letters typed wrong.
 */
export function nearNames(wanted: string, known: readonly string[], most = 3): readonly string[] {
  const word = wanted.toLowerCase();
  const scored = known.map((name) => ({ name, distance: distanceBetween(word, name.toLowerCase()) }));
  return scored
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);
}

function distanceBetween(a: string, b: string): number {
  if (a === b) return 0;
  if (Math.min(a.length, b.length) >= 4 && (a.includes(b) || b.includes(a))) return 1;
  return editDistance(a, b);
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let line = 0; line < a.length; line += 1) {
    const letter = a[line];
    const next = [line + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (b[column - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
