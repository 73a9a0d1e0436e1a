/** A projection and where its opposite view, half a turn away, can be taken from. */
export interface OppositePair {
  readonly projection: number;
  /** The opposite is a weighted sum of these projections (weights add up to 1; one may be negative). */
  readonly others: readonly { readonly projection: number; readonly weight: number }[];
  /** Whether the opposite was measured (or lies between two that were), rather than one step beyond the scan's end. */
  readonly measured: boolean;
}

const TURN = 2 * Math.PI;

/** Difference of two angles in -π..π. */
function wrap(angle: number): number {
  return angle - TURN * Math.round(angle / TURN);
}

/**
 * Finds projections that see the object from opposite sides.
 *
 * A scan over 360 degrees has such a pair for every angle; one over 180 degrees with both ends has a single pair; one that ends a
 * step before 180 has none, but its next projection is foreseen from its last two.
 *
 * @param most - at most this many pairs, spread over the scan.
 */
export function findOppositePairs(anglesRadians: Float64Array, most: number): OppositePair[] {
  const count = anglesRadians.length;
  if (count < 3) return [];
  const order = Array.from(anglesRadians.keys()).sort(
    (a, b) => (anglesRadians[a] ?? 0) - (anglesRadians[b] ?? 0),
  );
  const span = (anglesRadians[order.at(-1) ?? 0] ?? 0) - (anglesRadians[order[0] ?? 0] ?? 0);
  const step = span / (count - 1);
  if (!(step > 0)) return [];
  const pairs: OppositePair[] = [];
  for (const projection of order) {
    const pair = findOpposite(anglesRadians, projection, step);
    if (pair !== null) pairs.push(pair);
  }
  const measured = pairs.filter((pair) => pair.measured);
  // Each pair turns up twice, once from either side; half of them say all.
  const usable = measured.length > 0 ? measured : pairs;
  const stride = Math.max(1, usable.length / most);
  return Array.from(
    { length: Math.min(most, usable.length) },
    (_, i) => usable[Math.floor(i * stride)],
  ).filter((pair) => pair !== undefined);
}

function findOpposite(anglesRadians: Float64Array, projection: number, step: number): OppositePair | null {
  const target = (anglesRadians[projection] ?? 0) + Math.PI;
  // The nearest views on either side of the wanted one.
  let below = -1;
  let above = -1;
  let belowGap = Infinity;
  let aboveGap = Infinity;
  const offsets = Float64Array.from(anglesRadians, (angle) => wrap(angle - target));
  for (const [i, offset] of offsets.entries()) {
    if (offset <= 0 && -offset < belowGap) [below, belowGap] = [i, -offset];
    if (offset >= 0 && offset < aboveGap) [above, aboveGap] = [i, offset];
  }
  const near = 0.05 * step;
  if (belowGap < near) return { projection, measured: true, others: [{ projection: below, weight: 1 }] };
  if (aboveGap < near) return { projection, measured: true, others: [{ projection: above, weight: 1 }] };
  if (belowGap < 1.6 * step && aboveGap < 1.6 * step) {
    const weight = belowGap / (belowGap + aboveGap);
    return {
      projection,
      measured: true,
      others: [
        { projection: below, weight: 1 - weight },
        { projection: above, weight },
      ],
    };
  }
  const [nearest, gap, side] = belowGap < aboveGap ? [below, belowGap, -1] : [above, aboveGap, 1];
  if (gap > 1.2 * step) return null;
  // One step beyond the end of the scan: continue the line through the last two views.
  let second = -1;
  let secondGap = Infinity;
  for (const [i, offset] of offsets.entries()) {
    const distance = offset * side;
    if (i !== nearest && distance > gap && distance < secondGap) [second, secondGap] = [i, distance];
  }
  if (second < 0 || secondGap > 3 * step) return null;
  const slope = gap / (secondGap - gap);
  return {
    projection,
    measured: false,
    others: [
      { projection: nearest, weight: 1 + slope },
      { projection: second, weight: -slope },
    ],
  };
}
