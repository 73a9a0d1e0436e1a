// Fourier transforms of eight slices at once. Twin: src/numerics/fft.ts.
//
// A sample is 32 bytes: one complex number for each of four pairs of slices, the real parts (slices 0 to 3) first, then the imaginary parts
// (slices 4 to 7). A row of a slab is such a row of complex numbers as it stands: two real slices share one complex transform.

/** Bytes of a sample. */
export const SAMPLE: usize = 32;
/** Where the imaginary parts begin within a sample. */
export const IMAGINARY: usize = 16;
/** Bytes of a twiddle factor: cosine and -sine as float32. */
const TWIDDLE: usize = 8;

class Complex {
  /** Stores (re + i im) (cosine + i sine). */
  @inline
  static storeProduct(at: usize, re: v128, im: v128, cosine: v128, sine: v128): void {
    v128.store(at, f32x4.sub(f32x4.mul(re, cosine), f32x4.mul(im, sine)));
    v128.store(at, f32x4.add(f32x4.mul(re, sine), f32x4.mul(im, cosine)), IMAGINARY);
  }
}

/**
 * Transforms a row of `length` samples in `data`, forward, exp(-i…), not divided by the length; `work` is as long. Stockham's self-sorting form,
 * so each pass goes from one to the other: tells in which of the two the result lies.
 *
 * The inverse is the same transform with real and imaginary parts exchanged before and after.
 *
 * @param length - a product of twos, threes and fives.
 * @param twiddles - `length` pairs of cosine and -sine of 2π k / length.
 */
export function transformRow(length: i32, data: usize, work: usize, twiddles: usize): usize {
  let from = data;
  let to = work;
  let remaining = length;
  let stride = 1;
  while (remaining > 1) {
    const step = length / remaining;
    let radix = 2;
    if (remaining % 4 == 0) {
      radix = 4;
      passRadix4(from, to, remaining / 4, stride, twiddles, step);
    } else if (remaining % 3 == 0) {
      radix = 3;
      passRadix3(from, to, remaining / 3, stride, twiddles, step);
    } else if (remaining % 5 == 0) {
      radix = 5;
      passRadix5(from, to, remaining / 5, stride, twiddles, step);
    } else passRadix2(from, to, remaining / 2, stride, twiddles, step);
    const next = from;
    from = to;
    to = next;
    remaining /= radix;
    stride *= radix;
  }
  return from;
}

function passRadix4(from: usize, to: usize, groups: i32, stride: i32, twiddles: usize, step: i32): void {
  const run = (stride as usize) * SAMPLE;
  const quarter = (groups as usize) * run;
  for (let group = 0; group < groups; group++) {
    const w1 = twiddles + ((group * step) as usize) * TWIDDLE;
    const w2 = twiddles + ((2 * group * step) as usize) * TWIDDLE;
    const w3 = twiddles + ((3 * group * step) as usize) * TWIDDLE;
    const w1r = v128.load32_splat(w1);
    const w1i = v128.load32_splat(w1, 4);
    const w2r = v128.load32_splat(w2);
    const w2i = v128.load32_splat(w2, 4);
    const w3r = v128.load32_splat(w3);
    const w3i = v128.load32_splat(w3, 4);
    let x = from + (group as usize) * run;
    let o = to + (group as usize) * run * 4;
    const end = x + run;
    do {
      const y = x + quarter;
      const z = y + quarter;
      const t = z + quarter;
      const xr = v128.load(x);
      const xi = v128.load(x, IMAGINARY);
      const zr = v128.load(z);
      const zi = v128.load(z, IMAGINARY);
      const sumXZr = f32x4.add(xr, zr);
      const sumXZi = f32x4.add(xi, zi);
      const difXZr = f32x4.sub(xr, zr);
      const difXZi = f32x4.sub(xi, zi);
      const yr = v128.load(y);
      const yi = v128.load(y, IMAGINARY);
      const tr = v128.load(t);
      const ti = v128.load(t, IMAGINARY);
      const sumYTr = f32x4.add(yr, tr);
      const sumYTi = f32x4.add(yi, ti);
      const difYTr = f32x4.sub(yr, tr);
      const difYTi = f32x4.sub(yi, ti);
      v128.store(o, f32x4.add(sumXZr, sumYTr));
      v128.store(o, f32x4.add(sumXZi, sumYTi), IMAGINARY);
      const o1 = o + run;
      Complex.storeProduct(o1, f32x4.add(difXZr, difYTi), f32x4.sub(difXZi, difYTr), w1r, w1i);
      const o2 = o1 + run;
      Complex.storeProduct(o2, f32x4.sub(sumXZr, sumYTr), f32x4.sub(sumXZi, sumYTi), w2r, w2i);
      const o3 = o2 + run;
      Complex.storeProduct(o3, f32x4.sub(difXZr, difYTi), f32x4.add(difXZi, difYTr), w3r, w3i);
      x += SAMPLE;
      o += SAMPLE;
    } while (x < end);
  }
}

