import { chooseEngine } from "../kernels/kernel-module.js";
import type { Engine } from "../kernels/kernel-module.js";
import type { Slab } from "../slab/slab.js";
import { fbpBytes, planFbp } from "./fbp/fbp-plan.js";
import { makeSimdFbp } from "./fbp/fbp-simd.js";
import { makeTypescriptFbp } from "./fbp/fbp-twin.js";
import { gridrecBytes, planGridrec } from "./gridrec/gridrec-plan.js";
import { makeSimdGridrec } from "./gridrec/gridrec-simd.js";
import { makeTypescriptGridrec } from "./gridrec/gridrec-twin.js";
import { iterativeBytes, planIterative } from "./iterative/iterative-plan.js";
import { makeIterative } from "./iterative/make-iterative.js";
import type { FilterPadding, FilterWindow } from "./ramp-filter.js";

/** How slices are computed: on a grid in Fourier space, by filtered back-projection, or iteratively. */
export const METHODS = ["gridrec", "fbp", "sirt", "os-sirt", "cgls"] as const;
export type Method = (typeof METHODS)[number];

/** Geometry and choices of a reconstruction; the same for every slab of a scan. */
export interface ReconstructionOptions {
  readonly columns: number;
  readonly anglesRadians: Float64Array;
  /** Column of the rotation axis, in pixels from the centre of pixel 0: exactly in the middle is (columns - 1) / 2. */
  readonly centre: number;
  /** @defaultValue "gridrec" */
  readonly method?: Method;
  /** @defaultValue "shepp-logan" */
  readonly window?: FilterWindow;
  /** @defaultValue "zero" */
  readonly padding?: FilterPadding;
  /** Radius of the reconstructed circle as a fraction of half the width, or null for the square. @defaultValue 1 */
  readonly maskRatio?: number | null;
  /** Passes of an iterative method. @defaultValue 100 (sirt), 20 (os-sirt, cgls) */
  readonly iterations?: number;
  /** Whether sirt and os-sirt keep values from being negative, as attenuation is. @defaultValue true */
  readonly nonNegative?: boolean;
  /** Room beside the slab, in bytes, for stages that need much (`sortingBytes`). @defaultValue 0 */
  readonly roomBytes?: number;
  /** @defaultValue the best that there is */
  readonly engine?: Engine;
}

/** Reconstructs up to eight slices at once, in memory that it uses again and again. */
export interface Reconstructor {
  /** A slab in the memory of the kernels: what is put there needs no copy. Its values are lost with each reconstruction. */
  readonly slab: Slab;
  /**
   * The slices of a slab of attenuation -ln(T), this one's own or another: `[y][x][8]`, attenuation per pixel, with the axis in the middle of
   * the picture. The answer is overwritten by the next one, and by what is put into the slab.
   */
  reconstruct(slab: Slab): Float32Array;
  /**
   * The slices of the last reconstruction one by one, `[y][x]`, each value times `scale`. They are overwritten as the interleaved ones are, and
   * may be in their memory.
   */
  split(scale: number): readonly Slice[];
}

/** One slice, and the range of its values. */
export interface Slice {
  readonly values: Float32Array;
  readonly minimum: number;
  readonly maximum: number;
}

/** Plans the reconstruction of any number of slabs of one geometry. */
export function makeReconstructor(options: ReconstructionOptions): Reconstructor {
  const { method = "gridrec", engine = chooseEngine(), roomBytes = 0 } = options;
  switch (method) {
    case "fbp": {
      const plan = planFbp(options);
      return engine === "simd" ? makeSimdFbp(plan, roomBytes) : makeTypescriptFbp(plan);
    }
    case "sirt":
    case "os-sirt":
    case "cgls":
      return makeIterative(planIterative(options), method, engine, roomBytes);
    case "gridrec":
    default: {
      const plan = planGridrec(options);
      return engine === "simd" ? makeSimdGridrec(plan, roomBytes) : makeTypescriptGridrec(plan);
    }
  }
}

/** Bytes that a {@link Reconstructor} takes, slab and slices included, whichever engine it has. */
export function reconstructorBytes(method: Method, angles: number, columns: number): number {
  if (method === "gridrec") return gridrecBytes(angles, columns);
  return method === "fbp" ? fbpBytes(angles, columns) : iterativeBytes(angles, columns);
}
