// Forward projection of eight slices at once, its exact transpose, and the small steps of iterative methods. Twin: src/stages/iterative/plain-steps.ts.
import { SAMPLE } from "./fft";

/** Positions along a line are fixed-point numbers with this many bits behind the point. */
const BITS = 20;
const FRACTION = (1 << BITS) - 1;
const UNIT: f64 = 1048576;
/** Detector samples before the position is computed anew: over so few the fixed-point steps are off by no more than 1e-4 of a pixel. */
const RUN = 128;

/** A ray's way through a picture, float64 each. It meets line n at start + n · slope + d · step for detector sample d. */
@unmanaged
export class Path {
  start: f64;
  slope: f64;
  step: f64;
  /** Length of the ray from one line to the next. */
  length: f64;
  /** Row of the slab. */
  row: f64;
}

/** The detector samples whose rays meet a line between its first and its last pixel. */
class Reach {
  @inline
  static first(start: f64, step: f64, pitch: i32): i32 {
    const last: f64 = ((pitch - 1) as f64) - EDGE;
    return max(0, ceil(step > 0 ? (EDGE - start) / step : (last - start) / step) as i32);
  }
  @inline
  static last(start: f64, step: f64, pitch: i32, columns: i32): i32 {
    const last: f64 = ((pitch - 1) as f64) - EDGE;
    return min(columns - 1, floor(step > 0 ? (last - start) / step : (EDGE - start) / step) as i32);
  }
}

/** Lines have an empty pixel at either end, so that what is cut off here weighs nothing. */
const EDGE: f64 = 0.001;

/**
 * Adds what some lines of a picture contribute to the projections along some paths, with linear interpolation (P. M. Joseph, IEEE Trans. Med. Imaging 1, 192
 * (1982)). A few lines and many paths per call: the lines stay in the cache.
 */
export function projectLines(
  lines: usize,
  pitch: i32,
  firstLine: i32,
  lastLine: i32,
  paths: usize,
  count: i32,
  slab: usize,
  columns: i32,
): void {
  for (let i: usize = 0; i < (count as usize); i++) {
    const path = changetype<Path>(paths + i * offsetof<Path>());
    const row = slab + (path.row as usize) * (columns as usize) * SAMPLE;
    const stride = nearest(path.step * UNIT) as i32;
    const length = f32x4.splat(path.length as f32);
    const unit = f32x4.splat((1 / UNIT) as f32);
    for (let line = firstLine; line < lastLine; line++) {
      const start = path.start + (line as f64) * path.slope;
      const last = Reach.last(start, path.step, pitch, columns);
      const pixels = lines + ((line * pitch) as usize) * SAMPLE;
      for (let first = Reach.first(start, path.step, pitch); first <= last; first += RUN) {
        let position = start + (first as f64) * path.step;
        let base = (floor(position) as i32) - (stride < 0 ? 2 * RUN : 0);
        let at = nearest((position - (base as f64)) * UNIT) as i32;
        const origin = pixels + (base as usize) * SAMPLE;
        let to = row + (first as usize) * SAMPLE;
        const end = row + ((min(last, first + RUN - 1) + 1) as usize) * SAMPLE;
        do {
          const pixel = origin + ((at >> (BITS - 5)) & -32);
          const share = f32x4.mul(unit, f32x4.splat((at & FRACTION) as f32));
          const a = v128.load(pixel);
          const b = v128.load(pixel, 16);
          const valueA = f32x4.add(a, f32x4.mul(share, f32x4.sub(v128.load(pixel, 32), a)));
          const valueB = f32x4.add(b, f32x4.mul(share, f32x4.sub(v128.load(pixel, 48), b)));
          v128.store(to, f32x4.add(v128.load(to), f32x4.mul(length, valueA)));
          v128.store(to, f32x4.add(v128.load(to, 16), f32x4.mul(length, valueB)), 16);
          at += stride;
          to += SAMPLE;
        } while (to < end);
      }
    }
  }
}

