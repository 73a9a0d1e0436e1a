import { median } from "../numerics/median.js";

/** How the angles of a scan share the half turn that a reconstruction integrates over. */
export interface AngleWeights {
  /** One weight per angle, in the order given; they add up to π for a complete scan. */
  readonly weights: Float64Array;
  /** Widest gap between neighbouring directions, in radians: much more than the usual step is a missing wedge. */
  readonly widestGap: number;
  /** Usual step between neighbouring directions, in radians. */
  readonly usualGap: number;
}

/** A gap this many times the usual step is a wedge that the scan did not see, not a step of it. */
const WEDGE = 3;

/**
 * Stage: the weight of each projection in the back-projection, in radians.
 *
 * Directions half a turn apart show the same lines, so angles are taken modulo π and each gets half the gap to either
 * neighbour. Equal steps give π / A, over 180 or 360 degrees alike; a scan with both ends (0 and 180 degrees) counts that
 * direction once, not twice; golden-ratio and overlapping scans need no special case. A missing wedge is not
 * filled: its neighbours weigh as any other.
 */
export function angleWeights(anglesRadians: Float64Array): AngleWeights {
  const count = anglesRadians.length;
  if (count < 2)
    return { weights: new Float64Array(count).fill(Math.PI), widestGap: Math.PI, usualGap: Math.PI };
  const directions = Array.from(anglesRadians, (angle, index) => ({
    index,
    direction: angle - Math.PI * Math.floor(angle / Math.PI),
  }));
  directions.sort((a, b) => a.direction - b.direction);
  const gaps = directions.map(({ direction }, i) => {
    const next = directions[(i + 1) % count]?.direction ?? 0;
    return i + 1 < count ? next - direction : next + Math.PI - direction;
  });
  // Two directions that coincide up to the rounding of the file are one step of the scan, not one of zero length.
  const mean = Math.PI / count;
  const usualGap = median(gaps.filter((gap) => gap > mean * 0.05));
  const limit = WEDGE * usualGap;
  const weights = new Float64Array(count);
  for (const [i, { index }] of directions.entries()) {
    const before = gaps[(i + count - 1) % count] ?? 0;
    const after = gaps[i] ?? 0;
    weights[index] = (before > limit ? usualGap : before) / 2 + (after > limit ? usualGap : after) / 2;
  }
  return { weights, widestGap: Math.max(...gaps), usualGap };
}
