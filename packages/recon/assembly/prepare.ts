// From counts to attenuation, and from interleaved pictures to single ones. Twins: src/stages/normalise.ts, minus-log.ts, ring-removal.ts, src/slab/slab.ts.
import { SAMPLE } from "./fft";

/** Four rows of four columns each, to be stored as four columns of four rows. */
class Square {
  /** Stores the columns `stride` bytes apart. */
  @inline
  static storeTransposed(to: usize, stride: usize, a: v128, b: v128, c: v128, d: v128): void {
    const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
    v128.store(to + stride, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7));
    v128.store(to + 2 * stride, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5));
    v128.store(to + 3 * stride, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7));
  }
}

class Counts {
  /** Four neighbouring samples of a row as float32. */
  @inline
  static load(samples: usize, column: usize, is16Bit: bool): v128 {
    return is16Bit
      ? f32x4.convert_i32x4_u(v128.load16x4_u(samples + column * 2))
      : v128.load(samples + column * 4);
  }
}

/**
 * Transmission of eight detector rows of one projection, interleaved: (samples - dark) · gain · factor.
 * Tells whether any value is NaN or infinite.
 *
 * @param samples - eight rows of `pitch` samples, 16-bit unsigned or float32; `dark` and `gain` likewise, float32.
 * @param pitch - a multiple of 4, not below `columns`. Up to three samples beyond the row of the slab are written, too.
 */
export function normaliseRow(
  samples: usize,
  is16Bit: bool,
  columns: i32,
  pitch: i32,
  dark: usize,
  gain: usize,
  factor: f32,
  to: usize,
): bool {
  const sampleRow = (pitch as usize) * (is16Bit ? 2 : 4);
  const row = (pitch as usize) * 4;
  const factors = f32x4.splat(factor);
  let odd = f32x4.splat(0);
  for (let half: usize = 0; half < 2; half++) {
    const firstSamples = samples + half * 4 * sampleRow;
    const firstDark = dark + half * 4 * row;
    const firstGain = gain + half * 4 * row;
    let out = to + half * 16;
    for (let column: usize = 0; column < (columns as usize); column += 4) {
      const at = column * 4;
      const d = firstDark + at;
      const g = firstGain + at;
      let a = f32x4.sub(Counts.load(firstSamples, column, is16Bit), v128.load(d));
      let b = f32x4.sub(Counts.load(firstSamples + sampleRow, column, is16Bit), v128.load(d + row));
      let c = f32x4.sub(Counts.load(firstSamples + 2 * sampleRow, column, is16Bit), v128.load(d + 2 * row));
      let e = f32x4.sub(Counts.load(firstSamples + 3 * sampleRow, column, is16Bit), v128.load(d + 3 * row));
      a = f32x4.mul(f32x4.mul(a, v128.load(g)), factors);
      b = f32x4.mul(f32x4.mul(b, v128.load(g + row)), factors);
      c = f32x4.mul(f32x4.mul(c, v128.load(g + 2 * row)), factors);
      e = f32x4.mul(f32x4.mul(e, v128.load(g + 3 * row)), factors);
      // NaN and infinity are what is not 0 when taken from itself; it adds up to NaN.
      odd = f32x4.add(odd, f32x4.add(f32x4.sub(a, a), f32x4.sub(b, b)));
      odd = f32x4.add(odd, f32x4.add(f32x4.sub(c, c), f32x4.sub(e, e)));
      Square.storeTransposed(out, SAMPLE, a, b, c, e);
      out += 4 * SAMPLE;
    }
  }
  return v128.any_true(f32x4.ne(odd, odd));
}

/**
 * Factors of the polynomial for the logarithm of 1 + z, the highest power first, then √2, ½, 1 and ln 2 in two parts. They are loaded where they are used: a
 * vector constant in the code is put together anew each time that a loop comes by (V8 11.3), which made it a sixth slower.
 */
const LOGARITHM = memory.data<f32>([
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, 1.41421356, 0.5, 1, -2.1219444e-4, 0.693359375,
]);

