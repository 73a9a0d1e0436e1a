// Fourier-grid reconstruction of eight slices at once. Twin: src/stages/gridrec/gridrec-twin.ts; what is done and why: gridrec-plan.ts there.
import { IMAGINARY, SAMPLE, transformRow } from "./fft";
import { RampFilter, rampFilterRow } from "./ramp-filter";

/** Width of the spreading kernel, in grid cells. */
const CELLS = 4;
/** Bytes of the kernel's weights for one offset. */
const WEIGHTS: usize = CELLS * 4;
/**
 * Samples of a ray that are spread before the next ray's turn. Neighbouring rays touch the same cells: so a patch of the grid stays in the cache
 * while all rays of a block pass through it.
 */
const RUN = 64;

/** Sizes in samples, places in bytes; written by src/stages/gridrec/gridrec-simd.ts, field by field in this order. */
@unmanaged
export class GridrecPlan {
  columns: i32;
  rowLength: i32;
  /** Samples of a row before the detector's first column. */
  before: i32;
  gridSize: i32;
  /** Offsets between two cells for which the kernel is tabulated. */
  offsets: i32;
  filter: RampFilter;
  rowTwiddles: usize;
  gridTwiddles: usize;
  kernel: usize;
  /** One float32 for each column: makes good for the kernel's own transform. */
  correction: usize;
  /** Two int32 for each column: first and one-past-last row of the picture that it reconstructs. */
  bounds: usize;
  /** Spectra of a block of rays: `rowLength` samples each. */
  spectra: usize;
  grid: usize;
  /** Two places for two columns of the grid each. */
  data: usize;
  work: usize;
  image: usize;
}

/** What is known of a ray, float64 each. */
@unmanaged
export class Ray {
  /** Steps on the grid from one radial sample to the next. */
  stepX: f64;
  stepY: f64;
  /** Turn of phase from one radial sample to the next, which puts the axis where it belongs. */
  turnCosine: f64;
  turnSine: f64;
  weight: f64;
}

/**
 * Filters some rows of a slab, transforms them and moves the axis to 0. Of each spectrum the frequencies 0, 1, 2 … come first, then, from
 * the middle on, 0 (unused), -1, -2 …, both outwards, as they are spread. The highest frequency has no sign and is left out.
 */
export function filterRays(plan: GridrecPlan, rows: usize, rays: usize, count: i32): void {
  const filter = plan.filter;
  const rowBytes = (plan.columns as usize) * SAMPLE;
  const spectrumBytes = (plan.rowLength as usize) * SAMPLE;
  for (let i: usize = 0; i < (count as usize); i++) {
    const filtered = rampFilterRow(filter, rows + i * rowBytes);
    const free = filtered == filter.data ? filter.work : filter.data;
    cutRow(plan, filtered, free);
    const spectrum = transformRow(plan.rowLength, free, filtered, plan.rowTwiddles);
    const ray = changetype<Ray>(rays + i * offsetof<Ray>());
    turnSpectrum(plan.rowLength, spectrum, plan.spectra + i * spectrumBytes, ray);
  }
}

/** Copies the part of the circle that the row of the reconstruction covers, and puts real and imaginary parts back in order. */
function cutRow(plan: GridrecPlan, circle: usize, row: usize): void {
  const length = plan.filter.length;
  let index = -plan.before;
  let to = row;
  for (let i = 0; i < plan.rowLength; i++) {
    const from = circle + ((index < 0 ? index + length : index) as usize) * SAMPLE;
    v128.store(to, v128.load(from, IMAGINARY));
    v128.store(to, v128.load(from), IMAGINARY);
    to += SAMPLE;
    index++;
  }
}

function turnSpectrum(length: i32, from: usize, to: usize, ray: Ray): void {
  const half = length / 2;
  const turnCosine = ray.turnCosine;
  const turnSine = ray.turnSine;
  // The phase of each frequency from that of the one before: the error of a thousand steps in float64 is far below float32's.
  let cosine = ray.weight;
  let sine: f64 = 0;
  for (let j = 0; j < half; j++) {
    const re = f32x4.splat(cosine as f32);
    const im = f32x4.splat(sine as f32);
    const upFrom = from + (j as usize) * SAMPLE;
    const upTo = to + (j as usize) * SAMPLE;
    let a = v128.load(upFrom);
    let b = v128.load(upFrom, IMAGINARY);
    v128.store(upTo, f32x4.sub(f32x4.mul(a, re), f32x4.mul(b, im)));
    v128.store(upTo, f32x4.add(f32x4.mul(a, im), f32x4.mul(b, re)), IMAGINARY);
    const downFrom = from + ((j == 0 ? 0 : length - j) as usize) * SAMPLE;
    const downTo = to + ((half + j) as usize) * SAMPLE;
    a = v128.load(downFrom);
    b = v128.load(downFrom, IMAGINARY);
    v128.store(downTo, f32x4.add(f32x4.mul(a, re), f32x4.mul(b, im)));
    v128.store(downTo, f32x4.sub(f32x4.mul(b, re), f32x4.mul(a, im)), IMAGINARY);
    const next = cosine * turnCosine - sine * turnSine;
    sine = cosine * turnSine + sine * turnCosine;
    cosine = next;
  }
}

