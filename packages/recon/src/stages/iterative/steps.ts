import type { PathRange } from "./iterative-plan.js";

/** Eight pictures with lines of size + 2 pixels, `[line][pixel][8]`: an empty pixel at either end of each line. */
export type Picture = Float32Array;

/** What iterative methods are made of; in vectors (`simd-steps.ts`) and in plain TypeScript (`plain-steps.ts`). */
export interface Steps {
  /** Adds to the rows of `slab` the projections of a picture along some paths. */
  project(lines: Picture, paths: PathRange, slab: Float32Array): void;
  /** The transpose: adds to a picture what the rows of `slab` throw back along some paths. */
  spread(lines: Picture, paths: PathRange, slab: Float32Array): void;
  /** Mirrors a picture about its diagonal: columns become lines. */
  mirror(from: Picture, to: Picture): void;
  /** projected = weight · (measured - projected), one weight for each sample. */
  weighResidual(projected: Float32Array, measured: Float32Array, weights: Float32Array): void;
  /** picture = max(lowest, picture + weight · change), one weight for each pixel. */
  addWeighted(picture: Picture, change: Picture, weights: Float32Array, lowest: number): void;
  /** to = scale · to + factor · from, by lane. */
  combine(to: Float32Array, from: Float32Array, scale: readonly number[], factor: readonly number[]): void;
  /** The sum of squares by lane. */
  sumSquares(values: Float32Array): number[];
}
