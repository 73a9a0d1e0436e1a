import { describe, expect, it } from "vitest";
import { makeFft } from "../../numerics/fft.js";
import { makePhantomScan } from "../../phantom/phantom-scan.js";
import type { PhantomOptions } from "../../phantom/phantom-scan.js";
import { deinterleave, interleave } from "../../slab/slab.js";
import { gain, meanAround } from "../../testing/compare-slices.js";
import { extendRow, planRampFilter } from "../ramp-filter.js";
import type { FilterPadding } from "../ramp-filter.js";
import { makeReconstructor } from "../reconstructor.js";

const SIZE = 512;
const ANGLES = 720;
/** Points between two columns at which a filtered row is known exactly; between them linear interpolation is exact enough. */
const FINENESS = 16;

/** Back-projection with trigonometric interpolation: what gridrec computes another way. Slow, and as short as can be. */
function backProjectExactly(
  sinogram: Float32Array,
  anglesRadians: Float64Array,
  centre: number,
  padding: FilterPadding,
): Float64Array {
  const plan = planRampFilter({ columns: SIZE, window: "ramlak", padding, margin: 0 });
  const { length, response } = plan;
  const fine = length * FINENESS;
  const [re, im] = [new Float64Array(length), new Float64Array(length)];
  const [fineRe, fineIm] = [new Float64Array(fine), new Float64Array(fine)];
  const [transform, transformFine] = [makeFft(length), makeFft(fine)];
  const image = new Float64Array(SIZE * SIZE);
  const middle = (SIZE - 1) / 2;
  for (const [angle, theta] of anglesRadians.entries()) {
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < SIZE; i++) re[i] = sinogram[angle * SIZE + i] ?? 0;
    extendRow(re, plan);
    transform(re, im);
    fineRe.fill(0);
    fineIm.fill(0);
    for (let k = 0; k < length; k++) {
      if (k === length / 2) continue;
      const to = k < length / 2 ? k : k - length + fine;
      fineRe[to] = (re[k] ?? 0) * (response[k] ?? 0);
      fineIm[to] = (im[k] ?? 0) * (response[k] ?? 0);
    }
    transformFine(fineIm, fineRe);
    const [cosine, sine] = [Math.cos(theta), Math.sin(theta)];
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        const t = ((column - middle) * cosine + (middle - row) * sine + centre) * FINENESS;
        const left = Math.floor(t);
        const a = fineRe[(left + fine) % fine] ?? 0;
        const b = fineRe[(left + 1 + fine) % fine] ?? 0;
        const p = row * SIZE + column;
        image[p] = (image[p] ?? 0) + (Math.PI / ANGLES) * (a + (t - left) * (b - a));
      }
    }
  }
  return image;
}

function compare(options: PhantomOptions, padding: FilterPadding) {
  const scan = makePhantomScan({ columns: SIZE, rows: 5, angles: ANGLES, ...options });
  const anglesRadians = scan.anglesDegrees.map((angle) => (angle * Math.PI) / 180);
  const sinogram = scan.sinogram(2);
  const geometry = { columns: SIZE, anglesRadians, centre: scan.axisColumn };
  const reconstructor = makeReconstructor({ ...geometry, window: "ramlak", padding });
  const slice = deinterleave(reconstructor.reconstruct(interleave([sinogram], ANGLES, SIZE)), 0);
  const exact = backProjectExactly(sinogram, anglesRadians, scan.axisColumn, padding);
  let [difference, square] = [0, 0];
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      if (Math.hypot(row - SIZE / 2, column - SIZE / 2) > 0.95 * (SIZE / 2)) continue;
      const p = row * SIZE + column;
      difference += ((slice[p] ?? 0) - (exact[p] ?? 0)) ** 2;
      square += (exact[p] ?? 0) ** 2;
    }
  }
  return { scan, slice, error: Math.sqrt(difference / square) };
}

describe("gridrec beside exact back-projection", () => {
  it("is within 5e-3 of it, and quantitative: gain within 0.5 %, no offset in air", () => {
    const { scan, slice, error } = compare({}, "zero");
    expect(error).toBeLessThan(5e-3);
    const truth = scan.slice(2);
    expect(Math.abs(gain(slice, truth, SIZE) - 1)).toBeLessThan(0.005);
    const largest = truth.reduce((most, value) => Math.max(most, value), 0);
    for (const [x, y] of [
      [-200, -130],
      [170, 170],
      [0, 235],
    ] as const) {
      expect(Math.abs(meanAround(truth, SIZE, x, y, 6))).toBe(0);
      expect(Math.abs(meanAround(slice, SIZE, x, y, 6))).toBeLessThan(0.002 * largest);
    }
  });

  it("is within 5e-3 of it where the axis is beside the middle, and where the detector sees half of the object", () => {
    expect(compare({ axisOffsetPixels: 9.4 }, "zero").error).toBeLessThan(5e-3);
    const half = [{ value: 1, semiAxes: [1.8, 1.6, 9], centre: [0.1, 0, 0], turnDegrees: 20 }] as const;
    expect(compare({ object: half }, "edge").error).toBeLessThan(5e-3);
  });
});
