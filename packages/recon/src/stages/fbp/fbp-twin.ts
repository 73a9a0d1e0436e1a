import { LANES, makeSlab } from "../../slab/slab.js";
import type { Slab } from "../../slab/slab.js";
import { makeRampFilter } from "../ramp-filter.js";
import type { Reconstructor } from "../reconstructor.js";
import { splitInTypescript } from "../split-slices.js";
import { backProjectRows } from "./back-project.js";
import type { FbpPlan } from "./fbp-plan.js";

/** Angles filtered together: their rows stay in the second-level cache while the picture is walked once. */
const ANGLES_PER_BLOCK = 32;
const ROWS_PER_CALL = 16;

/** Filtered back-projection in plain TypeScript: the measure that the kernels are tested by, and their stand-in where an engine has no vectors. */
export function makeTypescriptFbp(plan: FbpPlan): Reconstructor {
  const { anglesRadians, columns, filter, margin, axis, weights, bounds } = plan;
  const angles = anglesRadians.length;
  const width = columns + 2 * margin;
  const filterRows = makeRampFilter(filter, margin);
  const filtered = new Float32Array(ANGLES_PER_BLOCK * width * LANES);
  const image = new Float32Array(columns * columns * LANES);

  const reconstruct = (slab: Slab): Float32Array => {
    image.fill(0);
    for (let first = 0; first < angles; first += ANGLES_PER_BLOCK) {
      const last = Math.min(angles, first + ANGLES_PER_BLOCK);
      filterRows(slab, first, last, weights, filtered);
      const even = last - first + ((last - first) % 2);
      const cosines = new Float64Array(even);
      const sines = new Float64Array(even);
      for (let i = 0; i < even; i++) {
        const angle = anglesRadians[Math.min(first + i, angles - 1)] ?? 0;
        cosines[i] = Math.cos(angle);
        sines[i] = Math.sin(angle);
      }
      if (even > last - first) filtered.fill(0, (even - 1) * width * LANES, even * width * LANES);
      const block = { filtered, width, cosines, sines, axis };
      for (let row = 0; row < columns; row += ROWS_PER_CALL) {
        backProjectRows(image, columns, bounds, block, row, Math.min(columns, row + ROWS_PER_CALL));
      }
    }
    return image;
  };
  return {
    slab: makeSlab(angles, columns),
    reconstruct,
    split: (scale) => splitInTypescript(image, scale),
  };
}
