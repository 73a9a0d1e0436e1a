import { describe, expect, it } from "vitest";
import { parseProgressLine, renderProgressLine } from "./progress-line.js";
import { ProgressMeter } from "./progress-meter.js";
import type { Progress } from "./progress-line.js";

describe("progress lines", () => {
  it("are what the guide promises, and read back", () => {
    const progress: Progress = {
      stage: "reconstruct",
      done: 16,
      total: 128,
      ratePerSecond: 3.1,
      secondsLeft: 36,
    };
    const line = renderProgressLine(progress);
    expect(line).toBe("progress: stage=reconstruct done=16 total=128 rate=3.1/s left=36s");
    expect(parseProgressLine(`${line}\r\n`)).toEqual(progress);
  });

  it("leave out what is not known, and take keys of later versions", () => {
    const line = renderProgressLine({
      stage: "centre",
      done: 0,
      total: 1,
      ratePerSecond: null,
      secondsLeft: null,
    });
    expect(line).toBe("progress: stage=centre done=0 total=1");
    expect(parseProgressLine(`${line} colour=red`)).toEqual({
      stage: "centre",
      done: 0,
      total: 1,
      ratePerSecond: null,
      secondsLeft: null,
    });
  });

  it.each([
    "",
    "progress:",
    "progress: stage=tea done=1 total=2",
    "progress: stage=centre done=x total=1",
    "Wrote 64 slices",
    "progress: stage=centre done=1",
  ])("are told from other lines: %j", (line) => {
    expect(parseProgressLine(line)).toBeNull();
  });
});

describe("ProgressMeter", () => {
  it("reports start and end, thins what is between, and works out the time left", () => {
    let now = 0;
    const seen: Progress[] = [];
    const meter = new ProgressMeter(
      (progress) => seen.push(progress),
      1000,
      () => now,
    );
    for (let done = 0; done <= 40; done++) {
      meter.update("reconstruct", done, 40);
      now += 100;
    }
    expect(seen.map(({ done }) => done)).toEqual([0, 10, 20, 30, 40]);
    expect(seen[1]).toMatchObject({ ratePerSecond: 10, secondsLeft: 3 });
    expect(seen[0]).toMatchObject({ ratePerSecond: null, secondsLeft: null });
  });
});
