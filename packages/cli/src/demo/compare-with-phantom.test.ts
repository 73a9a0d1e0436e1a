import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderTiff } from "scarf-tomo-recon";
import { phantomSlice } from "scarf-tomo-recon/phantom";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compareWithPhantom, listSlices, rmseBound } from "./compare-with-phantom.js";

const columns = 32;
const rows = 3;
const truth = (row: number) => phantomSlice(row, { columns, rows });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "compare-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function writeSlice(row: number, samples: Float32Array): Promise<void> {
  const name = `recon_${String(row).padStart(5, "0")}.tif`;
  await writeFile(join(directory, name), Buffer.concat(renderTiff(samples, columns, columns)));
}

it("finds no error in the true slices", async () => {
  for (let row = 0; row < rows; row += 1) await writeSlice(row, truth(row));
  await writeFile(join(directory, "recon.json"), "{}");
  expect(await listSlices(directory)).toEqual(["recon_00000.tif", "recon_00001.tif", "recon_00002.tif"]);
  expect(await compareWithPhantom(directory, truth)).toBe(0);
});

it("finds an even error as it is", async () => {
  await writeSlice(
    0,
    truth(0).map((value) => value + 0.01),
  );
  expect(await compareWithPhantom(directory, truth)).toBeCloseTo(0.01, 6);
});

it("would see a slice turned upside down, mirrored, of another row, or empty", async () => {
  const slice = truth(1);
  const mirrored = slice.map(
    (_, index) => slice[index - (index % columns) + columns - 1 - (index % columns)] ?? 0,
  );
  for (const wrong of [slice.toReversed(), mirrored, truth(0), slice.map(() => 0)]) {
    await writeSlice(1, wrong);
    expect(await compareWithPhantom(directory, truth)).toBeGreaterThan(rmseBound);
  }
});

it("is never right by a value that is no number, or by nothing at all", async () => {
  expect(await compareWithPhantom(directory, truth)).toBeNaN();
  await writeSlice(0, truth(0).fill(Number.NaN, 500, 501));
  expect(await compareWithPhantom(directory, truth)).toBeNaN();
});
