import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTiffSlice } from "./output/read-tiff-slice.js";
import { writePhantomScan } from "./phantom/write-phantom-scan.js";
import { parseProgressLine } from "./progress/progress-line.js";
import { makeFolder, runProgram } from "./testing/run-program.js";

const folder = makeFolder();
const at = (...parts: readonly string[]): string => join(folder.path, ...parts);
const ROWS = 3000;

beforeAll(async () => {
  await writePhantomScan(at("scan.nxs"), { columns: 96, rows: ROWS, angles: 120, fieldFrames: 1 });
});
afterAll(() => folder.remove());

/** Starts the program and signals it when some slices are done. */
async function stopMidway(name: string, signal: NodeJS.Signals, format: "tiff" | "h5") {
  let sent = false;
  const args = [at("scan.nxs"), "-o", at(name), "--centre", "50.9", "--format", format];
  const run = await runProgram(args, (stdout, kill) => {
    const progress = stdout.split("\n").flatMap((line) => parseProgressLine(line) ?? []);
    if (
      sent ||
      !progress.some(({ stage, done, total }) => stage === "reconstruct" && done > 0 && done < total)
    )
      return;
    sent = true;
    kill(signal);
  });
  expect(sent).toBe(true);
  const names = readdirSync(at(name));
  return { run, names, visible: names.filter((file) => !file.startsWith(".")) };
}

describe("stopped midway", () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("%s leaves finished slices whole, no part of any, and says so", async (signal, code) => {
    const { run, names, visible } = await stopMidway(signal, signal, "tiff");
    expect(run.code).toBe(code);
    expect(run.stderr).toMatch(
      new RegExp(`Stopped by ${signal}\\. \\d+ of ${ROWS} slices are finished and whole in `),
    );
    expect(names).toEqual(visible);
    expect(visible.length).toBeGreaterThan(0);
    expect(visible.length).toBeLessThan(ROWS);
    expect(visible).not.toContain("recon.json");
    for (const name of visible) expect((await readTiffSlice(at(signal, name))).values).toHaveLength(96 * 96);
  });

  it("SIGTERM leaves no half HDF5 file", async () => {
    const { run, names } = await stopMidway("volume", "SIGTERM", "h5");
    expect(run.code).toBe(143);
    expect(run.stderr).toContain("Nothing has been written.");
    expect(names).toEqual([]);
  });

  it("SIGKILL leaves nothing incomplete under a final name", async () => {
    const { visible } = await stopMidway("killed", "SIGKILL", "tiff");
    expect(visible).not.toContain("recon.json");
    for (const name of visible)
      expect((await readTiffSlice(at("killed", name))).values).toHaveLength(96 * 96);
  });
});
