import { LANES, makeSlab } from "../slab/slab.js";
import { angleWeights } from "./angle-weights.js";
import { backProjectRows } from "./back-project.js";
import { circularMask } from "./circular-mask.js";
import { makeRampFilter } from "./ramp-filter.js";
import type { ReconstructionOptions, Reconstructor } from "./reconstructor.js";

/** Angles filtered together: their rows stay in the second-level cache while the picture is walked once. */
const ANGLES_PER_BLOCK = 32;
const ROWS_PER_CALL = 16;

/** Bytes that filtered back-projection takes besides the slab. */
export function fbpBytes(columns: number): number {
  return columns * 4 * (columns * LANES + ANGLES_PER_BLOCK * LANES * 4 + 64);
}

/**
 * Stage: filtered back-projection of a parallel-beam scan over 180 or 360 degrees, at any angles.
 * f(x, y) = Σ w(θ) q(x cos θ + y sin θ + c), q = ramp-filtered attenuation, Σ w = π. (Kak and Slaney 1988, section 3.3.)
 */
export function makeFbp(options: ReconstructionOptions): Reconstructor {
  const { columns, anglesRadians, centre, window = "shepp-logan", padding = "zero", maskRatio = 1 } = options;
  const angles = anglesRadians.length;
  const { weights } = angleWeights(anglesRadians);
  const bounds = circularMask(columns, maskRatio);
  // Two more than the geometry asks for: one for the right neighbour, one for the rounding of the running sum.
  const margin =
    Math.max(0, Math.ceil(Math.max(bounds.radius - centre, centre + bounds.radius - (columns - 1)))) + 2;
  const width = columns + 2 * margin;
  const filter = makeRampFilter({ columns, window, padding, margin });
  const filtered = new Float32Array(ANGLES_PER_BLOCK * width * LANES);

  const image = new Float32Array(columns * columns * LANES);

  const reconstruct: Reconstructor["reconstruct"] = (slab) => {
    image.fill(0);
    for (let first = 0; first < angles; first += ANGLES_PER_BLOCK) {
      const last = Math.min(angles, first + ANGLES_PER_BLOCK);
      filter(slab, first, last, weights, filtered);
      const even = last - first + ((last - first) % 2);
      const cosines = new Float64Array(even);
      const sines = new Float64Array(even);
      for (let i = 0; i < even; i++) {
        const angle = anglesRadians[Math.min(first + i, angles - 1)] ?? 0;
        cosines[i] = Math.cos(angle);
        sines[i] = Math.sin(angle);
      }
      if (even > last - first) filtered.fill(0, (even - 1) * width * LANES, even * width * LANES);
      const block = { filtered, width, cosines, sines, axis: centre + margin };
      for (let row = 0; row < columns; row += ROWS_PER_CALL) {
        backProjectRows(image, columns, bounds, block, row, Math.min(columns, row + ROWS_PER_CALL));
      }
    }
    return image;
  };
  return { slab: makeSlab(angles, columns), reconstruct };
}
