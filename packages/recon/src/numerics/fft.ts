/**
 * In-place Fourier transform of one complex row; forward sign is exp(-i…). Swap `re` and `im` for the inverse,
 * which like the forward transform is not divided by the length.
 */
export type Fft = (re: Float64Array, im: Float64Array) => void;

/** The smallest power of two that is not below `n`. */
export function nextPowerOfTwo(n: number): number {
  let size = 1;
  while (size < n) size *= 2;
  return size;
}

/** The smallest even number that is not below `n` and has no prime factors but 2, 3 and 5. */
export function nextFastLength(n: number): number {
  let size = Math.max(2, 2 * Math.ceil(n / 2));
  while (!isFastLength(size)) size += 2;
  return size;
}

function isFastLength(n: number): boolean {
  let rest = n;
  for (const prime of [2, 3, 5]) while (rest % prime === 0) rest /= prime;
  return rest === 1;
}

/**
 * Plans a transform of `length` points: Stockham's self-sorting form, radix 4 as far as that goes, then 3, 5 and 2.
 * (C. Van Loan, Computational Frameworks for the FFT, 1992, section 1.7.) The twin of `assembly/fft.ts`.
 *
 * The plan owns its work space: one plan per thread, not shared between interleaved calls.
 *
 * @throws {RangeError} `length` has other prime factors than 2, 3 and 5.
 */
export function makeFft(length: number): Fft {
  if (!(length >= 1) || !isFastLength(length)) {
    throw new RangeError(`The length of a transform is a product of twos, threes and fives, not ${length}.`);
  }
  const workRe = new Float64Array(length);
  const workIm = new Float64Array(length);
  const cosine = new Float64Array(length);
  const sine = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    cosine[i] = Math.cos((2 * Math.PI * i) / length);
    sine[i] = -Math.sin((2 * Math.PI * i) / length);
  }
  return (re, im) => {
    let fromRe: Float64Array = re;
    let fromIm: Float64Array = im;
    let toRe: Float64Array = workRe;
    let toIm: Float64Array = workIm;
    let remaining = length;
    let stride = 1;
    while (remaining > 1) {
      const radix = [4, 3, 5].find((candidate) => remaining % candidate === 0) ?? 2;
      const pass = passes[radix] ?? passRadixAny;
      pass(fromRe, fromIm, toRe, toIm, remaining / radix, stride, length / remaining, cosine, sine);
      [fromRe, fromIm, toRe, toIm] = [toRe, toIm, fromRe, fromIm];
      remaining /= radix;
      stride *= radix;
    }
    if (fromRe !== re) {
      re.set(fromRe);
      im.set(fromIm);
    }
  };
}

type Pass = (
  ar: Float64Array,
  ai: Float64Array,
  br: Float64Array,
  bi: Float64Array,
  groups: number,
  stride: number,
  step: number,
  cosine: Float64Array,
  sine: Float64Array,
) => void;

// `?? 0` is what strict indexing asks for; V8 removes it, since a Float64Array in range never gives undefined.
const passRadix4: Pass = (ar, ai, br, bi, groups, stride, step, cosine, sine) => {
  const quarter = (stride * groups) | 0;
  for (let group = 0; group < groups; group++) {
    const k = (group * step) | 0;
    const w1r = cosine[k] ?? 0;
    const w1i = sine[k] ?? 0;
    const w2r = cosine[2 * k] ?? 0;
    const w2i = sine[2 * k] ?? 0;
    const w3r = cosine[3 * k] ?? 0;
    const w3i = sine[3 * k] ?? 0;
    let i0 = (stride * group) | 0;
    let o = (4 * i0) | 0;
    for (const end = (i0 + stride) | 0; i0 < end; i0 = (i0 + 1) | 0, o = (o + 1) | 0) {
      const i1 = (i0 + quarter) | 0;
      const i2 = (i1 + quarter) | 0;
      const i3 = (i2 + quarter) | 0;
      const xr = ar[i0] ?? 0;
      const xi = ai[i0] ?? 0;
      const yr = ar[i1] ?? 0;
      const yi = ai[i1] ?? 0;
      const zr = ar[i2] ?? 0;
      const zi = ai[i2] ?? 0;
      const tr = ar[i3] ?? 0;
      const ti = ai[i3] ?? 0;
      const sumXZr = xr + zr;
      const sumXZi = xi + zi;
      const sumYTr = yr + tr;
      const sumYTi = yi + ti;
      const difXZr = xr - zr;
      const difXZi = xi - zi;
      const difYTr = yr - tr;
      const difYTi = yi - ti;
      const o1 = (o + stride) | 0;
      const o2 = (o1 + stride) | 0;
      const o3 = (o2 + stride) | 0;
      br[o] = sumXZr + sumYTr;
      bi[o] = sumXZi + sumYTi;
      let u = difXZr + difYTi;
      let v = difXZi - difYTr;
      br[o1] = u * w1r - v * w1i;
      bi[o1] = u * w1i + v * w1r;
      u = sumXZr - sumYTr;
      v = sumXZi - sumYTi;
      br[o2] = u * w2r - v * w2i;
      bi[o2] = u * w2i + v * w2r;
      u = difXZr - difYTi;
      v = difXZi + difYTr;
      br[o3] = u * w3r - v * w3i;
      bi[o3] = u * w3i + v * w3r;
    }
  }
};

const passRadix2: Pass = (ar, ai, br, bi, groups, stride, step, cosine, sine) => {
  const half = (stride * groups) | 0;
  for (let group = 0; group < groups; group++) {
    const wr = cosine[group * step] ?? 0;
    const wi = sine[group * step] ?? 0;
    let i0 = (stride * group) | 0;
    let o = (2 * i0) | 0;
    for (const end = (i0 + stride) | 0; i0 < end; i0 = (i0 + 1) | 0, o = (o + 1) | 0) {
      const i1 = (i0 + half) | 0;
      const xr = ar[i0] ?? 0;
      const xi = ai[i0] ?? 0;
      const yr = ar[i1] ?? 0;
      const yi = ai[i1] ?? 0;
      const u = xr - yr;
      const v = xi - yi;
      br[o] = xr + yr;
      bi[o] = xi + yi;
      br[o + stride] = u * wr - v * wi;
      bi[o + stride] = u * wi + v * wr;
    }
  }
};

/** The other radices by the sum itself: threes and fives are few in any length, so it is short rather than fast. */
const passRadixAny: Pass = (ar, ai, br, bi, groups, stride, step, cosine, sine) => {
  const length = cosine.length;
  const radix = length / (groups * step);
  for (let i = 0; i < groups * stride; i++) {
    const group = Math.floor(i / stride);
    for (let k = 0; k < radix; k++) {
      let re = 0;
      let im = 0;
      for (let n = 0; n < radix; n++) {
        // The root of the sum and the twiddle factor in one.
        const turn = (((n * k * length) / radix + k * group * step) | 0) % length;
        const xr = ar[i + n * groups * stride] ?? 0;
        const xi = ai[i + n * groups * stride] ?? 0;
        re += xr * (cosine[turn] ?? 0) - xi * (sine[turn] ?? 0);
        im += xr * (sine[turn] ?? 0) + xi * (cosine[turn] ?? 0);
      }
      const o = (i + (group * (radix - 1) + k) * stride) | 0;
      br[o] = re;
      bi[o] = im;
    }
  }
};

const passes: Readonly<Record<number, Pass>> = { 2: passRadix2, 4: passRadix4 };
