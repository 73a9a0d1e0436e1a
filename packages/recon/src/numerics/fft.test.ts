import { describe, expect, it } from "vitest";
import { makeFft, nextFastLength, nextPowerOfTwo } from "./fft.js";

describe("makeFft", () => {
  it.each([1, 2, 3, 4, 5, 6, 8, 15, 32, 60, 90, 128, 150])(
    "agrees with the sum it abbreviates at length %i",
    (length) => {
      const re = Float64Array.from({ length }, (_, i) => Math.sin(i * 1.7) + (i % 3));
      const im = Float64Array.from({ length }, (_, i) => Math.cos(i * i * 0.3));
      const expected = Array.from({ length }, (_, k) => {
        let sumRe = 0;
        let sumIm = 0;
        for (let n = 0; n < length; n++) {
          const turn = (-2 * Math.PI * k * n) / length;
          sumRe += (re[n] ?? 0) * Math.cos(turn) - (im[n] ?? 0) * Math.sin(turn);
          sumIm += (re[n] ?? 0) * Math.sin(turn) + (im[n] ?? 0) * Math.cos(turn);
        }
        return [sumRe, sumIm];
      });
      makeFft(length)(re, im);
      for (const [k, [sumRe = 0, sumIm = 0]] of expected.entries()) {
        expect(re[k]).toBeCloseTo(sumRe, 9);
        expect(im[k]).toBeCloseTo(sumIm, 9);
      }
    },
  );

  it("comes back when real and imaginary parts are swapped, whatever the last pass is", () => {
    for (const length of [512, 720, 1024]) {
      const original = Float64Array.from({ length }, (_, i) => ((i * 7919) % 1000) / 1000);
      const re = original.slice();
      const im = new Float64Array(length);
      const fft = makeFft(length);
      fft(re, im);
      fft(im, re);
      expect(Math.max(...re.map((value, i) => Math.abs(value / length - (original[i] ?? 0))))).toBeLessThan(
        1e-12,
      );
    }
  });

  it("refuses lengths with other factors than 2, 3 and 5, and knows the next that has none", () => {
    for (const length of [0, -4, 7, 22, 1.5, Number.NaN]) expect(() => makeFft(length)).toThrow(RangeError);
    expect([1, 3, 7, 13, 101, 1024, 1025].map(nextFastLength)).toEqual([2, 4, 8, 16, 108, 1024, 1080]);
    expect(nextPowerOfTwo(1025)).toBe(2048);
  });
});
