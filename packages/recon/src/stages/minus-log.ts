import { LANES } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";

/** Lowest transmission that is not cut: a pixel with less light than this has told us nothing but "very dark". */
export const TRANSMISSION_FLOOR = 1e-6;

/**
 * Stage: attenuation p = -ln(max(T, floor)), in place (law of Lambert and Beer).
 *
 * @returns how many values were at or below the floor, for each lane that carries a row.
 */
export function minusLog(slab: Slab, floor: number = TRANSMISSION_FLOOR): readonly number[] {
  const { values, lanes } = slab;
  const highest = -Math.log(floor);
  const cut = new Uint32Array(LANES);
  for (let i = 0; i < values.length; i++) {
    const transmission = values[i] ?? 0;
    if (transmission > floor) values[i] = -Math.log(transmission);
    else {
      values[i] = highest;
      cut[i % LANES] = (cut[i % LANES] ?? 0) + 1;
    }
  }
  return [...cut.subarray(0, lanes)];
}
