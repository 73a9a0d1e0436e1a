import { getSpace } from "../kernels/kernel-space.js";
import type { KernelSpace } from "../kernels/kernel-space.js";
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

/** What is known of one detector row before there is data. */
interface RowGain {
  readonly dark: Float32Array;
  readonly gain: Float32Array;
  /** Columns without light, and how they are filled. */
  readonly dead: readonly number[];
  readonly bridges: readonly Bridge[];
}

/** Normalises some projections of the rows that it was made for. The slab may hold fewer projections than the scan. */
export type Normaliser = (
  raw: RawRows,
  beam: Float64Array | null,
  slab: Slab,
  counted?: LaneRange,
) => NormaliseReport;

/** Lanes that a report is about: first up to last, exclusive. */
export interface LaneRange {
  readonly firstLane: number;
  readonly lastLane: number;
}

/**
 * Stage: transmission T = (I - D) / (F - D), divided by the beam of each projection, interleaved into `slab`.
 *
 * Where F - D gives no light T is unknown: it is interpolated between the nearest good columns of the row, since a constant there
 * would draw a ring. A row without any light gives T = 1. NaN and infinite samples are interpolated likewise, and
 * reported: whether to go on is for the caller to say.
 *
 * @param firstRow - row of `raw` that goes into lane 0; `slab.lanes` rows are taken.
 * @param beam - intensity of each projection relative to the flat, or null where it is constant.
 */
export function normalise(
  raw: RawRows,
  firstRow: number,
  fields: Fields | null,
  beam: Float64Array | null,
  slab: Slab,
): NormaliseReport {
  return makeNormaliser(fields, firstRow, slab.lanes, slab.columns)(raw, beam, slab);
}

/** {@link normalise} for many projections of the same rows, one after the other: flats and darks are looked at once. */
export function makeNormaliser(
  fields: Fields | null,
  firstRow: number,
  lanes: number,
  columns: number,
): Normaliser {
  const gains = Array.from({ length: lanes }, (_, lane) => getRowGain(fields, firstRow + lane, columns));
  return (raw, beam, slab, counted = { firstLane: 0, lastLane: lanes }) => {
    const { values, angles } = slab;
    const writeRow = makeRowWriter(raw, firstRow, gains, slab);
    let invalidSamples = 0;
    let firstInvalid: NormaliseReport["firstInvalid"] = null;
    for (let angle = 0; angle < angles; angle++) {
      const hasInvalid = writeRow(angle, 1 / (beam?.[angle] ?? 1));
      for (const [lane, { dead, bridges }] of gains.entries()) {
        const start = angle * columns * LANES + lane;
        const bad = hasInvalid ? invalidColumns(values, start, columns, dead) : [];
        if (bad.length === 0) {
          fill(values, start, bridges);
          continue;
        }
        const all = [...new Set([...bad, ...dead])].sort((a, b) => a - b);
        fill(values, start, bridge(all, columns));
        if (lane < counted.firstLane || lane >= counted.lastLane) continue;
        invalidSamples += bad.length;
        firstInvalid ??= { angle, row: firstRow + lane, column: bad[0] ?? 0 };
      }
    }
    const reported = gains.slice(counted.firstLane, counted.lastLane);
    const deadPixels = reported.reduce((sum, { dead }) => sum + dead.length, 0);
    return { deadPixels, invalidSamples, firstInvalid };
  };
}

/** Writes one projection of all rows; tells whether there is anything that is no number. */
type RowWriter = (angle: number, factor: number) => boolean;

function makeRowWriter(raw: RawRows, firstRow: number, gains: readonly RowGain[], slab: Slab): RowWriter {
  const space = getSpace(slab.values);
  if (space !== null) return makeSimdRowWriter(space, raw, firstRow, gains, slab);
  const { samples, columns } = raw;
  const { values } = slab;
  return (angle, factor) => {
    let hasInvalid = false;
    for (const [lane, { dark, gain }] of gains.entries()) {
      const from = ((angle * raw.rows + firstRow + lane) * columns) | 0;
      let p = (angle * columns * LANES + lane) | 0;
      for (let column = 0; column < columns; column++, p = (p + LANES) | 0) {
        const value = ((samples[from + column] ?? 0) - (dark[column] ?? 0)) * (gain[column] ?? 0) * factor;
        values[p] = value;
        // True for NaN and ±Infinity only; cheaper than Number.isFinite in this loop.
        if (value - value !== 0) hasInvalid = true;
      }
    }
    return hasInvalid;
  };
}

function makeSimdRowWriter(
  { kernels, buffer, places }: KernelSpace,
  { samples, rows, columns }: RawRows,
  firstRow: number,
  gains: readonly RowGain[],
  slab: Slab,
): RowWriter {
  const { pitch } = places;
  const is16Bit = samples instanceof Uint16Array;
  const counts = new (is16Bit ? Uint16Array : Float32Array)(buffer, places.samples, LANES * pitch);
  const dark = new Float32Array(buffer, places.dark, LANES * pitch);
  const gain = new Float32Array(buffer, places.gain, LANES * pitch);
  // A lane without a row is multiplied by 0.
  for (const array of [counts, dark, gain]) array.fill(0);
  for (const [lane, row] of gains.entries()) {
    dark.set(row.dark, lane * pitch);
    gain.set(row.gain, lane * pitch);
  }
  const runs =
    pitch === columns ? [{ lane: 0, count: gains.length }] : gains.map((_, lane) => ({ lane, count: 1 }));
  return (angle, factor) => {
    for (const { lane, count } of runs) {
      const from = (angle * rows + firstRow + lane) * columns;
      counts.set(samples.subarray(from, from + count * columns), lane * pitch);
    }
    const to = slab.values.byteOffset + angle * columns * LANES * 4;
    const { dark: darkPlace, gain: gainPlace } = places;
    return (
      kernels.normaliseRow(
        places.samples,
        is16Bit ? 1 : 0,
        columns,
        pitch,
        darkPlace,
        gainPlace,
        factor,
        to,
      ) !== 0
    );
  };
}

function getRowGain(fields: Fields | null, row: number, columns: number): RowGain {
  const dark = new Float32Array(columns);
  const gain = new Float32Array(columns).fill(1);
  if (fields === null) return { dark, gain, dead: [], bridges: [] };
  const light = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    dark[column] = fields.dark[row * columns + column] ?? 0;
    light[column] = (fields.flat[row * columns + column] ?? 0) - (dark[column] ?? 0);
  }
  const least = Math.max(0, LEAST_LIGHT * median(light.filter((value) => value > 0)));
  const dead: number[] = [];
  for (let column = 0; column < columns; column++) {
    const value = light[column] ?? 0;
    // Written so that NaN in a flat or dark counts as dead, too.
    if (value > 0 && value >= least && Number.isFinite(value)) gain[column] = 1 / value;
    else {
      dead.push(column);
      dark[column] = 0;
      gain[column] = 0;
    }
  }
  return { dark, gain, dead, bridges: bridge(dead, columns) };
}

/** A column to fill, the good ones on either side (-1: none), and the weight of the right one. */
interface Bridge {
  readonly column: number;
  readonly left: number;
  readonly right: number;
  readonly weight: number;
}

/** Of the columns in `bad`, ascending. */
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
