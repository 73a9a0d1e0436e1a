import { makeFft, nextPowerOfTwo } from "../numerics/fft.js";
import { median, quantile } from "../numerics/median.js";

/** Rows of one view and the same rows of the opposite view, attenuation, each `columns` long. */
export interface OppositeRows {
  readonly row: Float32Array;
  readonly opposite: Float32Array;
}

/** What registration found. */
export interface Registration {
  readonly centre: number;
  /** Half the distance between the 10th and the 90th percentile of groups of rows, in pixels: how sure it is. */
  readonly spread: number;
}

/** Width of the smoothing before rows are compared, in pixels: below it is noise, above it all of the object. */
const SMOOTHING = 2.5;
const GROUPS = 8;

/**
 * Finds the axis from opposite views: mirrored at the axis they are the same, p(θ)[c + u] = p(θ + π)[c - u].
 *
 * Rows are compared by the correlation of their smoothed slopes, so that a beam that has changed between the two views, which adds a
 * constant, makes no difference; summed over groups of rows; and the peak is placed between pixels by a parabola.
 *
 * @returns null if no row has any structure.
 */
export function registerOpposite(pairs: readonly OppositeRows[], columns: number): Registration | null {
  if (pairs.length === 0) return null;
  const length = nextPowerOfTwo(2 * columns);
  const fft = makeFft(length);
  const correlations = pairs.map((pair) => correlate(pair, columns, length, fft));
  const energy = correlations.reduce((sum, correlation) => sum + correlation.energy, 0);
  const total = sumOf(
    correlations.map(({ values }) => values),
    length,
  );
  const centre = findPeak(total, columns);
  if (energy === 0 || centre === null) return null;
  // Groups of about the same structure: rows without object would only add noise of their own.
  const groups = Math.min(GROUPS, pairs.length);
  const sorted = [...correlations].sort((a, b) => b.energy - a.energy);
  const centres: number[] = [];
  for (let group = 0; group < groups; group++) {
    const own = sorted.filter((_, i) => i % groups === group).map(({ values }) => values);
    const peak = findPeak(sumOf(own, length), columns);
    if (peak !== null) centres.push(peak);
  }
  if (centres.length < 2) return { centre, spread: Infinity };
  return {
    centre: Math.abs(median(centres) - centre) < 1 ? median(centres) : centre,
    spread: (quantile(centres, 0.9) - quantile(centres, 0.1)) / 2,
  };
}

function sumOf(rows: readonly Float64Array[], length: number): Float64Array {
  const sum = new Float64Array(length);
  for (const row of rows) for (let i = 0; i < length; i++) sum[i] = (sum[i] ?? 0) + (row[i] ?? 0);
  return sum;
}

/** Value s of the answer is how well the rows match if the axis is at s / 2. */
function correlate(
  { row, opposite }: OppositeRows,
  columns: number,
  length: number,
  fft: ReturnType<typeof makeFft>,
): { readonly values: Float64Array; readonly energy: number } {
  // Real and imaginary parts carry one row each; the product of their spectra is that of their convolution,
  // and the slope of a mirrored row has the opposite sign.
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  const slopeA = slope(row, columns);
  const slopeB = slope(opposite, columns);
  re.set(slopeA);
  im.set(slopeB);
  fft(re, im);
  const productRe = new Float64Array(length);
  const productIm = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    const m = (length - k) % length;
    const ar = ((re[k] ?? 0) + (re[m] ?? 0)) / 2;
    const ai = ((im[k] ?? 0) - (im[m] ?? 0)) / 2;
    const br = ((im[k] ?? 0) + (im[m] ?? 0)) / 2;
    const bi = ((re[m] ?? 0) - (re[k] ?? 0)) / 2;
    productRe[k] = -(ar * br - ai * bi);
    productIm[k] = -(ar * bi + ai * br);
  }
  fft(productIm, productRe);
  let energy = 0;
  for (let i = 0; i < columns; i++) energy += (slopeA[i] ?? 0) ** 2 + (slopeB[i] ?? 0) ** 2;
  return { values: productRe, energy };
}

/** Slope of a row smoothed by a Gaussian. Beyond its ends the row goes on as it ends: the object may reach close to them. */
function slope(row: Float32Array, columns: number): Float64Array {
  const reach = Math.ceil(3 * SMOOTHING);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const x = i - reach;
    return -x * Math.exp(-(x * x) / (2 * SMOOTHING * SMOOTHING));
  });
  const out = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let i = -reach; i <= reach; i++) {
      const from = Math.min(columns - 1, Math.max(0, column - i));
      sum += (kernel[i + reach] ?? 0) * (row[from] ?? 0);
    }
    out[column] = sum;
  }
  return out;
}

/** Highest point between a quarter and three quarters of the detector, as a column. */
function findPeak(values: Float64Array, columns: number): number | null {
  let best = -1;
  let height = 0;
  for (let s = Math.ceil(columns / 2); s <= Math.floor(1.5 * columns); s++) {
    const value = values[s] ?? 0;
    if (value > height) [best, height] = [s, value];
  }
  if (best < 0) return null;
  const left = values[best - 1] ?? 0;
  const right = values[best + 1] ?? 0;
  const curvature = left - 2 * height + right;
  const shift = curvature < 0 ? (left - right) / (2 * curvature) : 0;
  return (best + Math.max(-1, Math.min(1, shift))) / 2;
}