function passRadix2(from: usize, to: usize, groups: i32, stride: i32, twiddles: usize, step: i32): void {
  const run = (stride as usize) * SAMPLE;
  const half = (groups as usize) * run;
  for (let group = 0; group < groups; group++) {
    const w = twiddles + ((group * step) as usize) * TWIDDLE;
    const wr = v128.load32_splat(w);
    const wi = v128.load32_splat(w, 4);
    let x = from + (group as usize) * run;
    let o = to + (group as usize) * run * 2;
    const end = x + run;
    do {
      const y = x + half;
      const xr = v128.load(x);
      const xi = v128.load(x, IMAGINARY);
      const yr = v128.load(y);
      const yi = v128.load(y, IMAGINARY);
      v128.store(o, f32x4.add(xr, yr));
      v128.store(o, f32x4.add(xi, yi), IMAGINARY);
      Complex.storeProduct(o + run, f32x4.sub(xr, yr), f32x4.sub(xi, yi), wr, wi);
      x += SAMPLE;
      o += SAMPLE;
    } while (x < end);
  }
}

function passRadix3(from: usize, to: usize, groups: i32, stride: i32, twiddles: usize, step: i32): void {
  const run = (stride as usize) * SAMPLE;
  const third = (groups as usize) * run;
  const half = f32x4.splat(0.5);
  const sine = f32x4.splat(0.8660254037844386); // sin 60°
  for (let group = 0; group < groups; group++) {
    const w1 = twiddles + ((group * step) as usize) * TWIDDLE;
    const w2 = twiddles + ((2 * group * step) as usize) * TWIDDLE;
    const w1r = v128.load32_splat(w1);
    const w1i = v128.load32_splat(w1, 4);
    const w2r = v128.load32_splat(w2);
    const w2i = v128.load32_splat(w2, 4);
    let x = from + (group as usize) * run;
    let o = to + (group as usize) * run * 3;
    const end = x + run;
    do {
      const y = x + third;
      const z = y + third;
      const xr = v128.load(x);
      const xi = v128.load(x, IMAGINARY);
      const yr = v128.load(y);
      const yi = v128.load(y, IMAGINARY);
      const zr = v128.load(z);
      const zi = v128.load(z, IMAGINARY);
      const sumR = f32x4.add(yr, zr);
      const sumI = f32x4.add(yi, zi);
      const difR = f32x4.mul(sine, f32x4.sub(yr, zr));
      const difI = f32x4.mul(sine, f32x4.sub(yi, zi));
      const restR = f32x4.sub(xr, f32x4.mul(half, sumR));
      const restI = f32x4.sub(xi, f32x4.mul(half, sumI));
      v128.store(o, f32x4.add(xr, sumR));
      v128.store(o, f32x4.add(xi, sumI), IMAGINARY);
      Complex.storeProduct(o + run, f32x4.add(restR, difI), f32x4.sub(restI, difR), w1r, w1i);
      Complex.storeProduct(o + 2 * run, f32x4.sub(restR, difI), f32x4.add(restI, difR), w2r, w2i);
      x += SAMPLE;
      o += SAMPLE;
    } while (x < end);
  }
}

