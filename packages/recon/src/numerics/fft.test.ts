import { describe, expect, it } from "vitest";
import { makeFft, nextPowerOfTwo } from "./fft.js";

describe("makeFft", () => {
  it.each([1, 2, 4, 8, 32, 128])("agrees with the sum it abbreviates at length %i", (length) => {
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
  });

  it("comes back when real and imaginary parts are swapped, whatever the last pass is", () => {
    for (const length of [512, 1024]) {
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

  it("refuses lengths that are no power of two", () => {
    expect(() => makeFft(12)).toThrow("power of two");
    expect(() => makeFft(0)).toThrow("power of two");
    expect(nextPowerOfTwo(1025)).toBe(2048);
  });
});
