import type { Engine } from "../../kernels/kernel-module.js";
import { openSpace } from "../../kernels/kernel-space.js";
import { MemoryLayout } from "../../kernels/memory-layout.js";
import { LANES } from "../../slab/slab.js";
import type { Slab } from "../../slab/slab.js";
import type { Reconstructor } from "../reconstructor.js";
import { splitInTypescript, splitInVectors } from "../split-slices.js";
import type { IterativePlan, Subset } from "./iterative-plan.js";
import { makePlainSteps } from "./plain-steps.js";
import { makeSimdSteps } from "./simd-steps.js";
import type { Picture, Steps } from "./steps.js";

/** Memory of an iterative method. */
interface Arrays {
  /** The measured projections, then the eight slices. */
  readonly slab: Float32Array;
  readonly image: Float32Array;
  /** Projections of the picture, and what is missing from them. */
  readonly projected: Float32Array;
  readonly picture: Picture;
  readonly change: Picture;
  readonly mirrored: Picture;
  /** Direction of the search of conjugate gradients. */
  readonly direction: Picture;
  /** One number for each sample of the slab, and for each pixel: what SIRT multiplies by; 0 outside the mask. */
  readonly rayWeights: Float32Array;
  readonly pixelWeights: Float32Array;
}

function allocate(
  plan: IterativePlan,
  engine: Engine,
  roomBytes: number,
): { arrays: Arrays; steps: Steps; split: Reconstructor["split"] } {
  const { angles, columns, pitch, paths } = plan;
  const layout = new MemoryLayout();
  const samples = angles * columns;
  const pixels = columns * pitch;
  const pathsAt = layout.reserve(paths.byteLength);
  const slabAt = layout.reserveSlab(angles, columns);
  const places = {
    projected: [layout.reserveSamples(samples), samples * LANES],
    picture: [layout.reserveSamples(pixels), pixels * LANES],
    change: [layout.reserveSamples(pixels), pixels * LANES],
    mirrored: [layout.reserveSamples(pixels), pixels * LANES],
    direction: [layout.reserveSamples(pixels), pixels * LANES],
    rayWeights: [layout.reserve(samples * 4), samples],
    pixelWeights: [layout.reserve(pixels * 4), pixels],
  } as const;
  const space = engine === "simd" ? openSpace(layout, columns, roomBytes) : null;
  const buffer = space?.buffer ?? new ArrayBuffer(layout.bytes);
  const at = ([address, length]: readonly [number, number]) => new Float32Array(buffer, address, length);
  new Float64Array(buffer, pathsAt, paths.length).set(paths);
  const image = at([slabAt, columns * columns * LANES]);
  return {
    arrays: {
      slab: at([slabAt, samples * LANES]),
      image,
      projected: at(places.projected),
      picture: at(places.picture),
      change: at(places.change),
      mirrored: at(places.mirrored),
      direction: at(places.direction),
      rayWeights: at(places.rayWeights),
      pixelWeights: at(places.pixelWeights),
    },
    steps: space === null ? makePlainSteps(plan) : makeSimdSteps(space, plan, pathsAt),
    split: (scale) =>
      space === null ? splitInTypescript(image, scale) : splitInVectors(image, scale, places.change[0]),
  };
}

/**
 * Iterative reconstruction, for scans of few angles: SIRT (P. Gilbert, J. Theor. Biol. 36, 105 (1972)), SIRT on ordered subsets of the angles, which
 * gets as far in a fifth of the passes, and conjugate gradients for least squares (CGLS). Forward projection is Joseph's, back-projection its exact transpose.
 */
export function makeIterative(
  plan: IterativePlan,
  method: "sirt" | "os-sirt" | "cgls",
  engine: Engine,
  roomBytes: number,
): Reconstructor {
  const { angles, columns } = plan;
  const { arrays, steps, split } = allocate(plan, engine, roomBytes);
  const projector = makeProjector(plan, arrays, steps);
  projector.findWeights();
  const iterate = method === "cgls" ? conjugateGradients : simultaneousIterations;

  const reconstruct = (slab: Slab): Float32Array => {
    if (slab.values.buffer !== arrays.slab.buffer) arrays.slab.set(slab.values);
    arrays.picture.fill(0);
    iterate(plan, arrays, steps, projector);
    const row = columns * LANES;
    for (let line = 0; line < columns; line++) {
      const from = (line * plan.pitch + 1) * LANES;
      arrays.image.set(arrays.picture.subarray(from, from + row), line * row);
    }
    return arrays.image;
  };
  return { slab: { angles, columns, lanes: LANES, values: arrays.slab }, reconstruct, split };
}

interface Projector {
  /** Into `projected`, the rows of the subset. */
  forward(picture: Picture, subset: Subset): void;
  /** From `projected` into `change`. */
  back(subset: Subset): void;
  findWeights(): void;
}

