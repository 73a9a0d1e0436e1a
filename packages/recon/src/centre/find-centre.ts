import { median } from "../numerics/median.js";
import { findOppositePairs } from "./opposite-pairs.js";
import { registerOpposite } from "./register-opposite.js";
import type { OppositeRows, Registration } from "./register-opposite.js";
import { fromBinned, reduceSinogram, searchNegativity, scoreNegativity, toBinned } from "./negativity.js";
import type { Sinogram } from "./negativity.js";

/** Where the finder gets attenuation from: a scan on disc, or sinograms in memory. */
export interface AttenuationSource {
  readonly columns: number;
  readonly anglesRadians: Float64Array;
  /** Detector rows that may be looked at, ascending. */
  readonly rows: readonly number[];
  /** The given rows of one projection, one after the other. */
  readProjection(projection: number, rows: readonly number[]): Promise<Float32Array>;
  /** One sinogram, `[angle][column]`, for each of the given rows. */
  readSinograms(rows: readonly number[]): Promise<Float32Array[]>;
}

/** The axis of a scan, and how far to trust it. */
export interface CentreResult {
  /** Column of the axis in pixels from the centre of pixel 0: exactly in the middle is (columns - 1) / 2. */
  readonly centre: number;
  readonly method: "registration" | "negativity" | "both";
  /** False where the two methods disagree, or there was nothing to go by: look at a slice before trusting it. */
  readonly sure: boolean;
  /** Why it is unsure, or what was agreed, in words. */
  readonly remark: string;
  /** What each method found; null where it found nothing. */
  readonly registration: Registration | null;
  readonly negativity: number | null;
}

const ROWS = 64;
const PAIRS = 8;
/** Few rows are made up for by more pairs, where there are (scans over 360 degrees). */
const COMPARISONS = 1024;
const SINOGRAMS = 2;
/** Width to which sinograms are binned for the search, and how many of their angles are used. */
const SEARCH_COLUMNS = 320;
const SEARCH_ANGLES = 128;

/**
 * Finds the centre of rotation: opposite views registered over many rows, checked against the sharpness (negativity) of slices
 * around it. Works for scans over 180 and 360 degrees, with angles in any order.
 *
 * @remarks Within 0.25 pixel on phantoms with 3 % noise; 85.7 on diamond-24737, 295.6 on aps-tooth.
 */
export async function findCentre(source: AttenuationSource): Promise<CentreResult> {
  const { columns, anglesRadians } = source;
  const rows = spread(source.rows, ROWS);
  const pairs = findOppositePairs(anglesRadians, Math.max(PAIRS, Math.ceil(COMPARISONS / rows.length)));
  const compared: (OppositeRows & { readonly detectorRow: number })[] = [];
  for (const pair of pairs) {
    const own = await source.readProjection(pair.projection, rows);
    const opposite = new Float32Array(own.length);
    for (const { projection, weight } of pair.others) {
      const part = await source.readProjection(projection, rows);
      for (let i = 0; i < part.length; i++) opposite[i] = (opposite[i] ?? 0) + weight * (part[i] ?? 0);
    }
    for (const [i, detectorRow] of rows.entries()) {
      const [from, to] = [i * columns, (i + 1) * columns];
      compared.push({ row: own.subarray(from, to), opposite: opposite.subarray(from, to), detectorRow });
    }
  }
  const registration = registerOpposite(compared, columns);
  const rowsToSee =
    compared.length > 0 ? rowsOfMostStructure(compared, columns) : spread(source.rows, SINOGRAMS);
  const values = await source.readSinograms(rowsToSee);
  const sinograms = values.map((sinogram): Sinogram => ({ values: sinogram, columns, anglesRadians }));
  const measured = pairs.some((pair) => pair.measured);
  return decide(registration, measured ? 0 : foresightError(anglesRadians, columns), sinograms, columns);
}

/**
 * About how wrong a registration is, in pixels, if the opposite view had to be foreseen: the farther the object's edges move from one view to the
 * next, the worse. (The factor is what phantoms and aps-tooth show.)
 */
function foresightError(anglesRadians: Float64Array, columns: number): number {
  const steps = anglesRadians.slice(1).map((angle, i) => Math.abs(angle - (anglesRadians[i] ?? 0)));
  return 0.15 * median(steps) * (columns / 4);
}

/** About how wrong the search for the sharpest slice is, in pixels of the binned sinogram. */
const SHARPNESS_ERROR = 0.12;

