import { describe, expect, it } from "vitest";
import { makePhantomScan } from "../phantom/phantom-scan.js";
import type { PhantomOptions } from "../phantom/phantom-scan.js";
import { makeRandom } from "../phantom/random.js";
import { findCentre, sourceFromSinograms } from "./find-centre.js";
import type { CentreResult } from "./find-centre.js";
import { findOppositePairs } from "./opposite-pairs.js";

const COLUMNS = 112;

async function find(options: PhantomOptions, noise = 0): Promise<{ result: CentreResult; truth: number }> {
  const scan = makePhantomScan({ columns: COLUMNS, rows: 20, angles: 120, ...options });
  const random = makeRandom(7);
  const rows = Array.from({ length: 20 }, (_, row) =>
    scan.sinogram(row).map((value) => value + noise * random.normal()),
  );
  const anglesRadians = scan.anglesDegrees.map((angle) => (angle * Math.PI) / 180);
  return {
    result: await findCentre(sourceFromSinograms(rows, COLUMNS, anglesRadians)),
    truth: scan.axisColumn,
  };
}

describe("findCentre", () => {
  it.each<[string, PhantomOptions, number]>([
    ["180 degrees without the last", {}, 0],
    ["180 degrees with both ends", { bothEnds: true, axisOffsetPixels: -3.6 }, 0.03],
    ["360 degrees", { angleRangeDegrees: 360, axisOffsetPixels: 4.25 }, 0.03],
    ["360 degrees, opposite views between two others", { angleRangeDegrees: 360, angles: 181 }, 0],
    ["backwards from anywhere", { firstAngleDegrees: -88.2, angleRangeDegrees: -180, bothEnds: true }, 0.03],
    ["noise of 5 %", { axisOffsetPixels: 1.75 }, 0.05],
  ])("is within a quarter of a pixel: %s", async (_, options, noise) => {
    const { result, truth } = await find(options, noise);
    expect(Math.abs(result.centre - truth)).toBeLessThan(0.25);
    expect(result.sure).toBe(true);
  });

  it("uses sharpness, and says that it is unsure, where no two views are opposite", async () => {
    const { result, truth } = await find({ angleRangeDegrees: 150 });
    expect(result).toMatchObject({ method: "negativity", sure: false });
    expect(result.remark).toContain("no two views are opposite");
    expect(Math.abs(result.centre - truth)).toBeLessThan(3);
  });

  it("says that it is unsure when there is nothing but noise", async () => {
    const { result } = await find({ object: [] }, 0.05);
    expect(result.sure).toBe(false);
  });
});

describe("findOppositePairs", () => {
  const degrees = (values: readonly number[]) =>
    Float64Array.from(values, (value) => (value * Math.PI) / 180);

  it("finds the one pair of a scan with both ends", () => {
    const pairs = findOppositePairs(degrees([0, 45, 90, 135, 180]), 8);
    expect(pairs.map(({ projection, others }) => [projection, others[0]?.projection])).toEqual([
      [0, 4],
      [4, 0],
    ]);
  });

  it("foresees the view one step beyond the end from the last two", () => {
    const [pair] = findOppositePairs(degrees([0, 45, 90, 135]), 8);
    expect(pair?.measured).toBe(false);
    expect(pair?.others.map(({ projection }) => projection)).toEqual([3, 2]);
    expect(pair?.others[0]?.weight).toBeCloseTo(2, 9);
    expect(pair?.others[1]?.weight).toBeCloseTo(-1, 9);
  });

  it("finds none where there is none", () => {
    expect(findOppositePairs(degrees([0, 10, 20, 30, 40]), 8)).toEqual([]);
    expect(findOppositePairs(degrees([5, 5, 5]), 8)).toEqual([]);
    expect(findOppositePairs(degrees([]), 8)).toEqual([]);
  });
});