/** Rays shorter than this within the picture, and pixels with less of all rays of a subset (in pixels), count as if they had as much: they know little. */
const LEAST_LENGTH = 1;
const LEAST_SUM = 0.1;

function makeProjector(plan: IterativePlan, arrays: Arrays, steps: Steps): Projector {
  const { columns, pitch, bounds, subsets } = plan;
  const { projected, picture, change, mirrored, rayWeights, pixelWeights } = arrays;
  const row = columns * LANES;
  const forward = (of: Picture, { throughRows, throughColumns, rows }: Subset): void => {
    for (const angle of rows) projected.fill(0, angle * row, (angle + 1) * row);
    steps.project(of, throughRows, projected);
    mirrored.fill(0);
    steps.mirror(of, mirrored);
    steps.project(mirrored, throughColumns, projected);
  };
  const back = ({ throughRows, throughColumns }: Subset): void => {
    mirrored.fill(0);
    steps.spread(mirrored, throughColumns, projected);
    change.fill(0);
    steps.mirror(mirrored, change);
    steps.spread(change, throughRows, projected);
  };
  const findWeights = (): void => {
    picture.fill(0);
    for (let line = 0; line < columns; line++) {
      const from = line * pitch + 1;
      picture.fill(1, (from + (bounds.start[line] ?? 0)) * LANES, (from + (bounds.end[line] ?? 0)) * LANES);
    }
    for (const subset of subsets) forward(picture, subset);
    for (let i = 0; i < rayWeights.length; i++)
      rayWeights[i] = 1 / Math.max(LEAST_LENGTH, projected[i * LANES] ?? 0);
    projected.fill(1);
    pixelWeights.fill(0);
    for (const subset of subsets) {
      back(subset);
      for (let i = 0; i < pixelWeights.length; i++)
        pixelWeights[i] = (pixelWeights[i] ?? 0) + (change[i * LANES] ?? 0);
    }
    for (let i = 0; i < pixelWeights.length; i++) {
      const sum = (pixelWeights[i] ?? 0) / subsets.length;
      pixelWeights[i] = picture[i * LANES] === 1 ? 1 / Math.max(LEAST_SUM, sum) : 0;
    }
  };
  return { forward, back, findWeights };
}

type Iterate = (plan: IterativePlan, arrays: Arrays, steps: Steps, projector: Projector) => void;

const simultaneousIterations: Iterate = (plan, arrays, steps, projector) => {
  const { slab, projected, picture, change, rayWeights, pixelWeights } = arrays;
  const row = plan.columns * LANES;
  for (let pass = 0; pass < plan.iterations; pass++) {
    for (const subset of plan.subsets) {
      projector.forward(picture, subset);
      for (const angle of subset.rows) {
        const [from, to] = [angle * row, (angle + 1) * row];
        const weights = rayWeights.subarray(from / LANES, to / LANES);
        steps.weighResidual(projected.subarray(from, to), slab.subarray(from, to), weights);
      }
      projector.back(subset);
      steps.addWeighted(picture, change, pixelWeights, plan.lowest);
    }
  }
};

/** Å. Björck, Numerical Methods for Least Squares Problems, 1996, algorithm 7.4.1; each of the eight slices with its own steps. */
const conjugateGradients: Iterate = ({ iterations, subsets }, arrays, steps, projector) => {
  const { slab, projected, picture, change, direction, pixelWeights } = arrays;
  const [all] = subsets;
  if (all === undefined) return;
  const ones = Array.from({ length: LANES }, () => 1);
  // Only pixels within the mask take part.
  const maskPixels = (): void => {
    for (let i = 0; i < change.length; i++) if (pixelWeights[i >> 3] === 0) change[i] = 0;
  };
  // The slab holds what is not yet explained of it.
  projected.set(slab);
  projector.back(all);
  maskPixels();
  direction.set(change);
  let gradient = steps.sumSquares(change);
  for (let i = 0; i < iterations; i++) {
    projector.forward(direction, all);
    const squares = steps.sumSquares(projected);
    const length = gradient.map((value, lane) => quotient(value, squares[lane] ?? 0));
    steps.combine(picture, direction, ones, length);
    steps.combine(
      slab,
      projected,
      ones,
      length.map((value) => -value),
    );
    projected.set(slab);
    projector.back(all);
    maskPixels();
    const next = steps.sumSquares(change);
    steps.combine(
      direction,
      change,
      next.map((value, lane) => quotient(value, gradient[lane] ?? 0)),
      ones,
    );
    gradient = next;
  }
};

/** A lane that has come to its end, or has no row, goes nowhere. */
function quotient(a: number, b: number): number {
  return b > 0 ? a / b : 0;
}
