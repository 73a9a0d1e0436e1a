import { getSpace } from "../kernels/kernel-space.js";
import type { KernelSpace } from "../kernels/kernel-space.js";
import { LANES } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";

/** Lowest transmission that is not cut: a pixel with less light than this has told us nothing but "very dark". */
export const TRANSMISSION_FLOOR = 1e-6;

/**
 * Stage: attenuation p = -ln(max(T, floor)), in place (law of Lambert and Beer). Lanes without a row stay 0.
 *
 * @returns how many values were not above the floor, for each lane that carries a row.
 */
export function minusLog(slab: Slab, floor: number = TRANSMISSION_FLOOR): readonly number[] {
  const space = getSpace(slab.values);
  return space === null ? logInTypescript(slab, floor) : logInVectors(space, slab, floor);
}

function logInTypescript({ values, lanes }: Slab, floor: number): readonly number[] {
  const highest = -Math.log(floor);
  const cut = Array.from({ length: lanes }, () => 0);
  for (let lane = 0; lane < lanes; lane++) {
    for (let i = lane; i < values.length; i += LANES) {
      const transmission = values[i] ?? 0;
      if (transmission > floor) values[i] = -Math.log(transmission);
      else {
        values[i] = highest;
        cut[lane] = (cut[lane] ?? 0) + 1;
      }
    }
  }
  return cut;
}

/** Samples per call: V8 swaps in optimised code only between calls. */
const SAMPLES_PER_CALL = 16_384;

function logInVectors(
  { kernels, buffer, places }: KernelSpace,
  { values, lanes }: Slab,
  floor: number,
): readonly number[] {
  new Int32Array(buffer, places.mask, LANES).fill(0).fill(-1, 0, lanes);
  const cut = new Int32Array(buffer, places.counts, LANES).fill(0);
  const samples = values.length / LANES;
  for (let i = 0; i < samples; i += SAMPLES_PER_CALL) {
    const count = Math.min(SAMPLES_PER_CALL, samples - i);
    kernels.minusLog(values.byteOffset + i * LANES * 4, count, floor, places.mask, places.counts);
  }
  return [...cut.subarray(0, lanes)];
}