/** Spreads the spectra of a block of rays onto the grid, each sample over 4 × 4 cells. */
export function spreadRays(plan: GridrecPlan, rays: usize, count: i32): void {
  const half = plan.rowLength / 2;
  for (let first = 0; first < half; first += RUN) {
    spreadRuns(plan, rays, count, first, min(first + RUN, half), 1, 0);
  }
  for (let first = 1; first < half; first += RUN) {
    spreadRuns(plan, rays, count, first, min(first + RUN, half), -1, half);
  }
}

function spreadRuns(
  plan: GridrecPlan,
  rays: usize,
  count: i32,
  first: i32,
  last: i32,
  sign: f64,
  place: i32,
): void {
  const size = plan.gridSize;
  const grid = plan.grid;
  const kernel = plan.kernel;
  const offsets = plan.offsets as f64;
  const pitch = (size as usize) * SAMPLE;
  // The cell that the kernel begins at, for a sample in the middle of the grid.
  const origin = (size as f64) / 2 - (CELLS as f64) / 2;
  for (let i: usize = 0; i < (count as usize); i++) {
    const ray = changetype<Ray>(rays + i * offsetof<Ray>());
    const stepX = ray.stepX * sign;
    const stepY = ray.stepY * sign;
    let sample = plan.spectra + (i * (plan.rowLength as usize) + ((place + first) as usize)) * SAMPLE;
    for (let j = first; j < last; j++) {
      const u = (j as f64) * stepX + origin;
      const v = (j as f64) * stepY + origin;
      const cellU = ceil(u);
      const cellV = ceil(v);
      const weightsU = kernel + (((cellU - u) * offsets + 0.5) as i32 as usize) * WEIGHTS;
      const weightsV = kernel + (((cellV - v) * offsets + 0.5) as i32 as usize) * WEIGHTS;
      const re = v128.load(sample);
      const im = v128.load(sample, IMAGINARY);
      sample += SAMPLE;
      const x = cellU as i32;
      const y = cellV as i32;
      if (x >= 0 && x + CELLS <= size && y >= 0 && y + CELLS <= size) {
        let cell = grid + ((y * size + x) as usize) * SAMPLE;
        const w0 = v128.load32_splat(weightsU);
        const w1 = v128.load32_splat(weightsU, 4);
        const w2 = v128.load32_splat(weightsU, 8);
        const w3 = v128.load32_splat(weightsU, 12);
        for (let at = weightsV; at < weightsV + WEIGHTS; at += 4) {
          const weight = v128.load32_splat(at);
          const a = f32x4.mul(weight, re);
          const b = f32x4.mul(weight, im);
          v128.store(cell, f32x4.add(v128.load(cell), f32x4.mul(w0, a)));
          v128.store(cell, f32x4.add(v128.load(cell, 16), f32x4.mul(w0, b)), 16);
          v128.store(cell, f32x4.add(v128.load(cell, 32), f32x4.mul(w1, a)), 32);
          v128.store(cell, f32x4.add(v128.load(cell, 48), f32x4.mul(w1, b)), 48);
          v128.store(cell, f32x4.add(v128.load(cell, 64), f32x4.mul(w2, a)), 64);
          v128.store(cell, f32x4.add(v128.load(cell, 80), f32x4.mul(w2, b)), 80);
          v128.store(cell, f32x4.add(v128.load(cell, 96), f32x4.mul(w3, a)), 96);
          v128.store(cell, f32x4.add(v128.load(cell, 112), f32x4.mul(w3, b)), 112);
          cell += pitch;
        }
      } else spreadAcrossEdge(grid, size, x, y, weightsU, weightsV, re, im);
    }
  }
}

