// Stripes taken out of eight sinograms at once by sorting. Twin, and what it is for: src/stages/stripe-sorting.ts.
import { SAMPLE } from "./fft";

/** Digits of a radix sort: 11, 11 and 10 bits. */
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const DIGIT = DIGITS - 1;
const HISTOGRAM: usize = DIGITS * 4;
const LANES: usize = 8;

/** Sizes, and places in bytes; written by src/stages/stripe-sorting.ts, field by field in this order. */
@unmanaged
export class StripeSorting {
  angles: i32;
  columns: i32;
  /** Columns on either side of the one that the median is for. */
  reach: i32;
  /** Ring of 2 · reach + 2 sorted columns, `[rank][8]` float32, and of the angles that the values came from, 16-bit. */
  sorted: usize;
  orders: usize;
  /** For each rank 2 · reach + 1 samples: the values of the columns around, in ascending order lane by lane. */
  windows: usize;
  /** Two lists of keys and two of angles, and three histograms, for sorting one column of one lane. */
  keys: usize;
  otherKeys: usize;
  indices: usize;
  otherIndices: usize;
  histograms: usize;
}

/** Sorts the column of each lane into its place in the ring. */
function sortColumn(plan: StripeSorting, slab: usize, column: i32): void {
  const angles = plan.angles;
  const slot = (column % (2 * plan.reach + 2)) as usize;
  const sorted = plan.sorted + slot * (angles as usize) * SAMPLE;
  const orders = plan.orders + slot * (angles as usize) * (SAMPLE / 2);
  const stride = (plan.columns as usize) * SAMPLE;
  const low = plan.histograms;
  const middle = low + HISTOGRAM;
  const high = middle + HISTOGRAM;
  for (let lane: usize = 0; lane < LANES; lane++) {
    memory.fill(low, 0, 3 * HISTOGRAM);
    let from = slab + (column as usize) * SAMPLE + lane * 4;
    for (let i: usize = 0; i < (angles as usize); i++) {
      const bits = load<u32>(from);
      // As unsigned numbers in the order of the floats: negative ones have all bits turned, the others the sign only.
      const key = bits ^ ((((bits as i32) >> 31) as u32) | 0x80000000);
      store<u32>(plan.keys + i * 4, key);
      count(low, key & DIGIT);
      count(middle, (key >> DIGIT_BITS) & DIGIT);
      count(high, key >> (2 * DIGIT_BITS));
      from += stride;
    }
    addUp(low);
    addUp(middle);
    addUp(high);
    for (let i: usize = 0; i < (angles as usize); i++) {
      const key = load<u32>(plan.keys + i * 4);
      const rank = take(low, key & DIGIT);
      store<u32>(plan.otherKeys + rank * 4, key);
      store<u16>(plan.otherIndices + rank * 2, i as u16);
    }
    for (let i: usize = 0; i < (angles as usize); i++) {
      const key = load<u32>(plan.otherKeys + i * 4);
      const rank = take(middle, (key >> DIGIT_BITS) & DIGIT);
      store<u32>(plan.keys + rank * 4, key);
      store<u16>(plan.indices + rank * 2, load<u16>(plan.otherIndices + i * 2));
    }
    for (let i: usize = 0; i < (angles as usize); i++) {
      const key = load<u32>(plan.keys + i * 4);
      const rank = take(high, key >> (2 * DIGIT_BITS));
      const bits = key ^ (key >> 31 != 0 ? 0x80000000 : 0xffffffff);
      store<u32>(sorted + rank * SAMPLE + lane * 4, bits);
      store<u16>(orders + rank * (SAMPLE / 2) + lane * 2, load<u16>(plan.indices + i * 2));
    }
  }
}

