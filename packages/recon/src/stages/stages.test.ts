import { describe, expect, it } from "vitest";
import { makePhantomScan } from "../phantom/phantom-scan.js";
import { LANES, deinterleave, interleave, makeSlab } from "../slab/slab.js";
import { angleWeights } from "./angle-weights.js";
import { circularMask } from "./circular-mask.js";
import { minusLog } from "./minus-log.js";
import { normalise } from "./normalise.js";
import { removeOutliers } from "./outliers.js";
import { FILTER_WINDOWS, makeRampFilter, planRampFilter, rampTable, windowAt } from "./ramp-filter.js";
import { removeRings } from "./ring-removal.js";
import { removeStripesBySorting } from "./stripe-sorting.js";

describe("slab", () => {
  it("interleaves detector rows and gives them back", () => {
    const rows = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)];
    const slab = interleave(rows, 2, 2);
    expect(slab.values[(1 * 2 + 0) * LANES + 1]).toBe(7);
    expect(deinterleave(slab.values, 1, 2)).toEqual(Float32Array.of(10, 12, 14, 16));
    expect(() => interleave([Float32Array.of(1)], 2, 2)).toThrow(RangeError);
  });
});

describe("normalise", () => {
  const fields = { flat: Float32Array.of(110, 110, 10, 110), dark: Float32Array.of(10, 10, 10, 10) };
  const run = (samples: Float32Array, beam: Float64Array | null = null) => {
    const slab = makeSlab(1, 4, 1);
    const report = normalise({ samples, rows: 1, columns: 4 }, 0, fields, beam, slab);
    return { report, values: [...deinterleave(slab.values, 0)] };
  };

  it("gives (I - D) / (F - D), and fills a pixel without light from its neighbours", () => {
    const { report, values } = run(Float32Array.of(60, 35, 4711, 85));
    expect(values).toEqual([0.5, 0.25, 0.5, 0.75]);
    expect(report).toMatchObject({ deadPixels: 1, invalidSamples: 0, firstInvalid: null });
  });

  it("divides by the beam", () => {
    expect(run(Float32Array.of(60, 35, 0, 85), Float64Array.of(0.5)).values).toEqual([1, 0.5, 1, 1.5]);
  });

  it("reports where the first NaN is and fills it", () => {
    const { report, values } = run(Float32Array.of(60, Number.NaN, 0, 60));
    expect(report).toMatchObject({ invalidSamples: 1, firstInvalid: { angle: 0, row: 0, column: 1 } });
    expect(values).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it("gives transmission 1 for a row without any light", () => {
    const slab = makeSlab(1, 2, 1);
    const dark = { flat: Float32Array.of(10, 10), dark: Float32Array.of(10, 10) };
    normalise({ samples: Uint16Array.of(10, 11), rows: 1, columns: 2 }, 0, dark, null, slab);
    expect([...deinterleave(slab.values, 0)]).toEqual([1, 1]);
  });

  it("takes the row that it is told to, of every angle", () => {
    const slab = makeSlab(2, 1, 1);
    normalise({ samples: Uint16Array.of(1, 2, 3, 4, 5, 6), rows: 3, columns: 1 }, 2, null, null, slab);
    expect([...deinterleave(slab.values, 0)]).toEqual([3, 6]);
  });
});

describe("minusLog", () => {
  it("is -ln, and finite where there is no light", () => {
    const slab = interleave([Float32Array.of(1, Math.exp(-2), 0, -0.5)], 1, 4);
    const cut = minusLog({ ...slab, values: slab.values });
    const [air, two, none, below] = deinterleave(slab.values, 0);
    expect(air).toBeCloseTo(0, 6);
    expect(two).toBeCloseTo(2, 6);
    expect(none).toBeCloseTo(Math.log(1e6), 5);
    expect(below).toBe(none);
    expect(cut).toEqual([2]);
  });
});

describe("removeOutliers", () => {
  it("replaces a bright and a dark pixel and leaves edges alone", () => {
    const frame = new Uint16Array(36).map((_, i) => (i % 6 < 3 ? 100 : 1000));
    frame[7] = 5000;
    frame[22] = 0;
    const { rows, replaced } = removeOutliers(frame, 6, 0, 6, { threshold: 500 });
    expect(replaced).toBe(2);
    expect([...rows]).toEqual(Array.from({ length: 36 }, (_, i) => (i % 6 < 3 ? 100 : 1000)));
  });

  it("sees neighbours beyond the rows that it returns", () => {
    const frame = Uint16Array.of(1, 1, 1, 1, 9, 1, 1, 1, 1);
    const { rows } = removeOutliers(frame, 3, 1, 2, { threshold: 3 });
    expect([...rows]).toEqual([1, 1, 1]);
  });
});

describe("removeRings", () => {
  it("takes out a stripe and leaves the object", () => {
    const scan = makePhantomScan({ columns: 96, rows: 3, angles: 90 });
    const clean = scan.sinogram(1);
    const striped = clean.map((value, i) => value + (i % 96 === 30 ? 0.2 : 0));
    const slab = interleave([striped], 90, 96);
    removeRings(slab, 9);
    const after = deinterleave(slab.values, 0);
    const error = (values: Float32Array, column: number): number =>
      Math.abs((values[40 * 96 + column] ?? 0) - (clean[40 * 96 + column] ?? 0));
    expect(error(striped, 30)).toBeCloseTo(0.2, 5);
    expect(error(after, 30)).toBeLessThan(0.02);
    expect(error(after, 29)).toBeLessThan(0.02);
  });
});

describe("removeStripesBySorting", () => {
  it("takes out a stripe of wrong gain, which differs from angle to angle, and leaves the object", () => {
    const scan = makePhantomScan({ columns: 96, rows: 3, angles: 90 });
    const clean = scan.sinogram(1);
    const striped = clean.map((value, i) => value * (i % 96 === 30 ? 1.3 : 1));
    const slab = interleave([striped], 90, 96);
    removeStripesBySorting(slab, 9);
    const after = deinterleave(slab.values, 0);
    const error = (values: Float32Array, column: number): number =>
      Math.max(
        ...Array.from({ length: 90 }, (_, i) =>
          Math.abs((values[i * 96 + column] ?? 0) - (clean[i * 96 + column] ?? 0)),
        ),
      );
    expect(error(striped, 30)).toBeGreaterThan(0.05);
    expect(error(after, 30)).toBeLessThan(0.3 * error(striped, 30));
    expect(error(after, 60)).toBeLessThan(0.3 * error(striped, 30));
  });
});

describe("angleWeights", () => {
  const degrees = (values: readonly number[]) =>
    angleWeights(Float64Array.from(values, (value) => (value * Math.PI) / 180));
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

  it("gives equal steps equal weights over 180 and 360 degrees, in any direction, from anywhere", () => {
    for (const [first, step, count] of [
      [0, 1, 180],
      [-88.2, 1, 360],
      [16_740.5, -0.5, 360],
    ] as const) {
      const { weights } = degrees(Array.from({ length: count }, (_, i) => first + i * step));
      expect(Math.min(...weights)).toBeCloseTo(Math.PI / count, 9);
      expect(Math.max(...weights)).toBeCloseTo(Math.PI / count, 9);
    }
  });

  it("counts the direction at both ends of a scan once", () => {
    const { weights } = degrees(Array.from({ length: 91 }, (_, i) => 2 * i));
    expect(sum(weights)).toBeCloseTo(Math.PI, 9);
    expect((weights[0] ?? 0) + (weights[90] ?? 0)).toBeCloseTo(Math.PI / 90, 9);
  });

  it("does not fill a missing wedge with its neighbours", () => {
    const { weights, widestGap } = degrees(Array.from({ length: 120 }, (_, i) => i));
    expect(Math.max(...weights)).toBeLessThan((1.1 * Math.PI) / 180);
    expect(widestGap).toBeCloseTo((61 * Math.PI) / 180, 6);
  });
});

describe("ramp filter", () => {
  it("has the mean of the band-limited kernel, not of |frequency|", () => {
    // Sum of the taps up to ±length/2; a plain |frequency| would give 0.
    const expected = 0.25 - 2 * [1, 3, 5, 7].reduce((sum, n) => sum + 1 / (Math.PI * n) ** 2, 0);
    expect(rampTable(16, "ramlak")[0]).toBeCloseTo(expected, 9);
    expect(rampTable(16, "ramlak")[0]).toBeGreaterThan(0.005);
  });

  it("knows its windows: 1 at frequency 0, and their value at the highest", () => {
    const highest = { ramlak: 1, "shepp-logan": 2 / Math.PI, cosine: 0, hamming: 0.08, hann: 0 };
    for (const window of FILTER_WINDOWS) {
      expect(windowAt(window, 0)).toBeCloseTo(1, 12);
      expect(windowAt(window, 1)).toBeCloseTo(highest[window], 9);
    }
  });

  it("continues the row beyond the detector, and wraps nothing round", () => {
    const row = new Float32Array(16);
    row[15] = 1;
    const filter = makeRampFilter(
      planRampFilter({ columns: 16, window: "ramlak", padding: "zero", margin: 2 }),
      2,
    );
    const out = new Float32Array(20 * LANES);
    filter(interleave([row], 1, 16), 0, 1, Float64Array.of(1), out);
    const values = deinterleave(out, 0);
    expect(values[2 + 15]).toBeCloseTo(0.25, 6);
    expect(values[2 + 14]).toBeCloseTo(-1 / Math.PI ** 2, 6);
    expect(values[2 + 16]).toBeCloseTo(-1 / Math.PI ** 2, 6);
    expect(values[2 + 0]).toBeCloseTo(-1 / (15 * Math.PI) ** 2, 6);
  });
});

describe("circularMask", () => {
  it("touches the edges at ratio 1, is smaller below, and a square without", () => {
    const full = circularMask(11, 1);
    expect([full.start[5], full.end[5]]).toEqual([0, 11]);
    expect([full.start[0], full.end[0]]).toEqual([5, 6]);
    const half = circularMask(11, 0.5);
    expect([half.start[0], half.end[0]]).toEqual([0, 0]);
    expect([circularMask(11, null).start[0], circularMask(11, null).end[10]]).toEqual([0, 11]);
  });
});
