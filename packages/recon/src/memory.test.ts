import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { statSync } from "node:fs";
import { planMemory } from "./pipeline/memory-plan.js";
import type { MemoryDemand } from "./pipeline/memory-plan.js";
import { readRecord } from "./testing/read-record.js";
import { getThrown } from "./testing/get-error.js";
import { loadHdf5 } from "./scan/hdf5-file.js";
import { makeFolder, runProgram } from "./testing/run-program.js";

const folder = makeFolder();
afterAll(() => folder.remove());
const MIB = 2 ** 20;

describe("memory", () => {
  it("stays below what is allowed, for a scan larger than that", async () => {
    const path = join(folder.path, "large.h5");
    await writeTallScan(path, 20_000, 480);
    expect(statSync(path).size).toBeGreaterThan(290 * MIB);
    const run = await runProgram([
      path,
      "-o",
      folder.path,
      "--format",
      "h5",
      "--centre",
      "10.9",
      "--memory",
      "250M",
      "--workers",
      "2",
      "--json",
    ]);
    expect(run.code).toBe(0);
    const record = readRecord(run.stdout);
    expect(record.output.slices).toBe(20_000);
    expect(record.workers).toBe(2);
    expect(record.peakMemoryBytes).toBeLessThan(250 * MIB);
  }, 60_000);

  const demand: MemoryDemand = {
    angles: 1800,
    columns: 2048,
    detectorRows: 2048,
    rows: 2048,
    sampleBytes: 2,
    wholeFrames: false,
    framesPerRead: 1,
  };

  it("is planned within the budget, whatever the scan's height", () => {
    for (const detectorRows of [64, 2048, 3000]) {
      for (const gigabytes of [0.8, 2, 8]) {
        const plan = planMemory({ ...demand, detectorRows, rows: detectorRows }, 16, gigabytes * 2 ** 30);
        expect(plan.bytes).toBeLessThanOrEqual(gigabytes * 2 ** 30);
        expect(plan.blockRows % 8).toBe(0);
      }
    }
  });

  it("gives up threads before it gives up", async () => {
    expect(planMemory(demand, 16, 2 ** 30 * 16).workers).toBe(16);
    expect(planMemory(demand, 16, 2 ** 30 * 2).workers).toBeLessThan(8);
    expect((await getThrown(() => planMemory(demand, 16, 2 ** 28))).code).toBe("MEMORY_TOO_SMALL");
  });

  it("reads as many rows at once as fit where frames are decoded whole", () => {
    expect(planMemory({ ...demand, wholeFrames: true }, 4, 2 ** 33).blockRows).toBeGreaterThan(200);
    expect(planMemory(demand, 4, 2 ** 33).blockRows).toBe(64);
  });
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
