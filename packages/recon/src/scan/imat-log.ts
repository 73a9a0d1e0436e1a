/**
 * Angles in degrees from the log that IMAT writes beside a scan (`TomoIMAT00010675_FlowerFine_log.txt`), in the order of the
 * projections' numbers. Lines of flats and of the 180-degree image (`Radiography: 0`) don't count; header and separators
 * differ between years (blanks, commas), so only `Projection … n … angle … a` is looked for.
 *
 * @returns no angles for a text that is something else.
 */
export function parseImatLog(text: string): Float64Array {
  const angles = new Map<number, number>();
  for (const match of text.matchAll(/Projection\b[^\d\n]*(\d+)[^\n]*?angle[^\d\n-]*(-?\d+(?:\.\d+)?)/gi)) {
    angles.set(Number(match[1]), Number(match[2]));
  }
  return Float64Array.from(
    [...angles].sort(([a], [b]) => a - b),
    ([, angle]) => angle,
  );
}
