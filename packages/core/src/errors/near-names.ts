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

/** Letters to add, drop, replace or swap with their neighbour (optimal string alignment), one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let twoBack: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  const cost = (cells: readonly number[], column: number): number => cells[column] ?? Infinity;
  for (let line = 1; line <= a.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[line - 1] === b[column - 1];
      const swapped = line > 1 && a[line - 1] === b[column - 2] && a[line - 2] === b[column - 1];
      next.push(
        Math.min(
          cost(row, column - 1) + (same ? 0 : 1),
          cost(row, column) + 1,
          cost(next, column - 1) + 1,
          swapped ? cost(twoBack, column - 2) + 1 : Infinity,
        ),
      );
    }
    twoBack = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
