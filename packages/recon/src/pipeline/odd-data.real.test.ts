import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseCommand } from "../cli/options.js";
import { RECON_ERROR_CODES } from "../errors/recon-error.js";
import { readTiffSlice } from "../output/read-tiff-slice.js";
import { makePhantomScan } from "../phantom/phantom-scan.js";
import { loadHdf5 } from "../scan/hdf5-file.js";
import { gain, relativeRmse } from "../testing/compare-slices.js";
import { getError } from "../testing/get-error.js";
import { makeFolder } from "../testing/run-program.js";
import { reconstruct } from "./reconstruct.js";

const folder = makeFolder();
afterAll(() => folder.remove());

const SIZE = 96;
const ROWS = 9;
const phantom = makePhantomScan({ columns: SIZE, rows: ROWS, angles: 120, noise: 0, fieldFrames: 1 });

/** Writes the phantom as float32 Data Exchange, each projection changed by `change`. */
async function writeScan(
  name: string,
  change: (counts: Float32Array, projection: number) => Float32Array,
  options: { readonly fields?: boolean; readonly units?: string } = {},
): Promise<string> {
  const path = join(folder.path, name);
  const { File } = await loadHdf5();
  const file = new File(path, "w");
  const exchange = file.create_group("exchange");
  const write = (key: string, frames: readonly Float32Array[]): void => {
    const data = new Float32Array(frames.length * ROWS * SIZE);
    for (const [i, frame] of frames.entries()) data.set(frame, i * ROWS * SIZE);
    exchange.create_dataset({ name: key, data, shape: [frames.length, ROWS, SIZE] });
  };
  write(
    "data",
    Array.from(phantom.anglesDegrees.keys(), (i) => change(Float32Array.from(phantom.projection(i)), i)),
  );
  if (options.fields !== false) {
    write("data_white", [Float32Array.from(phantom.flat(0))]);
    write("data_dark", [Float32Array.from(phantom.dark(0))]);
  }
  const theta = exchange.create_dataset({ name: "theta", data: phantom.anglesDegrees });
  theta.create_attribute("units", options.units ?? "degrees");
  file.close();
  return path;
}

async function run(path: string, ...options: readonly string[]) {
  const out = `${path}-out`;
  const args = [
    path,
    "-o",
    out,
    "--centre",
    String(phantom.axisColumn),
    "--workers",
    "1",
    "--overwrite",
    ...options,
  ];
  const command = parseCommand(args);
  if (command.kind !== "reconstruct") throw new Error("not a reconstruction");
  const record = await reconstruct(command.settings);
  return { record, slice: (await readTiffSlice(join(out, "recon_00004.tif"))).values };
}

describe("odd data", () => {
  it("a beam that drifts is put right by the air region, and is wrong without", async () => {
    const path = await writeScan("drift.h5", (counts, i) => counts.map((value) => value * (1 - i / 400)));
    const truth = phantom.slice(4);
    const corrected = await run(path, "--air-region", "0,0,4,9");
    expect(relativeRmse(corrected.slice, truth, SIZE)).toBeLessThan(0.04);
    expect(Math.abs(gain(corrected.slice, truth, SIZE) - 1)).toBeLessThan(0.025);
    expect(relativeRmse((await run(path)).slice, truth, SIZE)).toBeGreaterThan(0.045);
  });

  it("NaN is refused with its place, writes nothing, and is filled if so wished", async () => {
    const path = await writeScan("nan.h5", (counts, i) =>
      i === 7 ? counts.fill(Number.NaN, 4 * SIZE + 30, 4 * SIZE + 32) : counts,
    );
    const error = await getError(run(path));
    expect(error.code).toBe("VALUES_INVALID");
    expect(error.message).toContain(
      "nan.h5, frame 7 of /exchange/data: the sample in row 4, column 30 is NaN",
    );
    expect(error.hint).toContain("--fix-nan");
    const { record, slice } = await run(path, "--fix-nan");
    expect(record.warnings.join()).toContain("2 NaN or infinite samples filled");
    expect(relativeRmse(slice, phantom.slice(4), SIZE)).toBeLessThan(0.04);
  });

  it("isolated bright pixels are replaced before they become streaks", async () => {
    const hit = (counts: Float32Array, i: number): Float32Array => {
      for (let k = 0; k < 6; k++) counts[(i * 37 + k * 211) % counts.length] = 60_000;
      return counts;
    };
    const path = await writeScan("gammas.h5", hit);
    const clean = await run(path, "--outliers", "8000");
    expect(clean.record.warnings.join()).toMatch(/\d+ outliers replaced/);
    expect(relativeRmse(clean.slice, phantom.slice(4), SIZE)).toBeLessThan(0.04);
    expect(relativeRmse((await run(path)).slice, phantom.slice(4), SIZE)).toBeGreaterThan(0.06);
  });

  it("attenuation is not logged a second time, whatever is said", async () => {
    const rows = Array.from({ length: ROWS }, (_, row) => phantom.sinogram(row));
    const attenuation = (_: Float32Array, i: number): Float32Array => {
      const frame = new Float32Array(ROWS * SIZE);
      for (const [row, sinogram] of rows.entries())
        frame.set(sinogram.subarray(i * SIZE, (i + 1) * SIZE), row * SIZE);
      return frame;
    };
    const path = await writeScan("minus-log.h5", attenuation, { fields: false });
    for (const options of [[], ["--data", "transmission"]]) {
      const { record, slice } = await run(path, ...options);
      expect(record.scan.data).toBe("attenuation");
      expect(record.warnings.join()).toContain("look like -ln(T) already");
      expect(relativeRmse(slice, phantom.slice(4), SIZE)).toBeLessThan(0.04);
    }
    const transmission = await writeScan(
      "t.h5",
      (counts, i) => attenuation(counts, i).map((p) => Math.exp(-p)),
      { fields: false },
    );
    expect((await getError(run(transmission))).code).toBe("FLATS_MISSING");
    const { slice } = await run(transmission, "--data", "transmission");
    expect(relativeRmse(slice, phantom.slice(4), SIZE)).toBeLessThan(0.04);
  });

  it("angles whose unit contradicts them are refused, unless the user knows better", async () => {
    const path = await writeScan("unit.h5", (counts) => counts, { units: "rad" });
    const error = await getError(run(path));
    expect(error.code).toBe("ANGLES_UNIT");
    expect(error.hint).toContain("--angle-unit deg");
    expect(relativeRmse((await run(path, "--angle-unit", "deg")).slice, phantom.slice(4), SIZE)).toBeLessThan(
      0.04,
    );
  });
});

describe("the guide", () => {
  it("lists every error code with its exit code", () => {
    const guide = readFileSync(new URL("../../../../docs/guide/recon.md", import.meta.url), "utf8");
    const rows = new Map(
      [...guide.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code = "", exit]) => [code, Number(exit)]),
    );
    expect(Object.fromEntries(rows)).toEqual(RECON_ERROR_CODES);
  });
});
