import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeRandom } from "../phantom/random.js";
import { LANES, makeSlab } from "../slab/slab.js";
import type { Slab } from "../slab/slab.js";
import { minusLog } from "./minus-log.js";
import { normalise } from "./normalise.js";
import { makeReconstructor } from "./reconstructor.js";
import { removeRings } from "./ring-removal.js";
import { removeStripesBySorting, sortingBytes } from "./stripe-sorting.js";

/** The same slab twice: in the memory of the kernels, where stages work in vectors, and elsewhere, where their twins do. */
function makeBoth(angles: number, columns: number, lanes: number, roomBytes = 0): readonly [Slab, Slab] {
  const anglesRadians = new Float64Array(angles);
  const { slab } = makeReconstructor({ columns, anglesRadians, centre: 0, roomBytes, engine: "simd" });
  return [{ ...slab, lanes }, makeSlab(angles, columns, lanes)];
}

/** The largest difference, relative to the larger of 1 and the value. */
function difference(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(values).toHaveLength(expected.length);
  return Math.max(
    ...Array.from(
      expected,
      (value, i) => Math.abs((values[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value)),
    ),
  );
}

const shape = {
  angles: fc.integer({ min: 1, max: 40 }),
  columns: fc.integer({ min: 1, max: 21 }),
  lanes: fc.integer({ min: 1, max: LANES }),
  seed: fc.integer({ min: 1, max: 1000 }),
};

describe("stages in vectors agree with their twins", () => {
  it("normalise: any samples, dead and invalid pixels, fewer rows than lanes", () => {
    const kinds = fc.constantFrom(
      Uint8Array,
      Int16Array,
      Uint16Array,
      Int32Array,
      Float32Array,
      Float64Array,
    );
    const odd = fc.constantFrom("nothing", "dead", "invalid", "no light at all");
    fc.assert(
      fc.property(
        fc.record({ ...shape, kinds, odd }),
        ({ angles, columns, lanes, seed, kinds: Kind, odd: what }) => {
          const random = makeRandom(seed);
          const rows = lanes + 2;
          const samples = new Kind(angles * rows * columns).map(() => 20 + 200 * random.uniform());
          const dark = new Float32Array(rows * columns).map(() => 10 * random.uniform());
          const flat = dark.map(
            (value) => value + (what === "no light at all" ? 0 : 200 + 20 * random.uniform()),
          );
          if (what === "dead") flat[columns + (columns >> 1)] = 0;
          if (what === "invalid") samples[columns] = Number.NaN;
          const beam = new Float64Array(angles).map(() => 0.9 + 0.2 * random.uniform());
          const [fast, plain] = makeBoth(angles, columns, lanes);
          const run = (slab: Slab) => normalise({ samples, rows, columns }, 1, { flat, dark }, beam, slab);
          expect(run(fast)).toEqual(run(plain));
          expect(difference(fast.values, plain.values)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("-ln: from the floor up to large values, and what is none", () => {
    const exponents = fc.double({ min: -20, max: 20, noNaN: true });
    const values = fc.oneof(exponents.map(Math.exp), fc.constantFrom(0, -1, 1, Number.NaN, 1e-6, -Infinity));
    fc.assert(
      fc.property(fc.array(values, { minLength: 8, maxLength: 80 }), shape.lanes, (all, lanes) => {
        const columns = all.length >> 3;
        const [fast, plain] = makeBoth(1, columns, lanes);
        for (const slab of [fast, plain]) {
          for (let i = 0; i < columns * LANES; i++) slab.values[i] = i % LANES < lanes ? (all[i] ?? 0) : 0;
        }
        expect(minusLog(fast)).toEqual(minusLog(plain));
        expect(difference(fast.values, plain.values)).toBeLessThan(3e-7);
      }),
      { numRuns: 100 },
    );
  });

  it("stripes: any width, few columns, values that occur more than once", () => {
    fc.assert(
      fc.property(fc.record({ ...shape, width: fc.integer({ min: 3, max: 11 }) }), (choice) => {
        const { angles, columns, lanes, seed, width } = choice;
        const random = makeRandom(seed);
        const roomBytes = sortingBytes(angles, width);
        const [fast, plain] = makeBoth(angles, columns, lanes, roomBytes);
        for (let i = 0; i < plain.values.length; i++) {
          // Rounded for values that occur more than once; + 0 since the kernel puts -0 before 0.
          const value = random.normal();
          plain.values[i] = i % LANES >= lanes ? 0 : seed % 2 === 0 ? value : Math.round(value) + 0;
        }
        fast.values.set(plain.values);
        removeStripesBySorting(fast, width);
        removeStripesBySorting(plain, width);
        expect([...fast.values]).toEqual([...plain.values]);
      }),
      { numRuns: 40 },
    );
  });

  it("rings", () => {
    fc.assert(
      fc.property(fc.record({ ...shape, width: fc.integer({ min: 3, max: 9 }) }), (choice) => {
        const { angles, columns, lanes, seed, width } = choice;
        const random = makeRandom(seed);
        const [fast, plain] = makeBoth(angles, columns, lanes);
        for (let i = 0; i < plain.values.length; i++)
          plain.values[i] = i % LANES < lanes ? random.normal() : 0;
        fast.values.set(plain.values);
        removeRings(fast, width);
        removeRings(plain, width);
        expect(difference(fast.values, plain.values)).toBeLessThan(2e-6);
      }),
      { numRuns: 40 },
    );
  });

  it.each(["gridrec", "fbp"] as const)("slices of %s, one by one, with their ranges", (method) => {
    for (const columns of [1, 2, 3, 33]) {
      const options = { columns, anglesRadians: Float64Array.of(0, 1, 2), centre: (columns - 1) / 2, method };
      const slices = (["simd", "typescript"] as const).map((engine) => {
        const reconstructor = makeReconstructor({ ...options, engine });
        const random = makeRandom(5);
        for (let i = 0; i < reconstructor.slab.values.length; i++)
          reconstructor.slab.values[i] = random.normal();
        const image = reconstructor.reconstruct(reconstructor.slab).slice();
        const split = reconstructor.split(3);
        for (const [lane, { values, minimum, maximum }] of split.entries()) {
          expect([...values]).toEqual(
            Array.from(values, (_, i) => Math.fround(3 * (image[i * LANES + lane] ?? 0))),
          );
          expect(minimum).toBe(Math.min(...values));
          expect(maximum).toBe(Math.max(...values));
        }
        return split.map(({ values }) => values.slice());
      });
      expect(slices[0]).toHaveLength(LANES);
    }
  });
});
