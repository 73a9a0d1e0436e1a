import { PHANTOM, cutAtRow, projectEllipses, sampleEllipses } from "./ellipses.js";
import type { Ellipsoid } from "./ellipses.js";
import { makeRandom } from "./random.js";

/** What the pretended beamline measures. Everything has a default that makes a realistic small scan. */
export interface PhantomOptions {
  /** @defaultValue 256 */
  readonly columns?: number;
  /** @defaultValue 64 */
  readonly rows?: number;
  /** Number of projections. @defaultValue 360 */
  readonly angles?: number;
  /** First angle, in degrees. @defaultValue 0 */
  readonly firstAngleDegrees?: number;
  /** Range of the turn in degrees; negative turns backwards. @defaultValue 180 */
  readonly angleRangeDegrees?: number;
  /** Whether the last projection is at the end of the range, or one step before it. @defaultValue false */
  readonly bothEnds?: boolean;
  /** Where the axis is, in pixels to the right of the middle of the detector. @defaultValue 3.4 */
  readonly axisOffsetPixels?: number;
  /** Standard deviation of the open beam, as a fraction of it; grows with the root of the counts, as light does. @defaultValue 0.01 */
  readonly noise?: number;
  /** Counts of the open beam at its brightest, above dark. @defaultValue 20000 */
  readonly openBeamCounts?: number;
  /** Flats and darks, frames of each. @defaultValue 10 */
  readonly fieldFrames?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** The object. @defaultValue PHANTOM */
  readonly object?: readonly Ellipsoid[];
  /** Written into the file, in metres. @defaultValue 29e-6, IMAT's camera */
  readonly pixelSizeMetres?: number;
}

/** A scan of a phantom, computed frame by frame as it is asked for. */
export interface PhantomScan {
  readonly columns: number;
  readonly rows: number;
  readonly anglesDegrees: Float64Array;
  readonly fieldFrames: number;
  readonly pixelSizeMetres: number;
  /** Column onto which the axis projects: what a centre finder should find. */
  readonly axisColumn: number;
  /** Counts of one projection, `[row][column]`; the same whenever it is asked for. */
  projection(index: number): Uint16Array;
  flat(index: number): Uint16Array;
  dark(index: number): Uint16Array;
  /** Exact attenuation, without noise: `[angle][column]` of one detector row. */
  sinogram(row: number): Float32Array;
  /** The true slice of a detector row, `[y][x]`, attenuation per pixel, sampled like a reconstruction. */
  slice(row: number): Float32Array;
}

const DARK_COUNTS = 120;

/**
 * Pretends to measure a phantom of ellipsoids with an uneven flat field (vignetting, gain of columns and pixels), a dark pattern,
 * light-like noise and an axis that is not in the middle.
 */
export function makePhantomScan(options: PhantomOptions = {}): PhantomScan {
  const {
    columns = 256,
    rows = 64,
    angles = 360,
    firstAngleDegrees = 0,
    angleRangeDegrees = 180,
    bothEnds = false,
    axisOffsetPixels = 3.4,
    noise = 0.01,
    openBeamCounts = 20_000,
    fieldFrames = 10,
    seed = 1,
    object = PHANTOM,
    pixelSizeMetres = 29e-6,
  } = options;
  const axisColumn = (columns - 1) / 2 + axisOffsetPixels;
  const step = angleRangeDegrees / (bothEnds ? Math.max(1, angles - 1) : angles);
  const anglesDegrees = Float64Array.from({ length: angles }, (_, i) => firstAngleDegrees + i * step);
  const cuts = Array.from({ length: rows }, (_, row) => cutAtRow(object, row, rows, columns));
  const { beam, dark } = makeFields(columns, rows, openBeamCounts, seed);

  const expose = (frameSeed: number, attenuation: ((row: number) => Float64Array) | null): Uint16Array => {
    const random = makeRandom(frameSeed);
    const frame = new Uint16Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const line = attenuation?.(row);
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        const light = (beam[at] ?? 0) * (line === undefined ? 1 : Math.exp(-(line[column] ?? 0)));
        const counts = light + (dark[at] ?? 0) + noise * Math.sqrt(light * openBeamCounts) * random.normal();
        frame[at] = Math.max(0, Math.min(65_535, Math.round(counts)));
      }
    }
    return frame;
  };
  const line = new Float64Array(columns);
  const project = (row: number, index: number): Float64Array => {
    line.fill(0);
    projectEllipses(cuts[row] ?? [], ((anglesDegrees[index] ?? 0) * Math.PI) / 180, axisColumn, line);
    return line;
  };
  return {
    columns,
    rows,
    anglesDegrees,
    fieldFrames,
    pixelSizeMetres,
    axisColumn,
    projection: (index) => expose(seed * 1_000_003 + index, (row) => project(row, index)),
    flat: (index) => expose(seed * 1_000_003 - 1 - index, null),
    dark: (index) => {
      const random = makeRandom(seed * 2_000_003 + index);
      return Uint16Array.from(dark, (value) => Math.max(0, Math.round(value + 3 * random.normal())));
    },
    sinogram: (row) => {
      const sinogram = new Float32Array(angles * columns);
      for (let angle = 0; angle < angles; angle++) sinogram.set(project(row, angle), angle * columns);
      return sinogram;
    },
    slice: (row) => sampleEllipses(cuts[row] ?? [], columns),
  };
}

/** The true slice of a detector row of the scan that {@link makePhantomScan} makes with the same options. */
export function phantomSlice(row: number, options: PhantomOptions = {}): Float32Array {
  const { columns = 256, rows = 64, object = PHANTOM } = options;
  return sampleEllipses(cutAtRow(object, row, rows, columns), columns);
}

/** The beam falls off towards the corners, and no two columns or pixels of the camera answer alike. */
function makeFields(
  columns: number,
  rows: number,
  counts: number,
  seed: number,
): { beam: Float64Array; dark: Float64Array } {
  const random = makeRandom(seed * 7919);
  const columnGain = Float64Array.from({ length: columns }, () => 1 + 0.02 * random.normal());
  const beam = new Float64Array(rows * columns);
  const dark = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = (2 * column) / columns - 1.1;
      const y = (2 * row) / Math.max(1, rows) - 0.9;
      const vignetting = 1 - 0.18 * x * x - 0.12 * y * y;
      const at = row * columns + column;
      beam[at] = counts * vignetting * (columnGain[column] ?? 1) * (1 + 0.01 * random.normal());
      dark[at] = DARK_COUNTS + 10 * (column / columns) + 4 * random.normal();
    }
  }
  return { beam, dark };
}