/** The spectrum is periodic: what falls off one edge of the grid comes in at the other. */
function spreadAcrossEdge(
  grid: usize,
  size: i32,
  x: i32,
  y: i32,
  weightsU: usize,
  weightsV: usize,
  re: v128,
  im: v128,
): void {
  for (let row = 0; row < CELLS; row++) {
    const weightV = v128.load32_splat(weightsV + ((row * 4) as usize));
    const a = f32x4.mul(weightV, re);
    const b = f32x4.mul(weightV, im);
    const line = ((y + row + size) % size) * size;
    for (let column = 0; column < CELLS; column++) {
      const weight = v128.load32_splat(weightsU + ((column * 4) as usize));
      const cell = grid + ((line + ((x + column + size) % size)) as usize) * SAMPLE;
      v128.store(cell, f32x4.add(v128.load(cell), f32x4.mul(weight, a)));
      v128.store(cell, f32x4.add(v128.load(cell, IMAGINARY), f32x4.mul(weight, b)), IMAGINARY);
    }
  }
}

/** Inverse transform of some rows of the grid; of each, the `columns` samples of the picture are kept, at its beginning. */
export function transformRows(plan: GridrecPlan, firstRow: i32, lastRow: i32): void {
  const size = plan.gridSize;
  const columns = plan.columns;
  const left = columns / 2;
  const data = plan.data;
  const pitch = (size as usize) * SAMPLE;
  for (let row = firstRow; row < lastRow; row++) {
    const line = plan.grid + (row as usize) * pitch;
    // Real and imaginary parts are exchanged here, and put in order again when the columns are done.
    for (let at: usize = 0; at < pitch; at += SAMPLE) {
      v128.store(data + at, v128.load(line + at, IMAGINARY));
      v128.store(data + at, v128.load(line + at), IMAGINARY);
    }
    const result = transformRow(size, data, plan.work, plan.gridTwiddles);
    // Column c of the picture is at c - left, counted round the circle.
    memory.copy(line, result + ((size - left) as usize) * SAMPLE, (left as usize) * SAMPLE);
    memory.copy(line + (left as usize) * SAMPLE, result, ((columns - left) as usize) * SAMPLE);
  }
}

/**
 * Inverse transform of some columns of the grid into the picture. Two at a time: together they fill the cache lines that they are read from and
 * written to.
 */
export function transformColumns(plan: GridrecPlan, firstColumn: i32, lastColumn: i32): void {
  const size = plan.gridSize;
  const pitch = (size as usize) * SAMPLE;
  const data2 = plan.data + pitch;
  const work2 = plan.work + pitch;
  for (let column = firstColumn; column < lastColumn; column += 2) {
    let from = plan.grid + (column as usize) * SAMPLE;
    for (let at: usize = 0; at < pitch; at += SAMPLE) {
      v128.store(plan.data + at, v128.load(from));
      v128.store(plan.data + at, v128.load(from, 16), 16);
      v128.store(data2 + at, v128.load(from, 32));
      v128.store(data2 + at, v128.load(from, 48), 16);
      from += pitch;
    }
    storeColumn(plan, column, transformRow(size, plan.data, plan.work, plan.gridTwiddles));
    if (column + 1 < lastColumn)
      storeColumn(plan, column + 1, transformRow(size, data2, work2, plan.gridTwiddles));
  }
}

function storeColumn(plan: GridrecPlan, column: i32, result: usize): void {
  const size = plan.gridSize;
  const columns = plan.columns;
  const pitch = (columns as usize) * SAMPLE;
  const firstRow = load<i32>(plan.bounds + (column as usize) * 8);
  const lastRow = load<i32>(plan.bounds + (column as usize) * 8, 4);
  const correction = load<f32>(plan.correction + (column as usize) * 4);
  const nothing = f32x4.splat(0);
  let to = plan.image + (column as usize) * SAMPLE;
  // y points up: the first row of the picture is the highest.
  const top = columns - 1 - columns / 2;
  for (let row = 0; row < columns; row++) {
    if (row < firstRow || row >= lastRow) {
      v128.store(to, nothing);
      v128.store(to, nothing, 16);
    } else {
      const y = top - row;
      const from = result + ((y < 0 ? y + size : y) as usize) * SAMPLE;
      // Corrections belong to a distance from the middle, which row `row` has where column `y + left` has it.
      const factor = f32x4.splat(correction * load<f32>(plan.correction + ((y + columns / 2) as usize) * 4));
      v128.store(to, f32x4.mul(factor, v128.load(from, IMAGINARY)));
      v128.store(to, f32x4.mul(factor, v128.load(from)), IMAGINARY);
    }
    to += pitch;
  }
}
