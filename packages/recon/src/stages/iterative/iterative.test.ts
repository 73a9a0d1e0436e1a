import { describe, expect, it } from "vitest";
import { openSpace } from "../../kernels/kernel-space.js";
import { MemoryLayout } from "../../kernels/memory-layout.js";
import { makePhantomScan } from "../../phantom/phantom-scan.js";
import { makeRandom } from "../../phantom/random.js";
import { LANES, deinterleave, interleave } from "../../slab/slab.js";
import { gain, relativeRmse } from "../../testing/compare-slices.js";
import { makeReconstructor } from "../reconstructor.js";
import type { ReconstructionOptions } from "../reconstructor.js";
import { planIterative } from "./iterative-plan.js";
import { makeSimdSteps } from "./simd-steps.js";

const SIZE = 64;

/** The phantom from few angles. */
function reconstructPhantom(options: Partial<ReconstructionOptions>) {
  const scan = makePhantomScan({ columns: SIZE, rows: 9, angles: 30, axisOffsetPixels: 1.3 });
  const anglesRadians = scan.anglesDegrees.map((angle) => (angle * Math.PI) / 180);
  const slab = interleave([scan.sinogram(3), scan.sinogram(5)], 30, SIZE);
  const geometry = { columns: SIZE, anglesRadians, centre: scan.axisColumn };
  const slice = deinterleave(makeReconstructor({ ...geometry, ...options }).reconstruct(slab), 1);
  return { slice, error: relativeRmse(slice, scan.slice(5), SIZE), gain: gain(slice, scan.slice(5), SIZE) };
}

describe("iterative reconstruction from 30 angles", () => {
  it.each(["sirt", "os-sirt"] as const)("is nearer to the truth than back-projection: %s", (method) => {
    const direct = reconstructPhantom({ method: "fbp" });
    const found = reconstructPhantom({ method });
    expect(found.error).toBeLessThan(0.9 * direct.error);
    expect(Math.abs(found.gain - 1)).toBeLessThan(0.03);
  });

  it("is there in eight steps of conjugate gradients, which know no bound", () => {
    const found = reconstructPhantom({ method: "cgls", iterations: 8 });
    expect(found.error).toBeLessThan(0.045);
    expect(Math.abs(found.gain - 1)).toBeLessThan(0.02);
  });

  it("comes nearer with each pass, and with subsets gets as far in far fewer", () => {
    const errors = [1, 4, 16].map((iterations) => reconstructPhantom({ method: "sirt", iterations }).error);
    expect(errors).toEqual(errors.toSorted((a, b) => b - a));
    expect(reconstructPhantom({ method: "os-sirt", iterations: 6 }).error).toBeLessThan(errors[2] ?? 0);
  });

  it("has no negative values, unless they are allowed", () => {
    const least = (nonNegative: boolean): number =>
      Math.min(...reconstructPhantom({ method: "os-sirt", iterations: 3, nonNegative }).slice);
    expect(least(true)).toBe(0);
    expect(least(false)).toBeLessThan(0);
  });
});

describe("projection and back-projection", () => {
  it("are the transposes of each other: <A x, y> = <x, A' y>", () => {
    const columns = 37;
    const anglesRadians = Float64Array.from({ length: 11 }, (_, i) => -3 + i * 0.61);
    const plan = planIterative({ columns, anglesRadians, centre: 16.4, method: "sirt" });
    const layout = new MemoryLayout();
    const [pathsAt, picturesAt] = [
      layout.reserve(plan.paths.byteLength),
      layout.reserveSamples(2 * columns * 39),
    ];
    const [measuredAt, projectedAt] = [
      layout.reserveSamples(11 * columns),
      layout.reserveSamples(11 * columns),
    ];
    const space = openSpace(layout, columns);
    const at = (address: number, samples: number) => new Float32Array(space.buffer, address, samples * LANES);
    new Float64Array(space.buffer, pathsAt).set(plan.paths);
    const steps = makeSimdSteps(space, plan, pathsAt);
    const random = makeRandom(11);
    const [picture, thrown] = [
      at(picturesAt, columns * 39),
      at(picturesAt + columns * 39 * 32, columns * 39),
    ];
    const [measured, projected] = [at(measuredAt, 11 * columns), at(projectedAt, 11 * columns)];
    for (const array of [picture, measured])
      for (let i = 0; i < array.length; i++) array[i] = random.normal();
    for (const range of [plan.subsets[0]?.throughRows, plan.subsets[0]?.throughColumns]) {
      if (range === undefined) throw new Error("There is no subset.");
      expect(range.count).toBeGreaterThan(3);
      projected.fill(0);
      thrown.fill(0);
      steps.project(picture, range, projected);
      steps.spread(thrown, range, measured);
      const dot = (a: Float32Array, b: Float32Array) =>
        a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
      expect(Math.abs(dot(projected, measured) / dot(picture, thrown) - 1)).toBeLessThan(1e-4);
    }
  });
});
