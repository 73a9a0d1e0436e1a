import { makeFft, nextFastLength } from "../numerics/fft.js";
import { LANES } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";

/** Windows that the ramp may be multiplied with; `ramlak` is none. */
export const FILTER_WINDOWS = ["shepp-logan", "ramlak", "cosine", "hamming", "hann"] as const;
export type FilterWindow = (typeof FILTER_WINDOWS)[number];

/** What lies beyond the detector: nothing, or (object wider than the field of view) more of the edge value. */
export const FILTER_PADDINGS = ["zero", "edge"] as const;
export type FilterPadding = (typeof FILTER_PADDINGS)[number];

export interface RampFilterOptions {
  readonly columns: number;
  readonly window: FilterWindow;
  readonly padding: FilterPadding;
  /** Columns to compute beyond each end of the detector, for pixels that project there. */
  readonly margin: number;
}

/** Sizes and frequencies of a ramp filter; what its two forms (in TypeScript and in `assembly/`) have in common. */
export interface RampFilterPlan {
  readonly columns: number;
  readonly padding: FilterPadding;
  /** Samples of the padded row. */
  readonly length: number;
  /** What each frequency is multiplied by; divided by the length already. */
  readonly response: Float64Array;
}

/** Filters some angles of a slab into `target[angle][margin + columns + margin][8]`, each times its weight. */
export type RampFilter = (
  slab: Slab,
  firstAngle: number,
  lastAngle: number,
  weights: Float64Array,
  target: Float32Array,
) => void;

/**
 * Value of a window at `x`, the frequency as a fraction of the highest one (0..1).
 *
 * `shepp-logan` is sinc(x / 2): it takes most of the noise that linear interpolation would smear anyhow, at almost no
 * loss of sharpness, and is the default. Source: A. C. Kak, M. Slaney, Principles of Computerized Tomographic Imaging, 1988, section 3.3.
 */
export function windowAt(window: FilterWindow, x: number): number {
  switch (window) {
    case "ramlak":
      return 1;
    case "shepp-logan":
      return x === 0 ? 1 : Math.sin((Math.PI * x) / 2) / ((Math.PI * x) / 2);
    case "cosine":
      return Math.cos((Math.PI * x) / 2);
    case "hamming":
      return 0.54 + 0.46 * Math.cos(Math.PI * x);
    case "hann":
    default:
      return 0.5 + 0.5 * Math.cos(Math.PI * x);
  }
}

/**
 * The ramp on `length` frequencies, as the transform of the band-limited kernel h(0) = 1/4, h(odd n) = -1/(πn)²,
 * h(even n) = 0 (Kak and Slaney 1988, equation 61). Sampling |ν| instead gives a wrong mean: the values of the
 * slice would be too low by a constant.
 */
export function rampTable(length: number, window: FilterWindow): Float64Array {
  const re = new Float64Array(length);
  re[0] = 0.25;
  for (let n = 1; n <= length / 2; n += 2) {
    re[n] = -1 / (Math.PI * n) ** 2;
    re[length - n] = -1 / (Math.PI * n) ** 2;
  }
  makeFft(length)(re, new Float64Array(length));
  for (let k = 0; k < length; k++) {
    const x = Math.min(k, length - k) / (length / 2);
    re[k] = (re[k] ?? 0) * windowAt(window, x);
  }
  return re;
}

/** Rows are padded to at least twice their length, so that one end does not leak into the other. */
export function planRampFilter({ columns, window, padding, margin }: RampFilterOptions): RampFilterPlan {
  // Up to columns/8 beyond the detector the wrapped taps differ from the true ones by less than 1e-6 of the central one.
  const reach = margin > columns / 8 ? columns + margin : columns;
  const length = nextFastLength(2 * reach);
  return { columns, padding, length, response: rampTable(length, window).map((value) => value / length) };
}

/** Fills the padded part of a row with what lies beyond the detector. */
export function extendRow(row: Float64Array, { columns, length, padding }: RampFilterPlan): void {
  if (padding === "zero") {
    row.fill(0, columns);
    return;
  }
  const turn = columns + ((length - columns) >> 1);
  row.fill(row[columns - 1] ?? 0, columns, turn);
  row.fill(row[0] ?? 0, turn);
}

/** Stage: convolves each row with the ramp. Two real rows share each complex transform. */
export function makeRampFilter(plan: RampFilterPlan, margin: number): RampFilter {
  const { columns, length, response } = plan;
  const fft = makeFft(length);
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  const width = columns + 2 * margin;

  return (slab, firstAngle, lastAngle, weights, target) => {
    const { values } = slab;
    for (let angle = firstAngle; angle < lastAngle; angle++) {
      const scale = weights[angle] ?? 0;
      const source = angle * columns * LANES;
      const into = (angle - firstAngle) * width * LANES;
      for (let lane = 0; lane < LANES; lane += 2) {
        if (lane >= slab.lanes) {
          clearLanes(target, into, width, lane);
          continue;
        }
        for (let i = 0, p = (source + lane) | 0; i < columns; i++, p = (p + LANES) | 0) {
          re[i] = values[p] ?? 0;
          im[i] = values[p + 1] ?? 0;
        }
        extendRow(re, plan);
        extendRow(im, plan);
        fft(re, im);
        for (let k = 0; k < length; k++) {
          const factor = (response[k] ?? 0) * scale;
          re[k] = (re[k] ?? 0) * factor;
          im[k] = (im[k] ?? 0) * factor;
        }
        fft(im, re);
        for (let i = 0, p = (into + lane) | 0; i < width; i++, p = (p + LANES) | 0) {
          const from = i < margin ? i - margin + length : i - margin;
          target[p] = re[from] ?? 0;
          target[p + 1] = im[from] ?? 0;
        }
      }
    }
  };
}

function clearLanes(target: Float32Array, into: number, width: number, lane: number): void {
  for (let i = 0, p = (into + lane) | 0; i < width; i++, p = (p + LANES) | 0) {
    target[p] = 0;
    target[p + 1] = 0;
  }
}
