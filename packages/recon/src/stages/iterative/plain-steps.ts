import { LANES } from "../../slab/slab.js";
import { PATH_FIELDS } from "./iterative-plan.js";
import type { IterativePlan, PathRange } from "./iterative-plan.js";
import type { Picture, Steps } from "./steps.js";

/** As in the kernels: so near the end of a line there is only its empty pixel. */
const EDGE = 0.001;

/** The steps in plain TypeScript: the measure that those of `assembly/project.ts` are tested by, with exact coordinates. */
export function makePlainSteps({ columns, pitch, paths }: IterativePlan): Steps {
  /** Visits each place where a ray meets a line: index of the left pixel and of the sample, share of the right pixel, length of the ray. */
  const walk = (
    range: PathRange,
    visit: (pixel: number, sample: number, share: number, length: number) => void,
  ): void => {
    for (let i = range.first; i < range.first + range.count; i++) {
      const [start = 0, slope = 0, step = 0, length = 0, row = 0] = paths.subarray(
        i * PATH_FIELDS,
        (i + 1) * PATH_FIELDS,
      );
      for (let line = 0; line < columns; line++) {
        for (let column = 0; column < columns; column++) {
          const position = start + line * slope + column * step;
          if (!(position >= EDGE && position <= pitch - 1 - EDGE)) continue;
          const left = Math.floor(position);
          visit((line * pitch + left) * LANES, (row * columns + column) * LANES, position - left, length);
        }
      }
    }
  };

  return {
    project: (lines: Picture, range, slab) =>
      walk(range, (pixel, sample, share, length) => {
        for (let lane = 0; lane < LANES; lane++) {
          const left = lines[pixel + lane] ?? 0;
          const value = left + share * ((lines[pixel + LANES + lane] ?? 0) - left);
          slab[sample + lane] = (slab[sample + lane] ?? 0) + length * value;
        }
      }),
    spread: (lines, range, slab) =>
      walk(range, (pixel, sample, share, length) => {
        for (let lane = 0; lane < LANES; lane++) {
          const value = length * (slab[sample + lane] ?? 0);
          const right = pixel + LANES + lane;
          lines[pixel + lane] = (lines[pixel + lane] ?? 0) + (1 - share) * value;
          lines[right] = (lines[right] ?? 0) + share * value;
        }
      }),
    mirror: (from, to) => {
      for (let line = 0; line < columns; line++) {
        for (let column = 0; column < columns; column++) {
          const source = (line * pitch + column + 1) * LANES;
          to.set(from.subarray(source, source + LANES), (column * pitch + line + 1) * LANES);
        }
      }
    },
    weighResidual: (projected, measured, weights) => {
      for (let i = 0; i < projected.length; i++)
        projected[i] = (weights[i >> 3] ?? 0) * ((measured[i] ?? 0) - (projected[i] ?? 0));
    },
    addWeighted: (picture, change, weights, lowest) => {
      for (let i = 0; i < picture.length; i++)
        picture[i] = Math.max(lowest, (picture[i] ?? 0) + (weights[i >> 3] ?? 0) * (change[i] ?? 0));
    },
    combine: (to, from, scale, factor) => {
      for (let i = 0; i < to.length; i++)
        to[i] = (scale[i % LANES] ?? 0) * (to[i] ?? 0) + (factor[i % LANES] ?? 0) * (from[i] ?? 0);
    },
    sumSquares: (values) => {
      const sums = Array.from({ length: LANES }, () => 0);
      for (let i = 0; i < values.length; i++)
        sums[i % LANES] = (sums[i % LANES] ?? 0) + (values[i] ?? 0) ** 2;
      return sums;
    },
  };
}
