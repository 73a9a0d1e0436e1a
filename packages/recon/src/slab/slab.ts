/** How many detector rows are interleaved in a slab. */
export const LANES = 8;

/**
 * Eight detector rows of one scan, interleaved: `values[(angle * columns + column) * 8 + lane]`.
 *
 * It is the one data layout of the program: every stage takes it and gives it. All rows of a parallel-beam
 * scan share their geometry, so one coordinate, one weight and one memory address serve eight slices; and a
 * kernel with 128-bit vectors can take over a stage without a change to its neighbours.
 */
export interface Slab {
  readonly angles: number;
  readonly columns: number;
  /** How many of the eight lanes carry a detector row; the rest are zero. */
  readonly lanes: number;
  readonly values: Float32Array;
}

/** A slab of zeros. */
export function makeSlab(angles: number, columns: number, lanes: number = LANES): Slab {
  return { angles, columns, lanes, values: new Float32Array(angles * columns * LANES) };
}

/** Some angles of a slab, in the same memory. */
export function cutSlab(slab: Slab, firstAngle: number, lastAngle: number): Slab {
  const row = slab.columns * LANES;
  const values = slab.values.subarray(firstAngle * row, lastAngle * row);
  return { ...slab, angles: lastAngle - firstAngle, values };
}

/** Bytes of the values of a slab. */
export function slabBytes(angles: number, columns: number): number {
  return angles * columns * LANES * Float32Array.BYTES_PER_ELEMENT;
}

/**
 * Interleaves up to eight sinograms (each `[angle][column]`) into a slab.
 *
 * @throws {RangeError} more than eight sinograms, or one of another size.
 */
export function interleave(sinograms: readonly ArrayLike<number>[], angles: number, columns: number): Slab {
  if (sinograms.length > LANES) throw new RangeError(`A slab has ${LANES} lanes, not ${sinograms.length}.`);
  const slab = makeSlab(angles, columns, sinograms.length);
  for (const [lane, sinogram] of sinograms.entries()) {
    if (sinogram.length !== angles * columns)
      throw new RangeError("A sinogram is not angles × columns long.");
    for (let i = 0; i < sinogram.length; i++) slab.values[i * LANES + lane] = sinogram[i] ?? 0;
  }
  return slab;
}

/** Copies one lane out of interleaved values, multiplied by `scale`. */
export function deinterleave(
  values: Float32Array,
  lane: number,
  scale: number = 1,
  target: Float32Array = new Float32Array(values.length / LANES),
): Float32Array {
  for (let i = 0, p = lane | 0; i < target.length; i++, p = (p + LANES) | 0)
    target[i] = (values[p] ?? 0) * scale;
  return target;
}
