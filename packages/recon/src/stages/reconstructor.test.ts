import { describe, expect, it } from "vitest";
import { makePhantomScan } from "../phantom/phantom-scan.js";
import type { PhantomOptions } from "../phantom/phantom-scan.js";
import { LANES, deinterleave, interleave } from "../slab/slab.js";
import { gain, meanAround, relativeRmse } from "../testing/compare-slices.js";
import { FILTER_WINDOWS } from "./ramp-filter.js";
import { makeReconstructor } from "./reconstructor.js";
import type { ReconstructionOptions } from "./reconstructor.js";

const SIZE = 128;

/** Exact projections of the phantom, reconstructed; and the truth. */
function reconstructPhantom(options: PhantomOptions, choices: Partial<ReconstructionOptions> = {}, rows = 9) {
  const scan = makePhantomScan({ columns: SIZE, rows, angles: 201, ...options });
  const anglesRadians = scan.anglesDegrees.map((angle) => (angle * Math.PI) / 180);
  const sinograms = Array.from({ length: Math.min(LANES, rows) }, (_, row) => scan.sinogram(row));
  const slab = interleave(sinograms, anglesRadians.length, SIZE);
  const geometry = { columns: SIZE, anglesRadians, centre: scan.axisColumn };
  const image = makeReconstructor({ ...geometry, ...choices }).reconstruct(slab);
  return { scan, slice: (row: number) => deinterleave(image, row) };
}

// The twins in TypeScript are held to these in engines.test.ts.
describe.each([
  { method: "gridrec", engine: "simd" },
  { method: "fbp", engine: "simd" },
] as const)("reconstruction of the analytic phantom by $method", (how) => {
  it.each<[string, PhantomOptions]>([
    ["180 degrees, an odd number of angles", {}],
    ["360 degrees", { angleRangeDegrees: 360, angles: 300 }],
    ["both ends", { bothEnds: true }],
    ["backwards from 97 degrees", { firstAngleDegrees: 97, angleRangeDegrees: -180 }],
    ["200 degrees", { angleRangeDegrees: 200 }],
    ["an axis 5.7 pixels to the left", { axisOffsetPixels: -5.7 }],
  ])("is quantitative: %s", (_, options) => {
    const { scan, slice } = reconstructPhantom(options, how);
    for (const row of [0, 4, 7]) {
      expect(relativeRmse(slice(row), scan.slice(row), SIZE)).toBeLessThan(0.035);
      expect(gain(slice(row), scan.slice(row), SIZE)).toBeGreaterThan(0.98);
      expect(gain(slice(row), scan.slice(row), SIZE)).toBeLessThan(1.01);
    }
  });

  it("has the values of the phantom inside and 0 outside, within 2 %", () => {
    const { scan, slice } = reconstructPhantom({}, how);
    const truth = scan.slice(4);
    const [body, rod, air] = [
      [20, -2],
      [19, 14],
      [-45, -38],
    ] as const;
    for (const [x, y] of [body, rod]) {
      const expected = meanAround(truth, SIZE, x, y);
      expect(expected).toBeGreaterThan(0.005);
      expect(Math.abs(meanAround(slice(4), SIZE, x, y) / expected - 1)).toBeLessThan(0.02);
    }
    expect(Math.abs(meanAround(slice(4), SIZE, ...air))).toBeLessThan(0.02 * meanAround(truth, SIZE, ...rod));
  });

  it("is worse by far with the axis a pixel off: the test above can fail", () => {
    const { scan, slice } = reconstructPhantom({}, { ...how, centre: (SIZE - 1) / 2 + 3.4 + 1 });
    expect(relativeRmse(slice(4), scan.slice(4), SIZE)).toBeGreaterThan(0.05);
  });

  it("gives each lane its own slice: the rows of the phantom differ, and so do the slices", () => {
    const { scan, slice } = reconstructPhantom({}, how);
    expect(relativeRmse(slice(0), scan.slice(7), SIZE)).toBeGreaterThan(
      2 * relativeRmse(slice(0), scan.slice(0), SIZE),
    );
  });

  it("leaves lanes without a row empty, up to the rounding of those that share a transform with them", () => {
    const { scan, slice } = reconstructPhantom({}, how, 3);
    expect(relativeRmse(slice(2), scan.slice(2), SIZE)).toBeLessThan(0.035);
    const largest = (values: Float32Array): number => Math.max(...values.map(Math.abs));
    expect(largest(slice(5))).toBeLessThan(1e-6 * largest(slice(2)));
  });

  it("smooths with every window, and most with Hann", () => {
    const errors = FILTER_WINDOWS.map((window) => {
      const { scan, slice } = reconstructPhantom({}, { ...how, window });
      return relativeRmse(slice(4), scan.slice(4), SIZE);
    });
    expect(Math.max(...errors)).toBeLessThan(0.06);
    expect(errors[FILTER_WINDOWS.indexOf("hann")]).toBe(Math.max(...errors));
  });

  it("computes the corners without a mask, and nothing outside a small one", () => {
    const corner = (slice: Float32Array): number => slice[SIZE * 4 + 4] ?? 0;
    const { scan, slice } = reconstructPhantom({}, { ...how, maskRatio: null });
    expect(corner(slice(4))).not.toBe(0);
    expect(relativeRmse(slice(4), scan.slice(4), SIZE)).toBeLessThan(0.035);
    expect(corner(reconstructPhantom({}, { ...how, maskRatio: 0.9 }).slice(4))).toBe(0);
  });

  it("has no bright rim for an object wider than the detector, with edge padding", () => {
    const wide = [{ value: 1, semiAxes: [2.5, 2.5, 9], centre: [0, 0, 0], turnDegrees: 0 }] as const;
    const rim = (padding: "zero" | "edge"): number => {
      const { slice } = reconstructPhantom({ object: wide, axisOffsetPixels: 0 }, { ...how, padding });
      return meanAround(slice(4), SIZE, 58, 0) / meanAround(slice(4), SIZE, 0, 0);
    };
    expect(rim("zero")).toBeGreaterThan(1.5);
    expect(rim("edge")).toBeLessThan(1.2);
  });
});
