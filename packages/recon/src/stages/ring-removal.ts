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
  for (let lane = 0; lane < slab.lanes; lane++) {
    const means = new Float64Array(columns);
    for (let angle = 0, p = lane; angle < angles; angle++) {
      for (let column = 0; column < columns; column++, p += LANES)
        means[column] = (means[column] ?? 0) + (values[p] ?? 0);
    }
    for (let column = 0; column < columns; column++) means[column] = (means[column] ?? 0) / angles;
    const excess = new Float64Array(columns);
    for (let column = 0; column < columns; column++) {
      // Near an edge the window shrinks on both sides alike, so that a slope is not taken for a stripe.
      const reach = Math.min(half, column, columns - 1 - column);
      excess[column] = (means[column] ?? 0) - median(means.subarray(column - reach, column + reach + 1));
    }
    for (let angle = 0, p = lane; angle < angles; angle++) {
      for (let column = 0; column < columns; column++, p += LANES)
        values[p] = (values[p] ?? 0) - (excess[column] ?? 0);
    }
  }
}
