import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openKernels } from "../kernels/kernel-module.js";
import { MemoryLayout, writeTwiddles } from "../kernels/memory-layout.js";
import { makeFft, nextFastLength } from "../numerics/fft.js";
import { makeRandom } from "../phantom/random.js";
import { LANES, makeSlab } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";
import { FILTER_PADDINGS, FILTER_WINDOWS } from "./ramp-filter.js";
import { METHODS, makeReconstructor } from "./reconstructor.js";
import type { ReconstructionOptions } from "./reconstructor.js";

/** Noise, on which fixed-point coordinates show most: they may be off by 1e-4 of a column. */
const TOLERANCE = { gridrec: 3e-6, fbp: 1e-3, sirt: 2e-3, "os-sirt": 2e-3, cgls: 2e-3 };

/** Root of the mean squared difference, relative to that of the values. */
function relativeDifference(values: Float32Array, expected: ArrayLike<number>): number {
  let difference = 0;
  let square = 0;
  for (let i = 0; i < values.length; i++) {
    difference += ((values[i] ?? Number.NaN) - (expected[i] ?? 0)) ** 2;
    square += (expected[i] ?? 0) ** 2;
  }
  return square === 0 ? difference : Math.sqrt(difference / square);
}

function noiseSlab(angles: number, columns: number, lanes = LANES): Slab {
  const slab = makeSlab(angles, columns, lanes);
  const random = makeRandom(3);
  for (let i = 0; i < slab.values.length; i++) if (i % LANES < lanes) slab.values[i] = 1 + random.normal();
  return slab;
}

describe("the transform of eight slices at once", () => {
  it("agrees with its twin at every kind of length", () => {
    const lengths = fc.integer({ min: 1, max: 400 }).map((n) => (n === 1 ? 1 : nextFastLength(n)));
    fc.assert(
      fc.property(lengths, (length) => {
        const layout = new MemoryLayout();
        const [data, work] = [layout.reserveSamples(length), layout.reserveSamples(length)];
        const twiddles = layout.reserve(length * 8);
        const { kernels, buffer } = openKernels(layout.bytes);
        writeTwiddles(buffer, twiddles, length);
        const { values } = noiseSlab(1, length);
        new Float32Array(buffer, data).set(values);
        const result = new Float32Array(
          buffer,
          kernels.transformRow(length, data, work, twiddles),
          length * LANES,
        );
        for (let lane = 0; lane < LANES / 2; lane++) {
          const pick = (all: Float32Array, offset: number) =>
            Float32Array.from({ length }, (_, i) => all[i * LANES + lane + offset] ?? 0);
          const re = Float64Array.from(pick(values, 0));
          const im = Float64Array.from(pick(values, LANES / 2));
          makeFft(length)(re, im);
          expect(relativeDifference(pick(result, 0), re)).toBeLessThan(1e-6);
          expect(relativeDifference(pick(result, LANES / 2), im)).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(METHODS)("%s in vectors", (method) => {
  const agree = (options: ReconstructionOptions, lanes?: number): number => {
    const slab = noiseSlab(options.anglesRadians.length, options.columns, lanes);
    const expected = makeReconstructor({
      ...options,
      method,
      iterations: 2,
      engine: "typescript",
    }).reconstruct(slab);
    return relativeDifference(
      makeReconstructor({ ...options, method, iterations: 2, engine: "simd" }).reconstruct(slab),
      expected,
    );
  };

  it("agrees with its twin for all shapes and choices", () => {
    const shapes = fc.record({
      columns: fc.integer({ min: 1, max: 40 }),
      anglesRadians: fc
        .array(fc.double({ min: -7, max: 7, noNaN: true }), { minLength: 1, maxLength: 70 })
        .map((angles) => Float64Array.from(angles)),
      axis: fc.double({ min: 0, max: 1, noNaN: true }),
      window: fc.constantFrom(...FILTER_WINDOWS),
      padding: fc.constantFrom(...FILTER_PADDINGS),
      maskRatio: fc.constantFrom(null, 1, 0.7),
      lanes: fc.integer({ min: 1, max: LANES }),
    });
    fc.assert(
      fc.property(shapes, ({ axis, lanes, ...shape }) => {
        expect(agree({ ...shape, centre: axis * (shape.columns - 1) }, lanes)).toBeLessThan(
          TOLERANCE[method],
        );
      }),
      { numRuns: 25 },
    );
  });

  it("agrees with its twin at the edges: one angle, one column, both", () => {
    const angles = Float64Array.from({ length: 33 }, (_, i) => (i * Math.PI) / 33);
    expect(agree({ columns: 1, anglesRadians: angles, centre: 0 })).toBeLessThan(TOLERANCE[method]);
    expect(agree({ columns: 1, anglesRadians: Float64Array.of(1), centre: 0 })).toBeLessThan(
      TOLERANCE[method],
    );
    expect(agree({ columns: 31, anglesRadians: Float64Array.of(Math.PI / 4), centre: 15 })).toBeLessThan(
      TOLERANCE[method],
    );
  });

  it("gives the same bits again, from its own slab or another, and whatever it did before", () => {
    const anglesRadians = Float64Array.from({ length: 40 }, (_, i) => (i * Math.PI) / 40);
    const options = {
      columns: 33,
      anglesRadians,
      centre: 15.3,
      method,
      iterations: 2,
      engine: "simd",
    } as const;
    const reconstructor = makeReconstructor(options);
    const slab = noiseSlab(40, 33);
    const first = reconstructor.reconstruct(slab).slice();
    reconstructor.reconstruct({ ...slab, values: slab.values.map((value) => 7 - value) });
    reconstructor.slab.values.set(slab.values);
    expect(reconstructor.reconstruct(reconstructor.slab)).toEqual(first);
    expect(makeReconstructor(options).reconstruct(slab)).toEqual(first);
  });
});