/** The transpose of `projectLines`: adds to some lines of a picture what projections along some paths throw back. */
export function spreadLines(
  lines: usize,
  pitch: i32,
  firstLine: i32,
  lastLine: i32,
  paths: usize,
  count: i32,
  slab: usize,
  columns: i32,
): void {
  for (let i: usize = 0; i < (count as usize); i++) {
    const path = changetype<Path>(paths + i * offsetof<Path>());
    const row = slab + (path.row as usize) * (columns as usize) * SAMPLE;
    const stride = nearest(path.step * UNIT) as i32;
    const length = f32x4.splat(path.length as f32);
    const unit = f32x4.splat((1 / UNIT) as f32);
    for (let line = firstLine; line < lastLine; line++) {
      const start = path.start + (line as f64) * path.slope;
      const last = Reach.last(start, path.step, pitch, columns);
      const pixels = lines + ((line * pitch) as usize) * SAMPLE;
      for (let first = Reach.first(start, path.step, pitch); first <= last; first += RUN) {
        let position = start + (first as f64) * path.step;
        let base = (floor(position) as i32) - (stride < 0 ? 2 * RUN : 0);
        let at = nearest((position - (base as f64)) * UNIT) as i32;
        const origin = pixels + (base as usize) * SAMPLE;
        let from = row + (first as usize) * SAMPLE;
        const end = row + ((min(last, first + RUN - 1) + 1) as usize) * SAMPLE;
        do {
          const pixel = origin + ((at >> (BITS - 5)) & -32);
          const share = f32x4.mul(unit, f32x4.splat((at & FRACTION) as f32));
          const a = f32x4.mul(length, v128.load(from));
          const b = f32x4.mul(length, v128.load(from, 16));
          const rightA = f32x4.mul(share, a);
          const rightB = f32x4.mul(share, b);
          v128.store(pixel, f32x4.add(v128.load(pixel), f32x4.sub(a, rightA)));
          v128.store(pixel, f32x4.add(v128.load(pixel, 16), f32x4.sub(b, rightB)), 16);
          v128.store(pixel, f32x4.add(v128.load(pixel, 32), rightA), 32);
          v128.store(pixel, f32x4.add(v128.load(pixel, 48), rightB), 48);
          at += stride;
          from += SAMPLE;
        } while (from < end);
      }
    }
  }
}

/** Mirrors some lines of a picture about its diagonal, the empty pixels at their ends left out; in squares that stay in the cache. */
export function mirrorLines(from: usize, to: usize, size: i32, firstLine: i32, lastLine: i32): void {
  const pitch = size + 2;
  for (let left = 0; left < size; left += 16) {
    const right = min(size, left + 16);
    for (let line = firstLine; line < lastLine; line++) {
      for (let column = left; column < right; column++) {
        const source = from + ((line * pitch + column + 1) as usize) * SAMPLE;
        const target = to + ((column * pitch + line + 1) as usize) * SAMPLE;
        v128.store(target, v128.load(source));
        v128.store(target, v128.load(source, 16), 16);
      }
    }
  }
}

/** projected = weight · (measured - projected), one weight for each sample. */
export function weighResidual(projected: usize, measured: usize, weights: usize, samples: i32): void {
  for (let i: usize = 0; i < (samples as usize); i++) {
    const weight = v128.load32_splat(weights + i * 4);
    const to = projected + i * SAMPLE;
    const from = measured + i * SAMPLE;
    v128.store(to, f32x4.mul(weight, f32x4.sub(v128.load(from), v128.load(to))));
    v128.store(to, f32x4.mul(weight, f32x4.sub(v128.load(from, 16), v128.load(to, 16))), 16);
  }
}

/** picture = max(lowest, picture + weight · change), one weight for each pixel. */
export function addWeighted(picture: usize, change: usize, weights: usize, lowest: f32, samples: i32): void {
  const least = f32x4.splat(lowest);
  for (let i: usize = 0; i < (samples as usize); i++) {
    const weight = v128.load32_splat(weights + i * 4);
    const to = picture + i * SAMPLE;
    const from = change + i * SAMPLE;
    v128.store(to, f32x4.max(least, f32x4.add(v128.load(to), f32x4.mul(weight, v128.load(from)))));
    v128.store(
      to,
      f32x4.max(least, f32x4.add(v128.load(to, 16), f32x4.mul(weight, v128.load(from, 16)))),
      16,
    );
  }
}

/** to = scale · to + factor · from, with eight float32 of `scale`, then eight of `factor`: one for each lane. */
export function combine(to: usize, from: usize, factors: usize, samples: i32): void {
  for (let half: usize = 0; half < SAMPLE; half += 16) {
    const scale = v128.load(factors + half);
    const factor = v128.load(factors + half, SAMPLE);
    for (let at: usize = half; at < (samples as usize) * SAMPLE; at += SAMPLE) {
      const sum = f32x4.add(f32x4.mul(scale, v128.load(to + at)), f32x4.mul(factor, v128.load(from + at)));
      v128.store(to + at, sum);
    }
  }
}

/** Sum of squares of some samples by lane: eight float32. */
export function sumSquares(values: usize, samples: i32, sums: usize): void {
  for (let half: usize = 0; half < SAMPLE; half += 16) {
    let sum = f32x4.splat(0);
    for (let at = values + half; at < values + (samples as usize) * SAMPLE; at += SAMPLE) {
      const value = v128.load(at);
      sum = f32x4.add(sum, f32x4.mul(value, value));
    }
    v128.store(sums + half, sum);
  }
}