class Logarithm {
  /**
   * Natural logarithm of four positive numbers, within 3e-7 of it or of one unit in the last place: exponent and mantissa apart, of the mantissa (√½ to √2)
   * the polynomial of S. L. Moshier's Cephes, `logf`.
   */
  @inline
  static of(x: v128): v128 {
    const exponent = i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127));
    const one = v128.load32_splat(LOGARITHM, 44);
    const mantissa = v128.or(v128.and(x, i32x4.splat(0x7fffff)), one);
    const isLarge = f32x4.gt(mantissa, v128.load32_splat(LOGARITHM, 36));
    const half = v128.load32_splat(LOGARITHM, 40);
    const halved = v128.bitselect(f32x4.mul(mantissa, half), mantissa, isLarge);
    const z = f32x4.sub(halved, one);
    const power = f32x4.convert_i32x4_s(i32x4.sub(exponent, isLarge));
    let p = v128.load32_splat(LOGARITHM);
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 4));
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 8));
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 12));
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 16));
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 20));
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 24));
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 28));
    p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(LOGARITHM, 32));
    const square = f32x4.mul(z, z);
    const curve = f32x4.sub(f32x4.mul(f32x4.mul(p, z), square), f32x4.mul(half, square));
    // ln 2 in two parts, so that nothing of the larger one is rounded off.
    const small = f32x4.add(f32x4.mul(power, v128.load32_splat(LOGARITHM, 48)), curve);
    return f32x4.add(f32x4.add(z, small), f32x4.mul(power, v128.load32_splat(LOGARITHM, 52)));
  }
}

/**
 * -ln of some samples, in place; what is not above `floor` is taken as `floor`, and counted by lane.
 *
 * @param mask - eight int32: all bits in the lanes that carry a row, none in the others, which stay 0.
 * @param counts - eight int32, to which the number of values cut is added.
 */
export function minusLog(values: usize, samples: i32, floor: f32, mask: usize, counts: usize): void {
  const floors = f32x4.splat(floor);
  for (let half: usize = 0; half < SAMPLE; half += 16) {
    const lanes = v128.load(mask + half);
    let cut = v128.load(counts + half);
    const end = values + (samples as usize) * SAMPLE;
    for (let at = values + half; at < end; at += SAMPLE) {
      const value = v128.load(at);
      const isAbove = f32x4.gt(value, floors);
      // True is -1.
      cut = i32x4.sub(cut, v128.andnot(lanes, isAbove));
      const attenuation = f32x4.neg(Logarithm.of(v128.bitselect(value, floors, isAbove)));
      v128.store(at, v128.and(lanes, attenuation));
    }
    v128.store(counts + half, cut);
  }
}

/** Adds up some rows of a slab, column by column, in `sums` (one row, cleared first). */
export function sumRows(rows: usize, count: i32, columns: i32, sums: usize): void {
  const bytes = (columns as usize) * SAMPLE;
  memory.fill(sums, 0, bytes);
  for (let row = rows; row < rows + (count as usize) * bytes; row += bytes) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.load(row + at)));
    }
  }
}

/** Takes one row from each of some rows of a slab. */
export function subtractRow(rows: usize, count: i32, columns: i32, row: usize): void {
  const bytes = (columns as usize) * SAMPLE;
  for (let to = rows; to < rows + (count as usize) * bytes; to += bytes) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(to + at, f32x4.sub(v128.load(to + at), v128.load(row + at)));
    }
  }
}

/**
 * Takes some samples of eight interleaved pictures apart, each times `scale`.
 *
 * @param planeBytes - from one picture to the next.
 * @param extremes - eight float32 of the least, then eight of the greatest values of each picture: widened by these samples.
 */
export function splitPictures(
  values: usize,
  samples: i32,
  scale: f32,
  to: usize,
  planeBytes: usize,
  extremes: usize,
): void {
  const factor = f32x4.splat(scale);
  const whole = samples & ~3;
  for (let half: usize = 0; half < 2; half++) {
    const from = values + half * 16;
    const plane = to + half * 4 * planeBytes;
    const extreme = extremes + half * 16;
    let least = v128.load(extreme);
    let greatest = v128.load(extreme, SAMPLE);
    for (let i: usize = 0; i < (whole as usize); i += 4) {
      const at = from + i * SAMPLE;
      const a = f32x4.mul(factor, v128.load(at));
      const b = f32x4.mul(factor, v128.load(at, 32));
      const c = f32x4.mul(factor, v128.load(at, 64));
      const d = f32x4.mul(factor, v128.load(at, 96));
      least = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(least, a), b), c), d);
      greatest = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(greatest, a), b), c), d);
      Square.storeTransposed(plane + i * 4, planeBytes, a, b, c, d);
    }
    for (let i = whole; i < samples; i++) {
      const a = f32x4.mul(factor, v128.load(from + (i as usize) * SAMPLE));
      least = f32x4.pmin(least, a);
      greatest = f32x4.pmax(greatest, a);
      const single = plane + (i as usize) * 4;
      store<f32>(single, f32x4.extract_lane(a, 0));
      store<f32>(single + planeBytes, f32x4.extract_lane(a, 1));
      store<f32>(single + 2 * planeBytes, f32x4.extract_lane(a, 2));
      store<f32>(single + 3 * planeBytes, f32x4.extract_lane(a, 3));
    }
    v128.store(extreme, least);
    v128.store(extreme, greatest, SAMPLE);
  }
}
