import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readTiffSlice } from "./output/read-tiff-slice.js";
import { correlation, meanAround } from "./testing/compare-slices.js";
import { findSharedData } from "./testing/find-shared-data.js";
import { readRecord } from "./testing/read-record.js";
import { makeFolder, runProgram } from "./testing/run-program.js";

const folder = makeFolder();
afterAll(() => folder.remove());

async function reconstruct(name: string, input: string, ...options: readonly string[]) {
  const out = join(folder.path, name);
  const run = await runProgram([input, "-o", out, "-q", ...options]);
  expect(run.stderr).not.toContain("scarf-recon:");
  expect(run.code).toBe(0);
  const record = readRecord(readFileSync(join(out, "recon.json"), "utf8"));
  return {
    record,
    stderr: run.stderr,
    slice: async (row: number) =>
      (await readTiffSlice(join(out, `recon_${String(row).padStart(5, "0")}.tif`))).values,
  };
}

describe("diamond-24737, a real scan in five layouts", () => {
  const layouts = [
    ["nxtomo", ["derived-from-24737", "24737_nxtomo.nxs"]],
    ["root", ["derived-from-24737", "24737_nxtomo_root.nx"]],
    ["dx", ["derived-from-24737", "24737_dx.h5"]],
    ["tiff", ["diamond-24737"]],
    ["imat", ["derived-from-24737", "imat-layout", "RB0000000", "24737"]],
  ] as const;

  it("has its centre at 85.74 and gives the same slice from each", async () => {
    const slices: Float32Array[] = [];
    for (const [name, path] of layouts) {
      const { record, slice } = await reconstruct(name, findSharedData(...path), "--rows", "62:78");
      expect(Math.abs(record.centre.pixels - 85.74)).toBeLessThan(0.25);
      expect(record.centre.sure).toBe(true);
      expect(record.scan.projections).toBe(91);
      slices.push(await slice(67));
    }
    const [first, root, dx, tiff, imat] = slices;
    if (
      first === undefined ||
      root === undefined ||
      dx === undefined ||
      tiff === undefined ||
      imat === undefined
    )
      throw new Error("no slices");
    expect(root).toEqual(first);
    expect(dx).toEqual(first);
    // Flat and dark of the TIFF stack are not rounded to whole counts.
    expect(correlation(tiff, first, 160)).toBeGreaterThan(0.9999);
    // IMAT's angles begin at 0 in place of -88.2 degrees: the same slice, turned.
    expect(correlation(imat, first, 160)).toBeLessThan(0.9);
    const brightest = (values: Float32Array): number => values.toSorted().at(-50) ?? 0;
    expect(Math.abs(brightest(imat) / brightest(first) - 1)).toBeLessThan(0.05);
  }, 60_000);
});

describe("aps-tooth", () => {
  it("has its centre at 295.6; enamel is denser than dentine, and air is 0", async () => {
    const { record, slice } = await reconstruct("tooth", findSharedData("aps-tooth", "tooth.h5"));
    expect(Math.abs(record.centre.pixels - 295.6)).toBeLessThan(0.5);
    expect(record.centre.sure).toBe(true);
    const values = await slice(0);
    const air = meanAround(values, 640, -200, 100, 20);
    const dentine = meanAround(values, 640, 60, 20, 8);
    const enamel = meanAround(values, 640, -60, -60, 8);
    expect(Math.abs(air)).toBeLessThan(0.05 * dentine);
    expect(enamel).toBeGreaterThan(1.2 * dentine);
  }, 60_000);
});

describe("imat-phantom-sinogram, already -ln, over 360 degrees", () => {
  it("is not logged twice, is centred within a pixel, and shows the four rods in their disc", async () => {
    const input = findSharedData("imat-phantom-sinogram", "sinogram.tiff");
    const { record, stderr, slice } = await reconstruct(
      "imat-sinogram",
      input,
      "--angles",
      "0:360",
      "--circular-mask",
      "0.6",
      "--per",
      "cm",
      "--pixel-size",
      "0.029mm",
    );
    expect(stderr).toContain("look like -ln(T) already");
    expect(record.scan.data).toBe("attenuation");
    expect(Math.abs(record.centre.pixels - 460.2)).toBeLessThan(1);
    expect(record.output.unit).toBe("1/cm");
    const values = await slice(0);
    const at = (x: number, y: number): number => meanAround(values, 924, x, y, 6);
    const disc = at(0, -200);
    const rods = [at(-107, -164), at(-210, 77), at(50, 185), at(158, -71)];
    for (const rod of rods) expect(rod).toBeGreaterThan(2 * disc);
    expect(Math.max(...rods) / Math.min(...rods)).toBeLessThan(1.15);
  }, 60_000);
});
