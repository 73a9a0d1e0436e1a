import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTiffSlice } from "./output/read-tiff-slice.js";
import { writePhantomScan } from "./phantom/write-phantom-scan.js";
import { makeFolder, runProgram } from "./testing/run-program.js";

const folder = makeFolder();
const at = (...parts: readonly string[]): string => join(folder.path, ...parts);

beforeAll(() => writePhantomScan(at("scan.nxs"), { columns: 64, rows: 19, angles: 120, noise: 0.005 }));
afterAll(() => folder.remove());

describe("a slice", () => {
  it("gives the same bits for any rows at once, any number of threads", async () => {
    const slices = async (name: string, rows: string, workers: string): Promise<Buffer[]> => {
      const where = ["-o", at(name), "--rows", rows, "--workers", workers, "--rings", "9"];
      const run = await runProgram([at("scan.nxs"), "--centre", "33.1", "-q", ...where]);
      expect(run.code).toBe(0);
      const names = readdirSync(at(name)).filter((file) => file.endsWith(".tif"));
      return names.map((file) => readFileSync(at(name, file)));
    };
    const whole = await slices("whole", "0:19", "2");
    expect(whole).toHaveLength(19);
    for (const [first, last, workers] of [
      [3, 6, "1"],
      [7, 18, "3"],
    ] as const) {
      const part = await slices(`part${first}`, `${first}:${last}`, workers);
      expect(part).toHaveLength(last - first);
      for (const [i, slice] of part.entries())
        expect(slice.equals(whole[first + i] ?? slice.subarray(1))).toBe(true);
    }
  });

  it("computes the same without vectors, which a processor of before 2008 has not", async () => {
    const args = [at("scan.nxs"), "--centre", "33.1", "-q", "--rows", "8:10"];
    const main = fileURLToPath(new URL("main.js", import.meta.url));
    const [plain, fast] = ["plain", "fast"].map((name, i) => {
      const flags = i === 0 ? ["--no-enable-sse4-1"] : [];
      expect(spawnSync(process.execPath, [...flags, main, ...args, "-o", at(name)]).status).toBe(0);
      return readTiffSlice(at(name, "recon_00009.tif"));
    });
    const [a, b] = [(await plain)?.values ?? [], (await fast)?.values ?? []];
    const difference = Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-6);
  });
});
