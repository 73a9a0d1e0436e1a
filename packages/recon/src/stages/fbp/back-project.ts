import { LANES } from "../../slab/slab.js";
import type { RowBounds } from "../circular-mask.js";

/** Where the filtered rows of one block of angles lie, seen from a pixel. */
export interface BackProjection {
  /** `[angle][width][8]`, an even number of angles: the kernel takes two at a time. */
  readonly filtered: Float32Array;
  readonly width: number;
  /** Cosine and sine of each angle of the block. */
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  /** Column of `filtered` onto which the axis projects. */
  readonly axis: number;
}

/**
 * Adds filtered rows to eight interleaved pictures `[y][x][8]`, with linear interpolation.
 *
 * Pixel (row r, column c) lies at x = c - (size - 1) / 2, y = (size - 1) / 2 - r (y points up) and takes the value at
 * t = x cos θ + y sin θ + axis. (Kak and Slaney 1988, section 3.3.) The twin of
 * `backProject` in `assembly/back-project.ts`, with exact coordinates.
 *
 * Called for a few picture rows at a time: V8 swaps in optimised code only between calls. No index may ever be fractional or
 * NaN: one such access makes the loop slow for the rest of the process (seen on node 20.20).
 */
export function backProjectRows(
  image: Float32Array,
  size: number,
  bounds: RowBounds,
  block: BackProjection,
  firstRow: number,
  lastRow: number,
): void {
  const { filtered, cosines, sines, axis } = block;
  const pitch = (block.width * LANES) | 0;
  const angles = cosines.length | 0;
  const middle = (size - 1) / 2;
  for (let row = firstRow | 0; row < lastRow; row++) {
    const start = (bounds.start[row] ?? 0) | 0;
    const end = (bounds.end[row] ?? 0) | 0;
    const y = middle - row;
    const x = start - middle;
    for (let angle = 0; angle < angles; angle += 2) {
      const dt = cosines[angle] ?? 0;
      const du = cosines[angle + 1] ?? 0;
      let t = x * dt + y * (sines[angle] ?? 0) + axis;
      let u = x * du + y * (sines[angle + 1] ?? 0) + axis;
      const baseT = (angle * pitch) | 0;
      const baseU = (baseT + pitch) | 0;
      let o = ((row * size + start) * LANES) | 0;
      for (let column = start; column < end; column++) {
        const i = t | 0;
        const j = u | 0;
        const f = t - i;
        const g = u - j;
        const p = (baseT + (i << 3)) | 0;
        const q = (baseU + (j << 3)) | 0;
        image[o] = (image[o] ?? 0) + mix(filtered, p, f) + mix(filtered, q, g);
        image[o + 1] = (image[o + 1] ?? 0) + mix(filtered, p + 1, f) + mix(filtered, q + 1, g);
        image[o + 2] = (image[o + 2] ?? 0) + mix(filtered, p + 2, f) + mix(filtered, q + 2, g);
        image[o + 3] = (image[o + 3] ?? 0) + mix(filtered, p + 3, f) + mix(filtered, q + 3, g);
        image[o + 4] = (image[o + 4] ?? 0) + mix(filtered, p + 4, f) + mix(filtered, q + 4, g);
        image[o + 5] = (image[o + 5] ?? 0) + mix(filtered, p + 5, f) + mix(filtered, q + 5, g);
        image[o + 6] = (image[o + 6] ?? 0) + mix(filtered, p + 6, f) + mix(filtered, q + 6, g);
        image[o + 7] = (image[o + 7] ?? 0) + mix(filtered, p + 7, f) + mix(filtered, q + 7, g);
        o = (o + LANES) | 0;
        t += dt;
        u += du;
      }
    }
  }
}

/** Linear interpolation between a sample and the same lane of its right neighbour. */
function mix(filtered: Float32Array, p: number, fraction: number): number {
  const left = filtered[p] ?? 0;
  return left + fraction * ((filtered[p + LANES] ?? 0) - left);
}
