import type { KernelSpace } from "../../kernels/kernel-space.js";
import { LANES } from "../../slab/slab.js";
import { PATH_FIELDS } from "./iterative-plan.js";
import type { IterativePlan, PathRange } from "./iterative-plan.js";
import type { Steps } from "./steps.js";

/** Lines of a picture that stay in the cache while all paths go through them. */
const LINES_PER_CALL = 32;
/** V8 swaps in optimised code only between calls. */
const SAMPLES_PER_CALL = 8192;

/**
 * The steps with the kernels of `assembly/project.ts`. All arrays lie in the memory of the kernels.
 *
 * @param paths - address of the plan's table of paths.
 */
export function makeSimdSteps(
  { kernels, buffer, places }: KernelSpace,
  plan: IterativePlan,
  paths: number,
): Steps {
  const { columns, pitch } = plan;
  const eachPart = (length: number, work: (first: number, count: number) => void): void => {
    const samples = length / LANES;
    for (let i = 0; i < samples; i += SAMPLES_PER_CALL) work(i, Math.min(SAMPLES_PER_CALL, samples - i));
  };
  const eachGroup = (work: (firstLine: number, lastLine: number) => void): void => {
    for (let line = 0; line < columns; line += LINES_PER_CALL)
      work(line, Math.min(columns, line + LINES_PER_CALL));
  };
  const addressOf = ({ first }: PathRange): number => paths + first * PATH_FIELDS * 8;
  const sample = (array: Float32Array, index: number): number => array.byteOffset + index * LANES * 4;

  return {
    project: (lines, range, slab) =>
      eachGroup((first, last) => {
        const to = slab.byteOffset;
        kernels.projectLines(
          lines.byteOffset,
          pitch,
          first,
          last,
          addressOf(range),
          range.count,
          to,
          columns,
        );
      }),
    spread: (lines, range, slab) =>
      eachGroup((first, last) => {
        const from = slab.byteOffset;
        kernels.spreadLines(
          lines.byteOffset,
          pitch,
          first,
          last,
          addressOf(range),
          range.count,
          from,
          columns,
        );
      }),
    mirror: (from, to) =>
      eachGroup((first, last) => kernels.mirrorLines(from.byteOffset, to.byteOffset, columns, first, last)),
    weighResidual: (projected, measured, weights) =>
      eachPart(projected.length, (i, count) => {
        const weightsAt = weights.byteOffset + i * 4;
        kernels.weighResidual(sample(projected, i), sample(measured, i), weightsAt, count);
      }),
    addWeighted: (picture, change, weights, lowest) =>
      eachPart(picture.length, (i, count) => {
        const weightsAt = weights.byteOffset + i * 4;
        kernels.addWeighted(sample(picture, i), sample(change, i), weightsAt, lowest, count);
      }),
    combine: (to, from, scale, factor) => {
      new Float32Array(buffer, places.counts, 2 * LANES).set([...scale, ...factor]);
      eachPart(to.length, (i, count) =>
        kernels.combine(sample(to, i), sample(from, i), places.counts, count),
      );
    },
    sumSquares: (values) => {
      const sums = Array.from({ length: LANES }, () => 0);
      const part = new Float32Array(buffer, places.counts, LANES);
      eachPart(values.length, (i, count) => {
        kernels.sumSquares(sample(values, i), count, places.counts);
        for (let lane = 0; lane < LANES; lane++) sums[lane] = (sums[lane] ?? 0) + (part[lane] ?? 0);
      });
      return sums;
    },
  };
}