function count(histogram: usize, digit: u32): void {
  const at = histogram + ((digit as usize) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

function addUp(histogram: usize): void {
  let sum: u32 = 0;
  for (let at = histogram; at < histogram + HISTOGRAM; at += 4) {
    const own = load<u32>(at);
    store<u32>(at, sum);
    sum += own;
  }
}

function take(histogram: usize, digit: u32): usize {
  const at = histogram + ((digit as usize) << 2);
  const rank = load<u32>(at);
  store<u32>(at, rank + 1);
  return rank as usize;
}

/** The place of a column in the ring; columns beyond the detector are those at its edge. */
function findSorted(plan: StripeSorting, column: i32): usize {
  const inside = min(max(column, 0), plan.columns - 1);
  return plan.sorted + ((inside % (2 * plan.reach + 2)) as usize) * (plan.angles as usize) * SAMPLE;
}

/** Sorts the first columns and fills the windows around the first one. */
export function startSorting(plan: StripeSorting, slab: usize): void {
  const reach = plan.reach;
  for (let column = 0; column <= min(reach, plan.columns - 1); column++) sortColumn(plan, slab, column);
  const windowBytes = ((2 * reach + 1) as usize) * SAMPLE;
  for (let i = 0; i <= 2 * reach; i++) {
    const values = findSorted(plan, i - reach);
    for (let rank: usize = 0; rank < (plan.angles as usize); rank++) {
      const window = plan.windows + rank * windowBytes;
      for (let half: usize = 0; half < SAMPLE; half += 16) {
        // Insertion: what is smaller stays, what is larger moves on.
        let value = v128.load(values + rank * SAMPLE + half);
        const end = window + (i as usize) * SAMPLE + half;
        for (let at = window + half; at < end; at += SAMPLE) {
          const other = v128.load(at);
          v128.store(at, f32x4.pmin(other, value));
          value = f32x4.pmax(other, value);
        }
        v128.store(end, value);
      }
    }
  }
}

/**
 * Puts the medians of some columns in the place of their values, in place.
 *
 * The window of a rank stays sorted as it moves from column to column: one value leaves it and one enters, without a branch. So the median of 21 columns costs
 * 21 steps, where sorting them anew would cost a hundred.
 */
export function smoothSorted(plan: StripeSorting, slab: usize, firstColumn: i32, lastColumn: i32): void {
  const reach = plan.reach;
  const angles = plan.angles as usize;
  const stride = (plan.columns as usize) * SAMPLE;
  const windowBytes = ((2 * reach + 1) as usize) * SAMPLE;
  const lowest = f32x4.splat(-Infinity);
  for (let column = firstColumn; column < lastColumn; column++) {
    if (column > 0) {
      if (column + reach < plan.columns) sortColumn(plan, slab, column + reach);
      const leaving = findSorted(plan, column - 1 - reach);
      const entering = findSorted(plan, column + reach);
      for (let rank: usize = 0; rank < angles; rank++) {
        for (let half: usize = 0; half < SAMPLE; half += 16) {
          const old = v128.load(leaving + rank * SAMPLE + half);
          const value = v128.load(entering + rank * SAMPLE + half);
          let at = plan.windows + rank * windowBytes + half;
          const last = at + windowBytes - SAMPLE;
          let before = lowest;
          let current = v128.load(at);
          for (; at < last; at += SAMPLE) {
            const next = v128.load(at, SAMPLE);
            const kept = v128.bitselect(current, next, f32x4.lt(current, old));
            v128.store(at, f32x4.pmax(before, f32x4.pmin(kept, value)));
            before = kept;
            current = next;
          }
          v128.store(last, f32x4.pmax(before, value));
        }
      }
    }
    const slot = (column % (2 * reach + 2)) as usize;
    let order = plan.orders + slot * angles * (SAMPLE / 2);
    let median = plan.windows + (reach as usize) * SAMPLE;
    const to = slab + (column as usize) * SAMPLE;
    for (let rank: usize = 0; rank < angles; rank++) {
      for (let lane: usize = 0; lane < LANES; lane++) {
        const angle = load<u16>(order + lane * 2) as usize;
        store<f32>(to + angle * stride + lane * 4, load<f32>(median + lane * 4));
      }
      order += SAMPLE / 2;
      median += windowBytes;
    }
  }
}
