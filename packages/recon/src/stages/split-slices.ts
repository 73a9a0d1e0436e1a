import { getSpace } from "../kernels/kernel-space.js";
import { LANES, deinterleave } from "../slab/slab.js";
import type { Slice } from "./reconstructor.js";

/** Pixels per call: V8 swaps in optimised code only between calls. */
const PIXELS_PER_CALL = 16_384;

/** Takes eight interleaved slices apart, in plain TypeScript: into arrays of their own. */
export function splitInTypescript(image: Float32Array, scale: number): readonly Slice[] {
  return Array.from({ length: LANES }, (_, lane) => {
    const values = deinterleave(image, lane, scale);
    let minimum = Infinity;
    let maximum = -Infinity;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
    return { values, minimum, maximum };
  });
}

/** The same in vectors, within the memory of the kernels: to an address with room for all eight. */
export function splitInVectors(image: Float32Array, scale: number, to: number): readonly Slice[] {
  const space = getSpace(image);
  if (space === null) throw new Error("The slices are not in the memory of the kernels.");
  const { kernels, buffer, places } = space;
  const pixels = image.length / LANES;
  const extremes = new Float32Array(buffer, places.counts, 2 * LANES);
  extremes.fill(Infinity, 0, LANES).fill(-Infinity, LANES);
  for (let i = 0; i < pixels; i += PIXELS_PER_CALL) {
    const count = Math.min(PIXELS_PER_CALL, pixels - i);
    const from = image.byteOffset + i * LANES * 4;
    kernels.splitPictures(from, count, scale, to + i * 4, pixels * 4, places.counts);
  }
  return Array.from({ length: LANES }, (_, lane) => ({
    values: new Float32Array(buffer, to + lane * pixels * 4, pixels),
    minimum: extremes[lane] ?? 0,
    maximum: extremes[LANES + lane] ?? 0,
  }));
}
