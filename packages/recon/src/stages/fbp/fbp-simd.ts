import { openSpace } from "../../kernels/kernel-space.js";
import { MemoryLayout, writeBounds, writeRecord } from "../../kernels/memory-layout.js";
import { placeRampFilter, writeRampFilter } from "../../kernels/simd-ramp-filter.js";
import { LANES, slabBytes } from "../../slab/slab.js";
import type { Slab } from "../../slab/slab.js";
import type { Reconstructor } from "../reconstructor.js";
import { splitInVectors } from "../split-slices.js";
import { RAYS_PER_WALK } from "./fbp-plan.js";
import type { FbpPlan } from "./fbp-plan.js";

/** Numbers that describe a direction to the kernels, and their bytes. */
const DIRECTION_FIELDS = 4;
const DIRECTION_BYTES = DIRECTION_FIELDS * 8;
/** Rows of the picture per call, a row of tiles: V8 swaps in optimised code only between calls. */
const ROWS_PER_CALL = 64;
/** Rays filtered per call. */
const RAYS_PER_CALL = 32;

/** Filtered back-projection with the kernels of `assembly/back-project.ts`. */
export function makeSimdFbp(plan: FbpPlan, roomBytes: number): Reconstructor {
  const { anglesRadians, columns, filter, margin, axis, weights, bounds } = plan;
  const angles = anglesRadians.length;
  const width = columns + 2 * margin;
  // Two rays are back-projected at a time: an odd one gets a companion without weight.
  const raysPerWalk = Math.min(RAYS_PER_WALK, angles + (angles % 2));
  const layout = new MemoryLayout();
  const filterPlaces = placeRampFilter(layout, filter, width);
  const record = layout.reserve(64);
  const directions = layout.reserve((angles + 1) * DIRECTION_BYTES);
  const boundsPlace = layout.reserve(columns * 8);
  const pairs = layout.reserveSamples(2 * raysPerWalk * width);
  const slabPlace = layout.reserveSlab(angles, columns);
  const imagePlace = layout.reserveSamples(columns * columns);
  const { kernels, buffer } = openSpace(layout, columns, roomBytes);

  writeRampFilter(buffer, filter, filterPlaces);
  writeBounds(buffer, boundsPlace, bounds);
  const table = new Float64Array(buffer, directions, (angles + 1) * DIRECTION_FIELDS);
  for (let i = 0; i <= angles; i++) {
    const angle = anglesRadians[Math.min(i, angles - 1)] ?? 0;
    table.set([Math.cos(angle), Math.sin(angle), axis, weights[i] ?? 0], i * DIRECTION_FIELDS);
  }
  writeRecord(buffer, record, {
    columns,
    width,
    before: margin,
    filter: filterPlaces.record,
    pairs,
    bounds: boundsPlace,
    image: imagePlace,
  });
  const values = new Float32Array(buffer, slabPlace, angles * columns * LANES);
  const image = new Float32Array(buffer, imagePlace, columns * columns * LANES);
  const rowFloats = 2 * width * LANES;
  const pairRows = new Float32Array(buffer, pairs, raysPerWalk * rowFloats);

  const reconstruct = (slab: Slab): Float32Array => {
    if (slab.values.buffer !== buffer) values.set(slab.values);
    image.fill(0);
    for (let first = 0; first < angles; first += raysPerWalk) {
      const count = Math.min(raysPerWalk, angles - first);
      for (let i = 0; i < count; i += RAYS_PER_CALL) {
        const rows = slabPlace + (first + i) * slabBytes(1, columns);
        const rays = directions + (first + i) * DIRECTION_BYTES;
        kernels.filterPairs(
          record,
          rows,
          rays,
          pairs + i * rowFloats * 4,
          Math.min(RAYS_PER_CALL, count - i),
        );
      }
      if (count % 2 === 1) pairRows.fill(0, count * rowFloats, (count + 1) * rowFloats);
      for (let row = 0; row < columns; row += ROWS_PER_CALL) {
        const last = Math.min(columns, row + ROWS_PER_CALL);
        kernels.backProject(record, directions + first * DIRECTION_BYTES, count + (count % 2), row, last);
      }
    }
    return image;
  };
  return {
    slab: { angles, columns, lanes: LANES, values },
    reconstruct,
    // The slab has been used by then.
    split: (scale) => splitInVectors(image, scale, slabPlace),
  };
}
