import { median } from "../numerics/median.js";
import { LANES } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";
import type { Samples } from "./outliers.js";

/** Raw rows of all projections, `[angle][row][column]`, of which a slab takes up to eight neighbouring ones. */
export interface RawRows {
  readonly samples: Samples;
  readonly rows: number;
  readonly columns: number;
}

/** What the stage divides by. Without fields (`null`) the samples are taken as they are. */
export interface Fields {
  /** Mean flat and mean dark, `[row][column]` of the same rows as {@link RawRows}, in counts. */
  readonly flat: Float32Array;
  readonly dark: Float32Array;
}

/** What was odd in the rows that went into a slab. */
export interface NormaliseReport {
  /** Detector pixels without light (flat not above dark); filled from their neighbours in the row. */
  readonly deadPixels: number;
  /** Samples that were NaN or infinite, and where the first of them is (row counted within {@link RawRows}). */
  readonly invalidSamples: number;
  readonly firstInvalid: { readonly angle: number; readonly row: number; readonly column: number } | null;
}

/** Less light than this fraction of the row's median is none: the quotient would be noise. */
const LEAST_LIGHT = 1e-3;

/**
 * Stage: transmission T = (I - D) / (F - D), divided by the beam of each projection, interleaved into `slab`.
 *
 * Where F - D gives no light T is unknown: it is interpolated between the nearest good columns of the row, since a constant there
 * would draw a ring. A row without any light gives T = 1. NaN and infinite samples are interpolated likewise, and
 * reported: whether to go on is for the caller to say.
 *
 * @param firstRow - row of `raw` that goes into lane 0; `slab.lanes` rows are taken.
 * @param beam - intensity of each projection relative to the flat, or null where it is constant.
 * @param counted - lanes that the report is about; all by default.
 */
export function normalise(
  raw: RawRows,
  firstRow: number,
  fields: Fields | null,
  beam: Float64Array | null,
  slab: Slab,
  counted: { readonly firstLane: number; readonly lastLane: number } = { firstLane: 0, lastLane: slab.lanes },
): NormaliseReport {
  const { samples, columns } = raw;
  const { values, angles } = slab;
  let deadPixels = 0;
  let invalidSamples = 0;
  let firstInvalid: NormaliseReport["firstInvalid"] = null;
  for (let lane = 0; lane < slab.lanes; lane++) {
    const row = firstRow + lane;
    const { dark, gain, dead } = rowGain(fields, row, columns);
    const isCounted = lane >= counted.firstLane && lane < counted.lastLane;
    if (isCounted) deadPixels += dead.length;
    const bridges = bridge(dead, columns);
    for (let angle = 0; angle < angles; angle++) {
      const factor = 1 / (beam?.[angle] ?? 1);
      const from = ((angle * raw.rows + row) * columns) | 0;
      let p = (angle * columns * LANES + lane) | 0;
      let invalid = false;
      for (let column = 0; column < columns; column++, p = (p + LANES) | 0) {
        const value = ((samples[from + column] ?? 0) - (dark[column] ?? 0)) * (gain[column] ?? 1) * factor;
        values[p] = value;
        // True for NaN and ±Infinity only; cheaper than Number.isFinite in this loop.
        if (value - value !== 0) invalid = true;
      }
      const start = angle * columns * LANES + lane;
      if (invalid) {
        const bad = invalidColumns(values, start, columns, dead);
        if (bad.length > 0 && isCounted) {
          invalidSamples += bad.length;
          firstInvalid ??= { angle, row, column: bad[0] ?? 0 };
        }
        fill(
          values,
          start,
          bridge(
            [...new Set([...bad, ...dead])].sort((a, b) => a - b),
            columns,
          ),
        );
      } else fill(values, start, bridges);
    }
  }
  return { deadPixels, invalidSamples, firstInvalid };
}

function rowGain(
  fields: Fields | null,
  row: number,
  columns: number,
): { dark: Float64Array; gain: Float64Array; dead: number[] } {
  const dark = new Float64Array(columns);
  const gain = new Float64Array(columns).fill(1);
  const dead: number[] = [];
  if (fields === null) return { dark, gain, dead };
  const light = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    dark[column] = fields.dark[row * columns + column] ?? 0;
    light[column] = (fields.flat[row * columns + column] ?? 0) - (dark[column] ?? 0);
  }
  const least = Math.max(0, LEAST_LIGHT * median(light.filter((value) => value > 0)));
  for (let column = 0; column < columns; column++) {
    const value = light[column] ?? 0;
    // Written so that NaN in a flat or dark counts as dead, too.
    if (value > 0 && value >= least && Number.isFinite(value)) gain[column] = 1 / value;
    else dead.push(column);
  }
  return { dark, gain, dead };
}

/** A column to fill, the good ones on either side (-1: none), and the weight of the right one. */
interface Bridge {
  readonly column: number;
  readonly left: number;
  readonly right: number;
  readonly weight: number;
}

function bridge(bad: readonly number[], columns: number): Bridge[] {
  const isBad = new Set(bad);
  return bad.map((column) => {
    let left = column;
    let right = column;
    while (left >= 0 && isBad.has(left)) left--;
    while (right < columns && isBad.has(right)) right++;
    if (right >= columns) right = left;
    if (left < 0) left = right >= 0 && right < columns ? right : -1;
    if (left < 0) return { column, left: -1, right: -1, weight: 0 };
    return { column, left, right, weight: right === left ? 0 : (column - left) / (right - left) };
  });
}

function fill(values: Float32Array, start: number, bridges: readonly Bridge[]): void {
  for (const { column, left, right, weight } of bridges) {
    const value =
      left < 0
        ? 1
        : (values[start + left * LANES] ?? 1) * (1 - weight) + (values[start + right * LANES] ?? 1) * weight;
    values[start + column * LANES] = value;
  }
}

function invalidColumns(
  values: Float32Array,
  start: number,
  columns: number,
  dead: readonly number[],
): number[] {
  const known = new Set(dead);
  const bad: number[] = [];
  for (let column = 0; column < columns; column++) {
    if (!Number.isFinite(values[start + column * LANES]) && !known.has(column)) bad.push(column);
  }
  return bad;
}
