import { getSpace } from "../kernels/kernel-space.js";
import { LANES } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";
import { median } from "../numerics/median.js";

/**
 * Stage: takes stripes out of each sinogram, which would be rings in the slice: from every column it subtracts the
 * difference between the column's mean over all angles and the running median of those means.
 *
 * A detector column that answers a little too much or too little does so at every angle, so it stands out of the mean; the
 * object moves and does not, except close to the axis, where weak real rings are flattened too. The median, unlike a moving average, leaves
 * no shadow beside a stripe. In place; attenuation in, attenuation out.
 * (The idea: C. Raven, Rev. Sci. Instrum. 69, 2978 (1998), in its simplest form.)
 *
 * @param width - columns of the running median, odd; wider than the widest stripe times two.
 */
export function removeRings(slab: Slab, width: number): void {
  const { values, angles, columns } = slab;
  const half = Math.max(1, Math.floor(width / 2));
  const sums = sumColumns(slab);
  const excess = new Float32Array(columns * LANES);
  for (let lane = 0; lane < slab.lanes; lane++) {
    const means = Float64Array.from({ length: columns }, (_, i) => (sums[i * LANES + lane] ?? 0) / angles);
    for (let column = 0; column < columns; column++) {
      // Near an edge the window shrinks on both sides alike, so that a slope is not taken for a stripe.
      const reach = Math.min(half, column, columns - 1 - column);
      const around = median(means.subarray(column - reach, column + reach + 1));
      excess[column * LANES + lane] = (means[column] ?? 0) - around;
    }
  }
  const space = getSpace(values);
  if (space === null) {
    const row = excess.length;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) - (excess[i % row] ?? 0);
    return;
  }
  const { kernels, buffer, places } = space;
  new Float32Array(buffer, places.row, excess.length).set(excess);
  forEachBlock(slab, (rows, count) => kernels.subtractRow(rows, count, columns, places.row));
}

/** Rows that are added up in float32 before the sum goes on in float64, and rows per call of a kernel. */
const ROWS_PER_BLOCK = 32;

/** The sum of each column of each lane over all angles, `[column][8]`. */
function sumColumns(slab: Slab): Float64Array {
  const { values, columns } = slab;
  const sums = new Float64Array(columns * LANES);
  const add = (row: Float32Array): void => {
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (row[i] ?? 0);
  };
  const space = getSpace(values);
  if (space === null) {
    for (let i = 0; i < values.length; i += sums.length) add(values.subarray(i, i + sums.length));
    return sums;
  }
  const { kernels, buffer, places } = space;
  const part = new Float32Array(buffer, places.row, sums.length);
  forEachBlock(slab, (rows, count) => {
    kernels.sumRows(rows, count, columns, places.row);
    add(part);
  });
  return sums;
}

function forEachBlock({ values, angles, columns }: Slab, work: (rows: number, count: number) => void): void {
  for (let angle = 0; angle < angles; angle += ROWS_PER_BLOCK) {
    const rows = values.byteOffset + angle * columns * LANES * 4;
    work(rows, Math.min(ROWS_PER_BLOCK, angles - angle));
  }
}
