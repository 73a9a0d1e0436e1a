import { makeFft, nextPowerOfTwo } from "../numerics/fft.js";
import { LANES, makeSlab } from "../slab/slab.js";
import { circularMask } from "../stages/circular-mask.js";
import { makeReconstructor } from "../stages/reconstructor.js";

/** One sinogram, `[angle][column]`, attenuation. */
export interface Sinogram {
  readonly values: Float32Array;
  readonly columns: number;
  readonly anglesRadians: Float64Array;
}

/**
 * A smaller copy, enough to score an axis: `columns / factor` wide, of at most `mostAngles` angles of one half turn. Over a full turn a
 * wrong axis only blurs the slice, which makes it less negative, not more.
 */
export function reduceSinogram(sinogram: Sinogram, factor: number, mostAngles: number): Sinogram {
  const { anglesRadians } = sinogram;
  const first = anglesRadians.reduce((least, angle) => Math.min(least, angle), Infinity);
  const halfTurn = Array.from(anglesRadians.keys()).filter(
    (i) => (anglesRadians[i] ?? 0) < first + Math.PI - 1e-6,
  );
  const stride = Math.max(1, Math.ceil(halfTurn.length / mostAngles));
  const angles = halfTurn.filter((_, i) => i % stride === 0);
  const columns = Math.floor(sinogram.columns / factor);
  const values = new Float32Array(angles.length * columns);
  for (const [i, angle] of angles.entries()) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      const from = angle * sinogram.columns + column * factor;
      for (let k = 0; k < factor; k++) sum += sinogram.values[from + k] ?? 0;
      values[i * columns + column] = sum / factor;
    }
  }
  return { values, columns, anglesRadians: Float64Array.from(angles, (angle) => anglesRadians[angle] ?? 0) };
}

/** Column of an axis after binning, and back. (Both count from the centre of pixel 0.) */
export function toBinned(centre: number, factor: number): number {
  return (centre - (factor - 1) / 2) / factor;
}
export function fromBinned(centre: number, factor: number): number {
  return centre * factor + (factor - 1) / 2;
}

/**
 * How negative the slice is for each axis tried: the sum of its values below zero, relative to the sum of all absolute values. Attenuation is not
 * negative; a wrong axis draws arcs that are. (T. Donath et al., J. Opt. Soc. Am. A 23, 1048 (2006), whose criterion this is.)
 *
 * Eight axes are tried at once, one per lane of a slab: lane k holds the sinogram shifted (in Fourier space, so that no shift blurs
 * more than another) by what its axis differs from the first.
 */
export function scoreNegativity(sinogram: Sinogram, centres: readonly number[]): number[] {
  const scores: number[] = [];
  for (let i = 0; i < centres.length; i += LANES)
    scores.push(...scoreEight(sinogram, centres.slice(i, i + LANES)));
  return scores;
}

function scoreEight({ values, columns, anglesRadians }: Sinogram, centres: readonly number[]): number[] {
  const [reference = 0] = centres;
  const length = nextPowerOfTwo(2 * columns);
  const fft = makeFft(length);
  const slab = makeSlab(anglesRadians.length, columns, centres.length);
  const spectrumRe = new Float64Array(length);
  const spectrumIm = new Float64Array(length);
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  // The ends are brought together over the padding: a jump there would ring all over the row when it is shifted.
  const pad = length - columns;
  const shifts = centres.map((centre) => shiftTable(centre - reference, length));
  for (let angle = 0; angle < anglesRadians.length; angle++) {
    const left = values[angle * columns] ?? 0;
    const right = values[(angle + 1) * columns - 1] ?? 0;
    spectrumIm.fill(0);
    for (let i = 0; i < columns; i++) spectrumRe[i] = values[angle * columns + i] ?? 0;
    for (let i = 0; i < pad; i++) spectrumRe[columns + i] = right + ((left - right) * (i + 0.5)) / pad;
    fft(spectrumRe, spectrumIm);
    for (const [lane, { cosines, sines }] of shifts.entries()) {
      for (let k = 0; k < length; k++) {
        const cos = cosines[k] ?? 0;
        const sin = sines[k] ?? 0;
        re[k] = (spectrumRe[k] ?? 0) * cos - (spectrumIm[k] ?? 0) * sin;
        im[k] = (spectrumRe[k] ?? 0) * sin + (spectrumIm[k] ?? 0) * cos;
      }
      fft(im, re);
      for (let i = 0, p = (angle * columns * LANES + lane) | 0; i < columns; i++, p = (p + LANES) | 0) {
        slab.values[p] = (re[i] ?? 0) / length;
      }
    }
  }
  const image = makeReconstructor({
    columns,
    anglesRadians,
    centre: reference,
    maskRatio: 0.95,
    padding: "edge",
    method: "fbp",
  }).reconstruct(slab);
  const bounds = circularMask(columns, 0.9);
  return centres.map((_, lane) => {
    let negative = 0;
    let absolute = 0;
    for (let row = 0; row < columns; row++) {
      for (let column = bounds.start[row] ?? 0; column < (bounds.end[row] ?? 0); column++) {
        const value = image[(row * columns + column) * LANES + lane] ?? 0;
        absolute += Math.abs(value);
        if (value < 0) negative -= value;
      }
    }
    return absolute === 0 ? 0 : negative / absolute;
  });
}

/** Factors that shift a row to the left by `pixels`, for each frequency. */
function shiftTable(pixels: number, length: number): { cosines: Float64Array; sines: Float64Array } {
  const cosines = new Float64Array(length);
  const sines = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    const turn = (2 * Math.PI * pixels * (k < length / 2 ? k : k - length)) / length;
    cosines[k] = Math.cos(turn);
    // The highest frequency has no sign: what is left of it must stay real.
    sines[k] = k === length / 2 ? 0 : Math.sin(turn);
  }
  return { cosines, sines };
}

/** The axis with the least negativity within `centre ± halfWidth`, found from coarse to fine; the last step is a parabola. */
export function searchNegativity(
  sinograms: readonly Sinogram[],
  centre: number,
  halfWidth: number,
  finest: number,
): { readonly centre: number; readonly atEdge: boolean } {
  let middle = centre;
  let step = Math.max(finest, (2 * halfWidth) / (LANES - 1));
  let atEdge = false;
  for (;;) {
    const candidates = Array.from({ length: LANES }, (_, i) => middle + (i - (LANES - 1) / 2) * step);
    const perSinogram = sinograms.map((sinogram) => scoreNegativity(sinogram, candidates));
    const scores = candidates.map((_, i) => perSinogram.reduce((sum, row) => sum + (row[i] ?? 0), 0));
    const best = scores.indexOf(Math.min(...scores));
    atEdge ||= step * LANES > halfWidth && (best === 0 || best === LANES - 1);
    const [low = 0, mid = 0, high = 0] = [scores[best - 1], scores[best], scores[best + 1]];
    const isInside = best > 0 && best < LANES - 1;
    const curvature = low - 2 * mid + high;
    middle =
      (candidates[best] ?? middle) +
      (isInside && curvature > 0 ? (step * (low - high)) / (2 * curvature) : 0);
    if (step <= finest * 1.001) return { centre: middle, atEdge };
    step = Math.max(finest, step / 3);
  }
}
