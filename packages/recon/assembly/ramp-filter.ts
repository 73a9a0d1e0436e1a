// The ramp filter of eight slices at once. Twin: src/stages/ramp-filter.ts.
import { IMAGINARY, SAMPLE, transformRow } from "./fft";

/** Sizes in samples, places in bytes; written by src/kernels/simd-ramp-filter.ts, field by field in this order. */
@unmanaged
export class RampFilter {
  columns: i32;
  /** Length of the padded row. */
  length: i32;
  /** 1: beyond the detector lies more of the value at its edge; 0: nothing. */
  repeatsEdges: i32;
  /** What each frequency is multiplied by, float32. */
  response: usize;
  twiddles: usize;
  /** Room for a padded row each. */
  data: usize;
  work: usize;
}

/**
 * Filters one row of a slab on a circle of `length` samples, the row's first at 0; what lies before the detector is at the end of the circle.
 * Tells where the result is: in `data` or in `work`, with real and imaginary parts exchanged.
 */
export function rampFilterRow(filter: RampFilter, row: usize): usize {
  const length = filter.length;
  const data = filter.data;
  const rowBytes = (filter.columns as usize) * SAMPLE;
  const allBytes = (length as usize) * SAMPLE;
  memory.copy(data, row, rowBytes);
  if (filter.repeatsEdges) {
    const turn = data + rowBytes + (((length - filter.columns) >> 1) as usize) * SAMPLE;
    repeatSample(row + rowBytes - SAMPLE, data + rowBytes, turn);
    repeatSample(row, turn, data + allBytes);
  } else memory.fill(data + rowBytes, 0, allBytes - rowBytes);

  const spectrum = transformRow(length, data, filter.work, filter.twiddles);
  let response = filter.response;
  for (let at = spectrum; at < spectrum + allBytes; at += SAMPLE, response += 4) {
    const factor = v128.load32_splat(response);
    const re = f32x4.mul(factor, v128.load(at));
    // Exchanged, so that the forward transform is the inverse one.
    v128.store(at, f32x4.mul(factor, v128.load(at, IMAGINARY)));
    v128.store(at, re, IMAGINARY);
  }
  const other = spectrum == data ? filter.work : data;
  return transformRow(length, spectrum, other, filter.twiddles);
}

function repeatSample(sample: usize, from: usize, to: usize): void {
  const re = v128.load(sample);
  const im = v128.load(sample, IMAGINARY);
  for (let at = from; at < to; at += SAMPLE) {
    v128.store(at, re);
    v128.store(at, im, IMAGINARY);
  }
}