function decide(
  registration: Registration | null,
  foresight: number,
  sinograms: readonly Sinogram[],
  columns: number,
): CentreResult {
  const factor = Math.max(1, Math.ceil(columns / SEARCH_COLUMNS));
  const reduced = sinograms.map((sinogram) => reduceSinogram(sinogram, factor, SEARCH_ANGLES));
  const isClear = registration !== null && registration.spread <= Math.max(1, columns / 200);
  const start = isClear ? registration.centre : searchWide(sinograms, columns);
  const halfWidth = isClear ? 2 * Math.max(1, registration.spread) : columns / 30;
  const found = searchNegativity(reduced, toBinned(start, factor), halfWidth / factor, 0.2);
  const negativity = fromBinned(found.centre, factor);
  const base = { registration, negativity };
  if (!isClear) {
    const why =
      registration === null
        ? "no two views are opposite"
        : `rows disagree by ±${registration.spread.toFixed(1)} pixels`;
    return {
      ...base,
      centre: negativity,
      method: "negativity",
      sure: false,
      remark: `Opposite views give no clear centre (${why}); this one makes the sharpest slice.`,
    };
  }
  const difference = Math.abs(registration.centre - negativity);
  const tolerance = 0.5 + 0.25 * factor;
  const agree = difference <= tolerance && !found.atEdge;
  const remark = agree
    ? `Opposite views (±${registration.spread.toFixed(2)}) and sharpness agree within ${Math.max(0.01, difference).toFixed(2)} pixel.`
    : `Opposite views give ${registration.centre.toFixed(2)}, the sharpest slice ${negativity.toFixed(2)}.`;
  if (!agree) return { ...base, centre: registration.centre, method: "registration", sure: false, remark };
  // Two independent measurements that agree: the mean, each weighted by how sure it is.
  const share = weightOfSharpness(Math.hypot(registration.spread, foresight), SHARPNESS_ERROR * factor);
  const centre = registration.centre + share * (negativity - registration.centre);
  return { ...base, centre, method: share < 0.05 ? "registration" : "both", sure: true, remark };
}

function weightOfSharpness(registrationError: number, sharpnessError: number): number {
  return registrationError ** 2 / (registrationError ** 2 + sharpnessError ** 2);
}

/** Tries the middle half of the detector on a strongly binned copy. */
function searchWide(sinograms: readonly Sinogram[], columns: number): number {
  const factor = Math.max(1, Math.ceil(columns / 128));
  const reduced = sinograms.map((sinogram) => reduceSinogram(sinogram, factor, 180));
  const width = Math.floor(columns / factor);
  const candidates = Array.from({ length: Math.floor(width / 2) }, (_, i) => width / 4 + i);
  const perSinogram = reduced.map((sinogram) => scoreNegativity(sinogram, candidates));
  const scores = candidates.map((_, i) => perSinogram.reduce((sum, row) => sum + (row[i] ?? 0), 0));
  return fromBinned(candidates[scores.indexOf(Math.min(...scores))] ?? width / 2, factor);
}

function rowsOfMostStructure(
  compared: readonly { readonly row: Float32Array; readonly detectorRow: number }[],
  columns: number,
): number[] {
  const structure = new Map<number, number>();
  for (const { row, detectorRow } of compared) {
    let sum = 0;
    for (let i = 4; i < columns; i++) sum += Math.abs((row[i] ?? 0) - (row[i - 4] ?? 0));
    structure.set(detectorRow, (structure.get(detectorRow) ?? 0) + sum);
  }
  // The richest rows are often those where the object ends or a clamp sits; a little below them is as good.
  const ranked = [...structure].sort(([, a], [, b]) => b - a).map(([row]) => row);
  const skip = Math.floor(ranked.length / 10);
  return [...new Set([ranked[skip], ranked[Math.floor(ranked.length / 4)]])]
    .filter((row) => row !== undefined)
    .slice(0, SINOGRAMS);
}

function spread(rows: readonly number[], most: number): number[] {
  if (rows.length <= most) return [...rows];
  return Array.from({ length: most }, (_, i) => rows[Math.floor(((i + 0.5) * rows.length) / most)] ?? 0);
}

/** A source for {@link findCentre} over sinograms in memory, each `[angle][column]`. */
export function sourceFromSinograms(
  sinograms: readonly Float32Array[],
  columns: number,
  anglesRadians: Float64Array,
): AttenuationSource {
  const get = (row: number): Float32Array =>
    sinograms[row] ?? new Float32Array(columns * anglesRadians.length);
  return {
    columns,
    anglesRadians,
    rows: Array.from(sinograms.keys()),
    readProjection: async (projection, rows) => {
      const out = new Float32Array(rows.length * columns);
      for (const [i, row] of rows.entries()) {
        out.set(get(row).subarray(projection * columns, (projection + 1) * columns), i * columns);
      }
      return out;
    },
    readSinograms: async (rows) => rows.map((row) => get(row)),
  };
}
