import { makeFft } from "../../numerics/fft.js";
import { LANES, makeSlab } from "../../slab/slab.js";
import type { Slab } from "../../slab/slab.js";
import { extendRow } from "../ramp-filter.js";
import type { Reconstructor } from "../reconstructor.js";
import { splitInTypescript } from "../split-slices.js";
import { CELLS, OFFSETS } from "./gridrec-plan.js";
import type { GridrecPlan, Ray } from "./gridrec-plan.js";

/** A row of complex numbers. */
interface Row {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function makeRow(length: number): Row {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/**
 * Gridrec in plain TypeScript: what `assembly/gridrec.ts` does, one pair of slices after the other. It is the measure that the kernels are tested by, and does
 * their work where an engine has no vectors.
 */
export function makeTypescriptGridrec(plan: GridrecPlan): Reconstructor {
  const { angles, columns, rays, gridSize } = plan;
  const own = makeSlab(angles, columns);
  const image = new Float32Array(columns * columns * LANES);
  const getSpectrum = makeSpectrum(plan);
  const gridRe = new Float32Array(gridSize * gridSize);
  const gridIm = new Float32Array(gridSize * gridSize);
  const transformGrid = makeGridTransform(plan, gridRe, gridIm);

  const reconstruct = (slab: Slab): Float32Array => {
    // Two slices share a transform, the same two as in the kernels: one is its real part, the other its imaginary part.
    for (let lane = 0; lane < LANES / 2; lane++) {
      gridRe.fill(0);
      gridIm.fill(0);
      for (const [angle, ray] of rays.entries()) {
        spread(plan, getSpectrum(slab, angle, lane), ray, gridRe, gridIm);
      }
      transformGrid(image, lane);
    }
    return image;
  };
  return { slab: own, reconstruct, split: (scale) => splitInTypescript(image, scale) };
}

/** The filtered row of two lanes as its frequencies, not yet turned about the axis. */
function makeSpectrum({ columns, filter, rowLength, before }: GridrecPlan) {
  const { length, response } = filter;
  const padded = makeRow(length);
  const row = makeRow(rowLength);
  const transformPadded = makeFft(length);
  const transform = makeFft(rowLength);
  return ({ values }: Slab, angle: number, lane: number): Row => {
    const { re, im } = padded;
    for (let i = 0, p = (angle * columns * LANES + lane) | 0; i < columns; i++, p = (p + LANES) | 0) {
      re[i] = values[p] ?? 0;
      im[i] = values[p + LANES / 2] ?? 0;
    }
    extendRow(re, filter);
    extendRow(im, filter);
    transformPadded(re, im);
    for (let k = 0; k < length; k++) {
      re[k] = (re[k] ?? 0) * (response[k] ?? 0);
      im[k] = (im[k] ?? 0) * (response[k] ?? 0);
    }
    transformPadded(im, re);
    for (let i = 0; i < rowLength; i++) {
      const from = i < before ? i - before + length : i - before;
      row.re[i] = re[from] ?? 0;
      row.im[i] = im[from] ?? 0;
    }
    transform(row.re, row.im);
    return row;
  };
}

/** Adds each frequency to the 4 × 4 cells around its place. */
function spread(
  plan: GridrecPlan,
  { re, im }: Row,
  ray: Ray,
  gridRe: Float32Array,
  gridIm: Float32Array,
): void {
  const { rowLength, gridSize, kernel } = plan;
  const half = rowLength / 2;
  const origin = gridSize / 2 - CELLS / 2;
  // The highest frequency has no sign: it is left out.
  for (let frequency = 1 - half; frequency < half; frequency++) {
    const turn = (2 * Math.PI * frequency * ray.axis) / rowLength;
    const cosine = Math.cos(turn) * ray.weight;
    const sine = Math.sin(turn) * ray.weight;
    const index = frequency < 0 ? frequency + rowLength : frequency;
    const valueRe = (re[index] ?? 0) * cosine - (im[index] ?? 0) * sine;
    const valueIm = (re[index] ?? 0) * sine + (im[index] ?? 0) * cosine;
    const u = frequency * ray.stepX + origin;
    const v = frequency * ray.stepY + origin;
    const x = Math.ceil(u);
    const y = Math.ceil(v);
    const weightsU = Math.floor((x - u) * OFFSETS + 0.5) * CELLS;
    const weightsV = Math.floor((y - v) * OFFSETS + 0.5) * CELLS;
    for (let i = 0; i < CELLS; i++) {
      const line = ((y + i + gridSize) % gridSize) * gridSize;
      const weightV = kernel[weightsV + i] ?? 0;
      for (let j = 0; j < CELLS; j++) {
        const cell = line + ((x + j + gridSize) % gridSize);
        const weight = weightV * (kernel[weightsU + j] ?? 0);
        gridRe[cell] = (gridRe[cell] ?? 0) + weight * valueRe;
        gridIm[cell] = (gridIm[cell] ?? 0) + weight * valueIm;
      }
    }
  }
}

/** Inverse transform of the grid, rows first; of them only what belongs to the picture goes on to the columns. */
function makeGridTransform(plan: GridrecPlan, gridRe: Float32Array, gridIm: Float32Array) {
  const { columns, gridSize, correction, bounds } = plan;
  const left = columns >> 1;
  const { re, im } = makeRow(gridSize);
  const transform = makeFft(gridSize);
  // Transposed: `[column][row of the grid]`.
  const keptRe = new Float32Array(columns * gridSize);
  const keptIm = new Float32Array(columns * gridSize);
  return (image: Float32Array, lane: number): void => {
    for (let row = 0; row < gridSize; row++) {
      re.set(gridRe.subarray(row * gridSize, (row + 1) * gridSize));
      im.set(gridIm.subarray(row * gridSize, (row + 1) * gridSize));
      transform(im, re);
      for (let column = 0; column < columns; column++) {
        const from = (column - left + gridSize) % gridSize;
        keptRe[column * gridSize + row] = re[from] ?? 0;
        keptIm[column * gridSize + row] = im[from] ?? 0;
      }
    }
    for (let column = 0; column < columns; column++) {
      re.set(keptRe.subarray(column * gridSize, (column + 1) * gridSize));
      im.set(keptIm.subarray(column * gridSize, (column + 1) * gridSize));
      transform(im, re);
      for (let row = bounds.start[column] ?? 0; row < (bounds.end[column] ?? 0); row++) {
        // y points up.
        const y = columns - 1 - left - row;
        const from = (y + gridSize) % gridSize;
        const factor = (correction[column] ?? 0) * (correction[y + left] ?? 0);
        const p = (row * columns + column) * LANES + lane;
        image[p] = (re[from] ?? 0) * factor;
        image[p + LANES / 2] = (im[from] ?? 0) * factor;
      }
    }
  };
}
