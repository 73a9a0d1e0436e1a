import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writePhantomScan } from "./phantom/write-phantom-scan.js";
import { loadHdf5 } from "./scan/hdf5-file.js";
import { readRecord } from "./testing/read-record.js";
import { makeFolder, runProgram } from "./testing/run-program.js";

const folder = makeFolder();
afterAll(() => folder.remove());
const MIB = 2 ** 20;

describe("memory", () => {
  it.each(["tiff", "h5"])("stays below what is allowed (%s)", async (format) => {
    const path = join(folder.path, `${format}.nxs`);
    await writePhantomScan(path, { columns: 128, rows: 160, angles: 180, fieldFrames: 2 });
    const out = join(folder.path, format);
    const args = [
      path,
      "-o",
      out,
      "--format",
      format,
      "--centre",
      "66.9",
      "--memory",
      "350M",
      "--workers",
      "2",
      "--json",
    ];
    const record = readRecord((await runProgram(args)).stdout);
    expect(record.workers).toBe(2);
    expect(record.peakMemoryBytes).toBeLessThan(350 * MIB);
  });

  it("stays below what is allowed, for a scan larger than that", async () => {
    const path = join(folder.path, "large.h5");
    await writeTallScan(path, 10_000, 1400);
    expect(statSync(path).size).toBeGreaterThan(420 * MIB);
    const run = await runProgram([
      path,
      "-o",
      folder.path,
      "--format",
      "h5",
      "--centre",
      "10.9",
      "--memory",
      "340M",
      "--workers",
      "2",
      "--json",
    ]);
    expect(run.code).toBe(0);
    const record = readRecord(run.stdout);
    expect(record.output.slices).toBe(10_000);
    expect(record.workers).toBe(2);
    expect(record.peakMemoryBytes).toBeLessThan(340 * MIB);
  }, 300_000);
});

/** A scan of 16 columns and many rows, all projections alike: large, not interesting. */
async function writeTallScan(path: string, rows: number, angles: number): Promise<void> {
  const { File } = await loadHdf5();
  const file = new File(path, "w");
  const exchange = file.create_group("exchange");
  const write = (name: string, count: number, counts: number): void => {
    const frame = new Uint16Array(rows * 16).fill(counts);
    const shape = { shape: [1, rows, 16], maxshape: [null, rows, 16], chunks: [1, rows, 16] };
    const dataset = exchange.create_dataset({ name, data: frame, ...shape });
    dataset.resize([count, rows, 16]);
    for (let i = 0; i < count; i++) dataset.write_slice([[i, i + 1], [], []], frame);
  };
  write("data", angles, 5000);
  write("data_white", 1, 10_000);
  write("data_dark", 1, 100);
  exchange.create_dataset({
    name: "theta",
    data: Float64Array.from({ length: angles }, (_, i) => (i * 180) / angles),
  });
  file.close();
}
