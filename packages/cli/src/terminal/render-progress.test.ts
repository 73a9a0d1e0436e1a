import { describe, expect, it } from "vitest";
import {
  type ProgressState,
  renderProgressBar,
  renderProgressEnd,
  renderProgressText,
} from "./render-progress.js";
import { measureWidth } from "./text-width.js";

const MiB = 1024 * 1024;
const state: ProgressState = {
  label: "Upload scan.nxs",
  done: 12 * MiB,
  total: 20 * MiB,
  rate: 4 * MiB,
  elapsedSeconds: 3,
  unit: "bytes",
};

describe("progress", () => {
  it("tells share, amount, rate and time left", () => {
    expect(renderProgressText(state)).toBe(
      "Upload scan.nxs: 60 %, 12.0 MiB of 20.0 MiB, 4.0 MiB/s, 2.0 s left",
    );
    expect(renderProgressBar(state, 90)).toBe(
      "Upload scan.nxs ██████████████░░░░░░░░░ 60 %  12.0 MiB of 20.0 MiB  4.0 MiB/s  2.0 s left",
    );
  });

  it("fits any width", () => {
    for (const columns of [70, 79, 100, 200]) {
      expect(
        measureWidth(
          renderProgressBar({ ...state, label: "Upload a file with a rather long name.nxs" }, columns),
        ),
      ).toBeLessThanOrEqual(columns);
    }
  });

  it("claims neither share nor time left when the total isn't known", () => {
    expect(renderProgressText({ ...state, total: undefined })).toBe("Upload scan.nxs: 12.0 MiB, 4.0 MiB/s");
  });

  it("claims no time left while the rate isn't known, or is nothing", () => {
    expect(renderProgressText({ ...state, rate: undefined })).toBe(
      "Upload scan.nxs: 60 %, 12.0 MiB of 20.0 MiB",
    );
    expect(renderProgressText({ ...state, rate: 0 })).not.toContain("left");
  });

  it("never shows more than the whole, and an empty file as no share", () => {
    expect(renderProgressText({ ...state, done: 21 * MiB })).toContain("100 %");
    expect(renderProgressText({ ...state, done: 0, total: 0, rate: undefined })).toBe(
      "Upload scan.nxs: 0 B of 0 B",
    );
  });

  it("counts other things than bytes", () => {
    const slices = { ...state, label: "Reconstruct", unit: "slices", done: 30, total: 120, rate: 15 };
    expect(renderProgressText(slices)).toBe("Reconstruct: 25 %, 30 of 120 slices, 6.0 s left");
    expect(renderProgressEnd({ ...slices, done: 120, elapsedSeconds: 8 })).toBe(
      "Reconstruct: 120 slices in 8.0 s (15 slices/s)",
    );
  });

  it("ends with amount, time and mean rate", () => {
    expect(renderProgressEnd({ ...state, done: 20 * MiB, elapsedSeconds: 5 })).toBe(
      "Upload scan.nxs: 20.0 MiB in 5.0 s (4.0 MiB/s)",
    );
  });
});
