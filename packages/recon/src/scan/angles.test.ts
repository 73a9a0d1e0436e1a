import { describe, expect, it } from "vitest";
import { getThrown } from "../testing/get-error.js";
import { equalSteps, parseAngleRange, parseAngleText, toRadians } from "./angles.js";
import { parseImatLog } from "./imat-log.js";

const turn = (count: number, last: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * last) / count);

describe("toRadians", () => {
  it.each([
    ["degrees", 180],
    ["degree", 180],
    ["rad", Math.PI],
    ["radians", Math.PI],
    [undefined, 180],
    [undefined, Math.PI],
  ])("takes %s", (unit, half) => {
    expect(toRadians(turn(90, half), unit, "file").radians[45]).toBeCloseTo(Math.PI / 2, 6);
  });

  it("says so where it had to choose", () => {
    expect(toRadians(turn(90, Math.PI), undefined, "file").notes[0]).toContain("taken as radians");
    expect(toRadians(turn(90, 180), undefined, "file").notes).toEqual([]);
  });

  it.each([
    ["degrees", Math.PI, "that is a turn in radians"],
    ["degrees", 2 * Math.PI, "that is a turn in radians"],
    ["rad", 180, "turns"],
    ["furlong", 180, "neither degrees nor radians"],
  ])("refuses %s up to %d", async (unit, last, text) => {
    const error = await getThrown(() => toRadians(turn(90, last), unit, "scan.nxs: /angle"));
    expect(error.code).toBe("ANGLES_UNIT");
    expect(error.message).toContain(text);
  });

  it("refuses NaN, and says which", () => {
    expect(() => toRadians([0, Number.NaN, 2], "deg", "scan.nxs")).toThrow(
      "scan.nxs: angle 2 of 3 is not a number",
    );
  });
});

describe("files of angles", () => {
  it("have one number per line, and comments", () => {
    expect([...parseAngleText("# theta\n0.5, junk\r\n\n 1e1\n-3", "a.txt")]).toEqual([0.5, 10, -3]);
  });

  it("name the line that is wrong", () => {
    expect(() => parseAngleText("0\n1\nzwei\n", "a.txt")).toThrow('a.txt, line 3: "zwei"');
  });

  it("or a range does", () => {
    expect(parseAngleRange("-90:270")).toEqual({ first: -90, last: 270 });
    expect(parseAngleRange("angles.txt")).toBeNull();
    expect([...equalSteps(4, 0, 360, false)]).toEqual([0, 90, 180, 270]);
    expect([...equalSteps(3, 0, 360, true)]).toEqual([0, 180, 360]);
    expect([...equalSteps(1, 5, 360, true)]).toEqual([5]);
  });
});

describe("IMAT's log", () => {
  it("gives the angles in the order of the projections, whatever the separators", () => {
    const blanks =
      "Sun Feb 10 00:22:04 2019   Radiography:  0   Monitor 3 before: 4\nSun   Projection:  1  angle: 0.3152   Monitor 3 before: 9\nSun   Projection:  0  angle: 0.0   Monitor";
    expect([...parseImatLog(blanks)]).toEqual([0, 0.3152]);
    expect([
      ...parseImatLog("Sun Feb 10,Projection: 0,angle: -1.5,Monitor 3\nSun,Projection: 1,angle: 2,x"),
    ]).toEqual([-1.5, 2]);
    expect([...parseImatLog("nothing of the kind")]).toEqual([]);
  });
});