function passRadix5(from: usize, to: usize, groups: i32, stride: i32, twiddles: usize, step: i32): void {
  const run = (stride as usize) * SAMPLE;
  const fifth = (groups as usize) * run;
  const cos1 = f32x4.splat(0.30901699437494745); // cos 72°
  const cos2 = f32x4.splat(-0.8090169943749475); // cos 144°
  const sin1 = f32x4.splat(0.9510565162951535);
  const sin2 = f32x4.splat(0.5877852522924731);
  for (let group = 0; group < groups; group++) {
    const w1 = twiddles + ((group * step) as usize) * TWIDDLE;
    const w2 = twiddles + ((2 * group * step) as usize) * TWIDDLE;
    const w3 = twiddles + ((3 * group * step) as usize) * TWIDDLE;
    const w4 = twiddles + ((4 * group * step) as usize) * TWIDDLE;
    let x = from + (group as usize) * run;
    let o = to + (group as usize) * run * 5;
    const end = x + run;
    do {
      const x1 = x + fifth;
      const x2 = x1 + fifth;
      const x3 = x2 + fifth;
      const x4 = x3 + fifth;
      const xr = v128.load(x);
      const xi = v128.load(x, IMAGINARY);
      const sum14r = f32x4.add(v128.load(x1), v128.load(x4));
      const sum14i = f32x4.add(v128.load(x1, IMAGINARY), v128.load(x4, IMAGINARY));
      const dif14r = f32x4.sub(v128.load(x1), v128.load(x4));
      const dif14i = f32x4.sub(v128.load(x1, IMAGINARY), v128.load(x4, IMAGINARY));
      const sum23r = f32x4.add(v128.load(x2), v128.load(x3));
      const sum23i = f32x4.add(v128.load(x2, IMAGINARY), v128.load(x3, IMAGINARY));
      const dif23r = f32x4.sub(v128.load(x2), v128.load(x3));
      const dif23i = f32x4.sub(v128.load(x2, IMAGINARY), v128.load(x3, IMAGINARY));
      v128.store(o, f32x4.add(xr, f32x4.add(sum14r, sum23r)));
      v128.store(o, f32x4.add(xi, f32x4.add(sum14i, sum23i)), IMAGINARY);
      // Outputs 1 and 4 are even1 ∓ i odd1, outputs 2 and 3 even2 ∓ i odd2.
      const even1r = f32x4.add(xr, f32x4.add(f32x4.mul(cos1, sum14r), f32x4.mul(cos2, sum23r)));
      const even1i = f32x4.add(xi, f32x4.add(f32x4.mul(cos1, sum14i), f32x4.mul(cos2, sum23i)));
      const even2r = f32x4.add(xr, f32x4.add(f32x4.mul(cos2, sum14r), f32x4.mul(cos1, sum23r)));
      const even2i = f32x4.add(xi, f32x4.add(f32x4.mul(cos2, sum14i), f32x4.mul(cos1, sum23i)));
      const odd1r = f32x4.add(f32x4.mul(sin1, dif14r), f32x4.mul(sin2, dif23r));
      const odd1i = f32x4.add(f32x4.mul(sin1, dif14i), f32x4.mul(sin2, dif23i));
      const odd2r = f32x4.sub(f32x4.mul(sin2, dif14r), f32x4.mul(sin1, dif23r));
      const odd2i = f32x4.sub(f32x4.mul(sin2, dif14i), f32x4.mul(sin1, dif23i));
      const o1 = o + run;
      const o2 = o1 + run;
      const o3 = o2 + run;
      const o4 = o3 + run;
      // Twiddles are loaded where they are used: eight more vectors would not fit into registers.
      let cosine = v128.load32_splat(w1);
      let sine = v128.load32_splat(w1, 4);
      Complex.storeProduct(o1, f32x4.add(even1r, odd1i), f32x4.sub(even1i, odd1r), cosine, sine);
      cosine = v128.load32_splat(w2);
      sine = v128.load32_splat(w2, 4);
      Complex.storeProduct(o2, f32x4.add(even2r, odd2i), f32x4.sub(even2i, odd2r), cosine, sine);
      cosine = v128.load32_splat(w3);
      sine = v128.load32_splat(w3, 4);
      Complex.storeProduct(o3, f32x4.sub(even2r, odd2i), f32x4.add(even2i, odd2r), cosine, sine);
      cosine = v128.load32_splat(w4);
      sine = v128.load32_splat(w4, 4);
      Complex.storeProduct(o4, f32x4.sub(even1r, odd1i), f32x4.add(even1i, odd1r), cosine, sine);
      x += SAMPLE;
      o += SAMPLE;
    } while (x < end);
  }
}
