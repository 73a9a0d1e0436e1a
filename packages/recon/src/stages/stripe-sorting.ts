import { getSpace } from "../kernels/kernel-space.js";
import type { KernelSpace } from "../kernels/kernel-space.js";
import { MemoryLayout, writeRecord } from "../kernels/memory-layout.js";
import { median } from "../numerics/median.js";
import { LANES } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";

/**
 * Stage: takes stripes out of each sinogram, which would be rings in the slice, by sorting: the values of each detector column are sorted over the
 * angles, the sorted columns are smoothed by a median across columns, rank by rank, and the values go back to the angles that they came from.
 *
 * Neighbouring columns see almost the same object, so their sorted values are almost the same, and a column that answers differently stands out at each
 * of its levels: unlike the mean of a column it shows what is wrong with the gain as well as with the offset. In place; attenuation in, attenuation out.
 * (N. T. Vo, R. C. Atwood, M. Drakopoulos, Opt. Express 26, 28396 (2018), algorithm 3.)
 *
 * @param width - columns of the median, odd; wider than the widest stripe times two. At the edges the last column counts for those that are missing.
 */
export function removeStripesBySorting(slab: Slab, width: number): void {
  const reach = Math.max(1, Math.floor(width / 2));
  const space = getSpace(slab.values);
  // Angles are numbered in 16 bits there.
  const fits =
    space !== null && slab.angles <= 65_536 && sortingBytes(slab.angles, width) <= space.places.roomBytes;
  if (fits) sortInVectors(space, slab, reach);
  else sortInTypescript(slab, reach);
}

function sortInTypescript({ values, angles, columns, lanes }: Slab, reach: number): void {
  const row = columns * LANES;
  for (let lane = 0; lane < lanes; lane++) {
    const sorted = Array.from({ length: columns }, (_, column) => {
      const at = (angle: number): number => values[angle * row + column * LANES + lane] ?? 0;
      const order = Array.from({ length: angles }, (__, angle) => angle).sort((a, b) => at(a) - at(b));
      return { order, values: Float32Array.from(order, at) };
    });
    const around = new Float32Array(2 * reach + 1);
    for (const [column, { order }] of sorted.entries()) {
      for (const [rank, angle] of order.entries()) {
        for (let i = 0; i < around.length; i++) {
          const neighbour = Math.min(columns - 1, Math.max(0, column - reach + i));
          around[i] = sorted[neighbour]?.values[rank] ?? 0;
        }
        values[angle * row + column * LANES + lane] = median(around);
      }
    }
  }
}

/** Columns per call: V8 swaps in optimised code only between calls. */
const COLUMNS_PER_CALL = 8;

function placeSorting(layout: MemoryLayout, angles: number, reach: number) {
  const ring = 2 * reach + 2;
  return {
    record: layout.reserve(64),
    sorted: layout.reserveSamples(ring * angles),
    orders: layout.reserve(ring * angles * LANES * 2),
    windows: layout.reserveSamples((2 * reach + 1) * angles),
    keys: layout.reserve(angles * 4),
    otherKeys: layout.reserve(angles * 4),
    indices: layout.reserve(angles * 2),
    otherIndices: layout.reserve(angles * 2),
    histograms: layout.reserve(3 * 2048 * 4),
  };
}

/** Bytes that sorting in vectors takes beside the slab. */
export function sortingBytes(angles: number, width: number): number {
  const layout = new MemoryLayout(0);
  placeSorting(layout, angles, Math.max(1, Math.floor(width / 2)));
  return layout.bytes;
}

function sortInVectors({ kernels, buffer, places }: KernelSpace, slab: Slab, reach: number): void {
  const { values, angles, columns } = slab;
  const { record, ...own } = placeSorting(new MemoryLayout(places.room), angles, reach);
  writeRecord(buffer, record, { angles, columns, reach, ...own });
  kernels.startSorting(record, values.byteOffset);
  for (let column = 0; column < columns; column += COLUMNS_PER_CALL) {
    kernels.smoothSorted(record, values.byteOffset, column, Math.min(columns, column + COLUMNS_PER_CALL));
  }
}
