import { openSpace } from "../../kernels/kernel-space.js";
import { MemoryLayout, writeBounds, writeRecord, writeTwiddles } from "../../kernels/memory-layout.js";
import { placeRampFilter, writeRampFilter } from "../../kernels/simd-ramp-filter.js";
import { LANES, slabBytes } from "../../slab/slab.js";
import type { Slab } from "../../slab/slab.js";
import type { Reconstructor } from "../reconstructor.js";
import { splitInVectors } from "../split-slices.js";
import { OFFSETS, RAYS_PER_BLOCK } from "./gridrec-plan.js";
import type { GridrecPlan } from "./gridrec-plan.js";

/** Numbers that describe a ray to the kernels. */
const RAY_FIELDS = 5;
/** Rows or columns of the grid per call: V8 swaps in optimised code only between calls. */
const LINES_PER_CALL = 16;

type Places = ReturnType<typeof place>;

function place(plan: GridrecPlan) {
  const { angles, columns, filter, rowLength, gridSize, kernel } = plan;
  const layout = new MemoryLayout();
  const places = {
    filter: placeRampFilter(layout, filter, rowLength),
    record: layout.reserve(64),
    rays: layout.reserve(angles * RAY_FIELDS * 8),
    rowTwiddles: layout.reserve(rowLength * 8),
    gridTwiddles: layout.reserve(gridSize * 8),
    kernel: layout.reserve(kernel.length * 4),
    correction: layout.reserve(columns * 4),
    bounds: layout.reserve(columns * 8),
    spectra: layout.reserveSamples(RAYS_PER_BLOCK * rowLength),
    data: layout.reserveSamples(2 * gridSize),
    work: layout.reserveSamples(2 * gridSize),
    // Columns are taken in pairs; the last one of an odd width has a neighbour that is only read.
    grid: layout.reserveSamples(gridSize * gridSize + 1),
    // When the picture is written the slab has been spread: they share their place.
    slab: layout.reserveSlab(angles, columns),
  };
  return { ...places, layout };
}

function write(buffer: ArrayBuffer, plan: GridrecPlan, places: Places): void {
  const { columns, filter, rowLength, before, gridSize, kernel, correction, rays, bounds } = plan;
  const { record, rowTwiddles, gridTwiddles, spectra, grid, data, work, slab } = places;
  writeRampFilter(buffer, filter, places.filter);
  writeTwiddles(buffer, rowTwiddles, rowLength);
  writeTwiddles(buffer, gridTwiddles, gridSize);
  new Float32Array(buffer, places.kernel).set(kernel);
  new Float32Array(buffer, places.correction).set(correction);
  const rayTable = new Float64Array(buffer, places.rays);
  for (const [i, { stepX, stepY, axis, weight }] of rays.entries()) {
    const turn = (2 * Math.PI * axis) / rowLength;
    rayTable.set([stepX, stepY, Math.cos(turn), Math.sin(turn), weight], i * RAY_FIELDS);
  }
  writeBounds(buffer, places.bounds, bounds);
  writeRecord(buffer, record, {
    columns,
    rowLength,
    before,
    gridSize,
    offsets: OFFSETS,
    filter: places.filter.record,
    rowTwiddles,
    gridTwiddles,
    kernel: places.kernel,
    correction: places.correction,
    bounds: places.bounds,
    spectra,
    grid,
    data,
    work,
    image: slab,
  });
}

/** Gridrec with the kernels of `assembly/gridrec.ts`. */
export function makeSimdGridrec(plan: GridrecPlan, roomBytes: number): Reconstructor {
  const { angles, columns, gridSize } = plan;
  const places = place(plan);
  const { kernels, buffer } = openSpace(places.layout, columns, roomBytes);
  write(buffer, plan, places);
  const values = new Float32Array(buffer, places.slab, angles * columns * LANES);
  const image = new Float32Array(buffer, places.slab, columns * columns * LANES);
  const grid = new Float32Array(buffer, places.grid, gridSize * gridSize * LANES);
  const rowBytes = slabBytes(1, columns);

  const reconstruct = (slab: Slab): Float32Array => {
    if (slab.values.buffer !== buffer) values.set(slab.values);
    grid.fill(0);
    for (let first = 0; first < angles; first += RAYS_PER_BLOCK) {
      const count = Math.min(RAYS_PER_BLOCK, angles - first);
      const rays = places.rays + first * RAY_FIELDS * 8;
      kernels.filterRays(places.record, places.slab + first * rowBytes, rays, count);
      kernels.spreadRays(places.record, rays, count);
    }
    for (let row = 0; row < gridSize; row += LINES_PER_CALL)
      kernels.transformRows(places.record, row, Math.min(gridSize, row + LINES_PER_CALL));
    for (let column = 0; column < columns; column += LINES_PER_CALL)
      kernels.transformColumns(places.record, column, Math.min(columns, column + LINES_PER_CALL));
    return image;
  };
  return {
    slab: { angles, columns, lanes: LANES, values },
    reconstruct,
    // The grid is free by then, and larger.
    split: (scale) => splitInVectors(image, scale, places.grid),
  };
}
