import { describe, expect, it } from "vitest";
import { alignRows, splitBlocks, splitSlabs } from "./block-pipeline.js";

describe("slabs", () => {
  const buffer = new SharedArrayBuffer(8);
  const slabsOf = (firstRow: number, lastRow: number, detectorRows: number, blockRows: number) =>
    splitBlocks(alignRows({ firstRow, lastRow }, detectorRows), blockRows).flatMap((block) =>
      splitSlabs(block, buffer, { firstRow, lastRow }),
    );

  it("are the same eight rows whatever rows are wanted, and give no slice twice and none too many", () => {
    const whole = slabsOf(0, 21, 21, 16).map(({ firstRow, lanes }) => `${firstRow}+${lanes}`);
    expect(whole).toEqual(["0+8", "8+8", "16+5"]);
    for (let first = 0; first < 21; first++) {
      for (let last = first + 1; last <= 21; last++) {
        const slabs = slabsOf(first, last, 21, 8);
        for (const { firstRow, lanes } of slabs) expect(whole).toContain(`${firstRow}+${lanes}`);
        const slices = slabs.flatMap(({ firstRow, firstLane, lastLane }) =>
          Array.from({ length: lastLane - firstLane }, (_, i) => firstRow + firstLane + i),
        );
        expect(slices).toEqual(Array.from({ length: last - first }, (_, i) => first + i));
      }
    }
  });
});
