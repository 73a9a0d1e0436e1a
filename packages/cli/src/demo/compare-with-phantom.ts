import { readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Attenuation per pixel. The demo's scan comes to 0.00054, most of it noise; with an axis that is half a pixel off it would be
 * 0.00084, so this tells a right reconstruction from one that is a little wrong.
 */
export const rmseBound = 0.0007;

/** Near the edge of the field of view there is only air, and the circular mask. */
const radiusShare = 0.9;

/** Names of slices in a directory, in the order of their rows. */
export async function listSlices(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => /^recon_\d+\.tiff?$/.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/**
 * Root of the mean squared difference between all slices and the true ones, within the field of view.
 * @param slice - the true slice of a row, `[y][x]`, attenuation per pixel.
 */
export async function compareWithPhantom(
  directory: string,
  slice: (row: number) => Float32Array,
): Promise<number> {
  const { readTiffSlice } = await import("scarf-tomo-recon");
  let sum = 0;
  let count = 0;
  for (const name of await listSlices(directory)) {
    const row = Number(/\d+/.exec(name)?.[0]);
    const { columns, rows, values } = await readTiffSlice(join(directory, name));
    const truth = slice(row);
    const middle = (columns - 1) / 2;
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        if (Math.hypot(x - middle, y - middle) > radiusShare * middle) continue;
        const difference = (values[y * columns + x] ?? Number.NaN) - (truth[y * columns + x] ?? Number.NaN);
        sum += difference * difference;
        count += 1;
      }
    }
  }
  return Math.sqrt(sum / count);
}
