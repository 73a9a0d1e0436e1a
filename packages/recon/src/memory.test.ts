import { describe, expect, it } from "vitest";
import { planMemory } from "./pipeline/memory-plan.js";
import type { MemoryDemand } from "./pipeline/memory-plan.js";
import { getThrown } from "./testing/get-error.js";

describe("memory", () => {
  const demand: MemoryDemand = {
    angles: 1800,
    columns: 2048,
    detectorRows: 2048,
    rows: 2048,
    sampleBytes: 2,
    wholeFrames: false,
    framesPerRead: 1,
    hdf5Output: false,
    method: "gridrec",
    stageBytes: 0,
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
