import { describe, expect, it } from "vitest";
import { getThrown } from "../testing/get-error.js";
import { HELP } from "./help.js";
import { parseCommand } from "./options.js";
import { renderBar } from "./reporter.js";

const settingsOf = (...args: readonly string[]) => {
  const command = parseCommand(["scan.nxs", ...args]);
  if (command.kind !== "reconstruct") throw new Error("not a reconstruction");
  return command.settings;
};

describe("parseCommand", () => {
  it("has sensible defaults", () => {
    expect(settingsOf()).toMatchObject({
      input: "scan.nxs",
      centre: "auto",
      rows: null,
      window: "shepp-logan",
      maskRatio: 1,
      memoryBytes: 2 ** 31,
      output: {
        folder: process.cwd(),
        prefix: "recon",
        format: "tiff",
        sampleType: "float32",
        overwrite: false,
      },
    });
  });

  it("reads rows, regions, sizes, lengths and limits as people write them", () => {
    expect(settingsOf("--rows", "5").rows).toEqual({ first: 5, last: 6 });
    expect(settingsOf("--rows", "5:").rows).toEqual({ first: 5, last: null });
    expect(settingsOf("--air-region", "[1, 2, 30, 40]").airRegion).toEqual({
      left: 1,
      top: 2,
      right: 30,
      bottom: 40,
    });
    expect(settingsOf("--memory", "1.5GiB").memoryBytes).toBe(1.5 * 2 ** 30);
    expect(settingsOf("--pixel-size", "0.029mm").pixelSizeMetres).toBeCloseTo(29e-6, 12);
    expect(settingsOf("--type", "uint16", "--limits", "-0.1:2").output.limits).toEqual({
      low: -0.1,
      high: 2,
    });
    expect(settingsOf("--angles", "-90:90").scan.angles).toBe("-90:90");
    expect(settingsOf("--center", "85.74").centre).toBe(85.74);
    expect(settingsOf("--circular-mask", "none").maskRatio).toBeNull();
  });

  it.each<[string[], string]>([
    [[], "Say which scan"],
    [["a", "--colour"], "--colour"],
    [["a", "--centre", "middle"], '--centre takes a number, not "middle"'],
    [["a", "--window", "bay"], "shepp-logan, ramlak"],
    [["a", "b"], '"b" is one too many'],
    [["a", "--pixel-size", "3 apples"], "--pixel-size takes a length"],
    [["a", "--memory", "lots"], "--memory takes a size"],
    [["a", "--workers", "0"], "--workers takes a whole number of at least 1"],
    [["a", "--limits", "0:1"], "only goes with --type uint16"],
    [["a", "--type", "uint16", "--limits", "1:0"], "LOW < HIGH"],
    [["a", "--angles", "x", "--max-angle", "3"], "can't both be given"],
    [["a", "--prefix", "../x"], "--prefix takes the beginning of a file name"],
    [["a", "--air-region", "3,3,1,1"], "X1 < X2"],
    [["a", "--method", "tv"], "--method"],
    [["a", "--iterations", "9"], "only goes with a method that iterates"],
    [["a", "--method", "sirt", "--iterations", "0"], "--iterations takes a whole number of at least 1"],
    [["a", "--circular-mask", "2"], "a ratio above 0 and up to 1"],
    [["a", "--picture-row", "2"], "only goes with --picture"],
    [["a", "--rows", "-3:4"], "--rows"],
  ])("refuses %j, naming the option", async (args, text) => {
    const error = await getThrown(() => parseCommand(args));
    expect(error.code).toBe("USAGE");
    expect(error.message).toContain(text);
  });

  it("takes every option that the help names", () => {
    const options = new Set([...HELP.matchAll(/--[a-z0-9][a-z0-9-]*/g)].map(([name]) => name));
    expect(options.size).toBeGreaterThan(35);
    const unknown = [...options].filter((option) => !isKnown(option));
    expect(unknown).toEqual([]);
  });
});

function isKnown(option: string): boolean {
  try {
    parseCommand(["a", option, "1"]);
    return true;
  } catch (error) {
    return !String(error).includes("Unknown option");
  }
}

describe("renderBar", () => {
  it("fits the terminal, however narrow", () => {
    const progress = {
      stage: "reconstruct",
      done: 16,
      total: 128,
      ratePerSecond: 3.1,
      secondsLeft: 3700,
    } as const;
    expect(renderBar(progress, 80)).toMatch(
      /^Reconstructing .*█+░+ 16\/128 {2}3\.1 slices\/s {2}1 h 2 min left$/,
    );
    for (const width of [20, 40, 80, 200]) expect(renderBar(progress, width).length).toBeLessThan(width);
  });
});
