import { quantile } from "../numerics/median.js";
import { scaleToUint16 } from "../output/scale-samples.js";
import type { ScaleLimits } from "../output/scale-samples.js";
import type { SliceSamples } from "../output/tiff-writer.js";
import type { DataKind } from "../scan/check-scan.js";
import { makeSamples } from "../scan/frame-stack.js";
import type { SampleType } from "../scan/frame-stack.js";
import { LANES, deinterleave } from "../slab/slab.js";
import { makeReconstructor } from "../stages/reconstructor.js";
import type { ReconstructionOptions, Reconstructor } from "../stages/reconstructor.js";
import { minusLog } from "../stages/minus-log.js";
import { normalise } from "../stages/normalise.js";
import type { Fields, NormaliseReport } from "../stages/normalise.js";
import { removeRings } from "../stages/ring-removal.js";

/** What is the same for all slabs of a scan. */
export interface SlabSetup {
  readonly kind: DataKind;
  /** Whole mean frames in shared memory, or null. */
  readonly fields: Fields | null;
  readonly beam: Float64Array | null;
  readonly sampleType: SampleType;
  readonly ringWidth: number | null;
  /** Whether NaN and infinite samples are filled; else a slab with such a sample gives no slices. */
  readonly fixInvalid: boolean;
  readonly geometry: ReconstructionOptions;
  /** Multiplies values per pixel into values per the chosen length. */
  readonly valueScale: number;
}

/** A block of raw rows in shared memory, and which of them make a slab. */
export interface SlabRequest {
  readonly buffer: SharedArrayBuffer;
  readonly blockFirstRow: number;
  readonly blockRows: number;
  readonly firstRow: number;
  readonly lanes: number;
  /** The lanes of which slices are wanted: firstLane up to lastLane, exclusive. The others only share the work. */
  readonly firstLane: number;
  readonly lastLane: number;
}

export interface SlabReport extends NormaliseReport {
  /** Samples without light, cut before the logarithm. */
  readonly darkSamples: number;
  readonly samples: number;
}

/** One slab from raw rows to eight slices: the chain of stages, with memory that is used again for the next slab. */
export class SlabTask {
  readonly #setup: SlabSetup;
  readonly #reconstructor: Reconstructor;
  #image: Float32Array = new Float32Array();

  constructor(setup: SlabSetup) {
    this.#setup = setup;
    this.#reconstructor = makeReconstructor(setup.geometry);
  }

  /** Runs all stages; the slices stay interleaved until {@link takeSlice}. */
  run(request: SlabRequest): SlabReport {
    const { buffer, blockFirstRow, blockRows, firstRow, lanes, firstLane, lastLane } = request;
    const { kind, fields, beam, sampleType, ringWidth, geometry } = this.#setup;
    const { columns, anglesRadians } = geometry;
    const angles = anglesRadians.length;
    const samples = makeSamples(sampleType, angles * blockRows * columns, buffer);
    const slab = { ...this.#reconstructor.slab, lanes };
    if (lanes < LANES) slab.values.fill(0);
    const raw = { samples, rows: blockRows, columns };
    const ownFields =
      fields === null
        ? null
        : {
            flat: fields.flat.subarray(blockFirstRow * columns),
            dark: fields.dark.subarray(blockFirstRow * columns),
          };
    const counted = { firstLane, lastLane };
    const report = normalise(raw, firstRow - blockFirstRow, ownFields, beam, slab, counted);
    const cut = kind === "attenuation" ? [] : minusLog(slab).slice(firstLane, lastLane);
    if (ringWidth !== null) removeRings(slab, ringWidth);
    this.#image = this.#reconstructor.reconstruct(slab);
    const first = report.firstInvalid;
    return {
      ...report,
      firstInvalid: first === null ? null : { ...first, row: first.row + blockFirstRow },
      darkSamples: cut.reduce((sum, count) => sum + count, 0),
      samples: angles * columns * (lastLane - firstLane),
    };
  }

  /** Whether the slices of a slab must not be written, because samples of theirs are no numbers. */
  isRefused({ firstInvalid }: SlabReport): boolean {
    return firstInvalid !== null && !this.#setup.fixInvalid;
  }

  takeSlice(lane: number): Float32Array {
    return deinterleave(this.#image, lane, this.#setup.valueScale);
  }
}

/** A slice as it is written, with what became of its values. */
export interface EncodedSlice {
  readonly samples: SliceSamples;
  readonly minimum: number;
  readonly maximum: number;
  readonly cut: number;
}

/** Chooses the sample type. Minimum and maximum are those before scaling. */
export function encodeSlice(values: Float32Array, limits: ScaleLimits | null): EncodedSlice {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (limits === null) return { samples: values, minimum, maximum, cut: 0 };
  const { samples, cut } = scaleToUint16(values, limits);
  return { samples, minimum, maximum, cut };
}

/**
 * Limits for 16-bit samples from some slices: the range of all but the outermost 0.01 % of values, widened by a tenth, since other slices may reach
 * further.
 */
export function chooseLimits(slices: readonly Float32Array[]): ScaleLimits {
  let low = Infinity;
  let high = -Infinity;
  for (const slice of slices) {
    low = Math.min(low, quantile(slice, 0.0001));
    high = Math.max(high, quantile(slice, 0.9999));
  }
  const margin = Math.max((high - low) / 10, Number.EPSILON);
  return { low: low - margin, high: high + margin };
}
