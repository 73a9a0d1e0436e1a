import { LANES, slabBytes } from "../../slab/slab.js";
import { angleWeights } from "../angle-weights.js";
import { circularMask } from "../circular-mask.js";
import type { RowBounds } from "../circular-mask.js";
import { planRampFilter } from "../ramp-filter.js";
import type { RampFilterPlan } from "../ramp-filter.js";
import type { ReconstructionOptions } from "../reconstructor.js";

/** All that filtered back-projection can know before it sees data; what its two forms (TypeScript and `assembly/back-project.ts`) have in common. */
export interface FbpPlan {
  readonly anglesRadians: Float64Array;
  readonly columns: number;
  readonly filter: RampFilterPlan;
  /** Columns that are filtered beyond each end of the detector, for pixels that project there. */
  readonly margin: number;
  /** Column of a filtered row onto which the axis projects. */
  readonly axis: number;
  readonly weights: Float64Array;
  readonly bounds: RowBounds;
}

/**
 * Plans filtered back-projection of a parallel-beam scan over 180 or 360 degrees, at any angles:
 * f(x, y) = Σ w(θ) q(x cos θ + y sin θ + c), q = ramp-filtered attenuation, Σ w = π. (Kak and Slaney 1988, section 3.3.)
 */
export function planFbp(options: ReconstructionOptions): FbpPlan {
  const { columns, anglesRadians, centre, window = "shepp-logan", padding = "zero", maskRatio = 1 } = options;
  const bounds = circularMask(columns, maskRatio);
  // Two more than the geometry asks for: one for the right neighbour, one for the rounding of coordinates.
  const margin =
    Math.max(0, Math.ceil(Math.max(bounds.radius - centre, centre + bounds.radius - (columns - 1)))) + 2;
  return {
    anglesRadians,
    columns,
    filter: planRampFilter({ columns, window, padding, margin }),
    margin,
    axis: centre + margin,
    weights: angleWeights(anglesRadians).weights,
    bounds,
  };
}

/** Rays that are back-projected in one walk over the picture: the more, the less often it goes through the memory. */
export const RAYS_PER_WALK = 256;

/** Bytes that filtered back-projection takes, slab and slices included, whichever engine it has. */
export function fbpBytes(angles: number, columns: number): number {
  const rays = Math.min(RAYS_PER_WALK, angles + 1);
  // An axis far from the middle makes rows up to twice, padded ones four times as long.
  return slabBytes(Math.max(angles, columns), columns) + columns * 4 * LANES * (columns + rays * 4 + 40);
}
