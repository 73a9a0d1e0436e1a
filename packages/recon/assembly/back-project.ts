// Filtered back-projection of eight slices at once. Twin: src/stages/fbp/back-project.ts.
import { IMAGINARY, SAMPLE } from "./fft";
import { RampFilter, rampFilterRow } from "./ramp-filter";

/** A sample of a row with the way to its right neighbour: eight values, then eight slopes. */
const PAIR: usize = 2 * SAMPLE;
/** Coordinates are fixed-point numbers with this many bits behind the point, so slopes are per 2^-20 of a column. */
const BITS = 20;
const FRACTION = (1 << BITS) - 1;
const UNIT: f64 = 1048576;
/**
 * Width and height of the tiles in which the picture is walked: 64 rows of it, and what an angle throws on it, stay in the cache; and over so few
 * pixels the fixed-point steps are off by no more than 1e-4 of a column.
 */
const TILE = 64;

/** Sizes in samples, places in bytes; written by src/stages/fbp/fbp-simd.ts, field by field in this order. */
@unmanaged
export class BackProjection {
  /** Columns of the detector, and width and height of the picture. */
  columns: i32;
  /** Samples of a row of pairs; the first `before` ones lie before the detector. */
  width: i32;
  before: i32;
  filter: RampFilter;
  /** Rows of pairs, for a block of rays. */
  pairs: usize;
  /** Two int32 for each row of the picture: its first and one-past-last column. */
  bounds: usize;
  image: usize;
}

/** What is known of a ray, float64 each. */
@unmanaged
export class Direction {
  cosine: f64;
  sine: f64;
  /** Sample of a row of pairs onto which the axis projects. */
  axis: f64;
  weight: f64;
}

/** Filters some rows of a slab into pairs. */
export function filterPairs(
  plan: BackProjection,
  rows: usize,
  directions: usize,
  pairs: usize,
  count: i32,
): void {
  const length = plan.filter.length;
  const unit = f32x4.splat((1 / UNIT) as f32);
  let to = pairs;
  for (let i: usize = 0; i < (count as usize); i++) {
    const circle = rampFilterRow(plan.filter, rows + i * (plan.columns as usize) * SAMPLE);
    const weight = f32x4.splat(changetype<Direction>(directions + i * offsetof<Direction>()).weight as f32);
    let index = plan.before == 0 ? 0 : length - plan.before;
    let from = circle + (index as usize) * SAMPLE;
    // The filter leaves the slices 4 to 7 in front.
    let first = f32x4.mul(weight, v128.load(from, IMAGINARY));
    let second = f32x4.mul(weight, v128.load(from));
    for (let column = 0; column < plan.width; column++) {
      index = index + 1 == length ? 0 : index + 1;
      from = circle + (index as usize) * SAMPLE;
      const nextFirst = f32x4.mul(weight, v128.load(from, IMAGINARY));
      const nextSecond = f32x4.mul(weight, v128.load(from));
      v128.store(to, first);
      v128.store(to, second, 16);
      v128.store(to, f32x4.mul(unit, f32x4.sub(nextFirst, first)), 32);
      v128.store(to, f32x4.mul(unit, f32x4.sub(nextSecond, second)), 48);
      first = nextFirst;
      second = nextSecond;
      to += PAIR;
    }
  }
}

class FixedPoint {
  /** The sample left of all that a tile needs of a ray; a thousandth of a column makes room for the rounding of steps. */
  @inline
  static base(coordinate: f64, cosine: f64, sine: f64): f64 {
    const last: f64 = TILE - 1;
    return floor(coordinate + min(0, last * cosine) + min(0, -last * sine) - 0.001);
  }
  @inline
  static of(value: f64): i32 {
    return nearest(value * UNIT) as i32;
  }
}

/**
 * Adds what an even number of rays throws onto some rows of the picture, with linear interpolation.
 *
 * Two rays at a time: then what is loaded of the picture serves two, and all that the innermost loop needs still fits into registers (four rays
 * do not). Its set-up is in integers throughout: with conversions of floating-point numbers there the same loop takes twice as long.
 *
 * @param firstRow - a multiple of 64.
 */
export function backProject(
  plan: BackProjection,
  directions: usize,
  count: i32,
  firstRow: i32,
  lastRow: i32,
): void {
  const size = plan.columns;
  const middle = ((size - 1) as f64) / 2;
  const rowBytes = (plan.width as usize) * PAIR;
  for (let top = firstRow; top < lastRow; top += TILE) {
    const bottom = min(top + TILE, lastRow);
    for (let left = 0; left < size; left += TILE) {
      const right = min(left + TILE, size);
      const x = (left as f64) - middle;
      const y = middle - (top as f64);
      for (let i: usize = 0; i < (count as usize); i += 2) {
        const one = changetype<Direction>(directions + i * offsetof<Direction>());
        const two = changetype<Direction>(directions + (i + 1) * offsetof<Direction>());
        const t1 = x * one.cosine + y * one.sine + one.axis;
        const t2 = x * two.cosine + y * two.sine + two.axis;
        const base1 = FixedPoint.base(t1, one.cosine, one.sine);
        const base2 = FixedPoint.base(t2, two.cosine, two.sine);
        const pairs1 = plan.pairs + i * rowBytes + (base1 as i32 as usize) * PAIR;
        const pairs2 = plan.pairs + (i + 1) * rowBytes + (base2 as i32 as usize) * PAIR;
        const step1 = FixedPoint.of(one.cosine);
        const step2 = FixedPoint.of(two.cosine);
        const down1 = FixedPoint.of(one.sine);
        const down2 = FixedPoint.of(two.sine);
        let line1 = FixedPoint.of(t1 - base1);
        let line2 = FixedPoint.of(t2 - base2);
        for (let row = top; row < bottom; row++) {
          const start = max(load<i32>(plan.bounds + (row as usize) * 8), left);
          const end = min(load<i32>(plan.bounds + (row as usize) * 8, 4), right);
          if (start < end) {
            let at1 = line1 + (start - left) * step1;
            let at2 = line2 + (start - left) * step2;
            let pixel = plan.image + ((row * size + start) as usize) * SAMPLE;
            const stop = plan.image + ((row * size + end) as usize) * SAMPLE;
            do {
              let first = v128.load(pixel);
              let second = v128.load(pixel, 16);
              // (at >> 20) samples of 64 bytes.
              let pair = pairs1 + ((at1 >> (BITS - 6)) & -64);
              let fraction = f32x4.splat((at1 & FRACTION) as f32);
              first = f32x4.add(first, f32x4.add(v128.load(pair), f32x4.mul(fraction, v128.load(pair, 32))));
              second = f32x4.add(
                second,
                f32x4.add(v128.load(pair, 16), f32x4.mul(fraction, v128.load(pair, 48))),
              );
              pair = pairs2 + ((at2 >> (BITS - 6)) & -64);
              fraction = f32x4.splat((at2 & FRACTION) as f32);
              first = f32x4.add(first, f32x4.add(v128.load(pair), f32x4.mul(fraction, v128.load(pair, 32))));
              second = f32x4.add(
                second,
                f32x4.add(v128.load(pair, 16), f32x4.mul(fraction, v128.load(pair, 48))),
              );
              v128.store(pixel, first);
              v128.store(pixel, second, 16);
              at1 += step1;
              at2 += step2;
              pixel += SAMPLE;
            } while (pixel < stop);
          }
          line1 -= down1;
          line2 -= down2;
        }
      }
    }
  }
}
