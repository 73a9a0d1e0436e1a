import { quantile } from "../numerics/median.js";
import { scaleToUint16 } from "../output/scale-samples.js";
import type { ScaleLimits } from "../output/scale-samples.js";
import type { SliceSamples } from "../output/tiff-writer.js";
import type { DataKind } from "../scan/check-scan.js";
import { makeSamples } from "../scan/frame-stack.js";
import type { SampleType } from "../scan/frame-stack.js";
import { LANES, cutSlab } from "../slab/slab.js";
import { makeReconstructor } from "../stages/reconstructor.js";
import type { ReconstructionOptions, Reconstructor, Slice } from "../stages/reconstructor.js";
import { minusLog } from "../stages/minus-log.js";
import { makeNormaliser } from "../stages/normalise.js";
import type { Fields, NormaliseReport } from "../stages/normalise.js";
import { removeRings } from "../stages/ring-removal.js";
import { removeStripesBySorting } from "../stages/stripe-sorting.js";

/** What is the same for all slabs of a scan. */
export interface SlabSetup {
  readonly kind: DataKind;
  /** Whole mean frames in shared memory, or null. */
  readonly fields: Fields | null;
  readonly beam: Float64Array | null;
  readonly sampleType: SampleType;
  readonly ringWidth: number | null;
  readonly stripeWidth: number | null;
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

/** Projections that pass through the first stages together: their part of the slab stays in the second-level cache. */
const ANGLES_PER_PART = 8;

/** One slab from raw rows to eight slices: the chain of stages, with memory that is used again for the next slab. */
export class SlabTask {
  readonly #setup: SlabSetup;
  readonly #reconstructor: Reconstructor;

  constructor(setup: SlabSetup) {
    this.#setup = setup;
    this.#reconstructor = makeReconstructor(setup.geometry);
  }

  /** Runs all stages; the slices stay interleaved until {@link takeSlices}. */
  run(request: SlabRequest): SlabReport {
    const { buffer, blockFirstRow, blockRows, firstRow, lanes, firstLane, lastLane } = request;
    const { kind, fields, beam, sampleType, ringWidth, stripeWidth, geometry } = this.#setup;
    const { columns, anglesRadians } = geometry;
    const angles = anglesRadians.length;
    const samples = makeSamples(sampleType, angles * blockRows * columns, buffer);
    const slab = { ...this.#reconstructor.slab, lanes };
    if (lanes < LANES) slab.values.fill(0);
    const ownFields =
      fields === null
        ? null
        : {
            flat: fields.flat.subarray(blockFirstRow * columns),
            dark: fields.dark.subarray(blockFirstRow * columns),
          };
    const normalisePart = makeNormaliser(ownFields, firstRow - blockFirstRow, lanes, columns);
    let invalidSamples = 0;
    let darkSamples = 0;
    let deadPixels = 0;
    let first: NormaliseReport["firstInvalid"] = null;
    const frame = blockRows * columns;
    for (let angle = 0; angle < angles; angle += ANGLES_PER_PART) {
      const end = Math.min(angles, angle + ANGLES_PER_PART);
      const part = cutSlab(slab, angle, end);
      const raw = { samples: samples.subarray(angle * frame, end * frame), rows: blockRows, columns };
      const report = normalisePart(raw, beam?.subarray(angle, end) ?? null, part, { firstLane, lastLane });
      deadPixels = report.deadPixels;
      invalidSamples += report.invalidSamples;
      if (report.firstInvalid !== null) {
        const { angle: within, row, column } = report.firstInvalid;
        first ??= { angle: angle + within, row: blockFirstRow + row, column };
      }
      if (kind === "attenuation") continue;
      for (const count of minusLog(part).slice(firstLane, lastLane)) darkSamples += count;
    }
    if (stripeWidth !== null) removeStripesBySorting(slab, stripeWidth);
    if (ringWidth !== null) removeRings(slab, ringWidth);
    this.#reconstructor.reconstruct(slab);
    return {
      deadPixels,
      invalidSamples,
      firstInvalid: first,
      darkSamples,
      samples: angles * columns * (lastLane - firstLane),
    };
  }

  /** Whether the slices of a slab must not be written, because samples of theirs are no numbers. */
  isRefused({ firstInvalid }: SlabReport): boolean {
    return firstInvalid !== null && !this.#setup.fixInvalid;
  }

  /** The slices of all lanes; they are overwritten by the next run. */
  takeSlices(): readonly Slice[] {
    return this.#reconstructor.split(this.#setup.valueScale);
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
export function encodeSlice({ values, minimum, maximum }: Slice, limits: ScaleLimits | null): EncodedSlice {
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
