import { describe, expect, it } from "vitest";
import { holdsArrayIndex, isSlurmJobPart, parseSlurmJobId, renderSlurmJobId } from "./job-ids.js";

describe("a job id of Slurm's", () => {
  it.each([
    ["123", { base: 123 }],
    ["123_4", { base: 123, index: 4 }],
    ["123[4]", { base: 123, index: 4 }],
    ["123_0", { base: 123, index: 0 }],
    ["123+1", { base: 123, offset: 1 }],
    ["123_[5-9%2]", { base: 123, waiting: "5-9%2" }],
    ["123_[1,3,5-9:2]", { base: 123, waiting: "1,3,5-9:2" }],
    ["123_[1,3,...%4]", { base: 123, waiting: "1,3,...%4" }],
    ["4294967295", { base: 4_294_967_295 }],
  ])("%s is read", (text, ref) => {
    expect(parseSlurmJobId(text)).toEqual(ref);
    expect(renderSlurmJobId(ref)).toBe(text.replace("[4]", "_4"));
  });

  it.each([
    "",
    "0",
    "-1",
    "1;id",
    "1,2",
    "a",
    "1_",
    "1_a",
    "1+",
    "1_[",
    "1_[]x",
    "1 ",
    "1\n",
    "١",
    "9".repeat(11),
  ])("%j is none", (text) => {
    expect(parseSlurmJobId(text)).toBeUndefined();
  });

  it("knows its elements", () => {
    expect(holdsArrayIndex("0-3,7%2", 3)).toBe(true);
    expect(holdsArrayIndex("0-3,7%2", 7)).toBe(true);
    expect(holdsArrayIndex("0-3,7%2", 5)).toBe(false);
    expect(holdsArrayIndex("0-8:4", 4)).toBe(true);
    expect(holdsArrayIndex("0-8:4", 5)).toBe(false);
    expect(holdsArrayIndex("1-9:0", 1)).toBe(false);
    expect(holdsArrayIndex("", 0)).toBe(false);
  });

  it("means records", () => {
    const means = (asked: string, told: string) =>
      isSlurmJobPart(parseSlurmJobId(asked) ?? { base: 0 }, parseSlurmJobId(told) ?? { base: 1 });
    expect(means("12", "12")).toBe(true);
    expect(means("12", "12_3")).toBe(true);
    expect(means("12", "12_[4-5]")).toBe(true);
    expect(means("12", "13")).toBe(false);
    expect(means("12_4", "12_[4-5]")).toBe(true);
    expect(means("12_4", "12_[5-6]")).toBe(false);
    expect(means("12_4", "12_4")).toBe(true);
    expect(means("12_4", "12")).toBe(false);
    expect(means("12+1", "12+1")).toBe(true);
    expect(means("12+1", "12+0")).toBe(false);
    expect(means("12_[4-5]", "12_5")).toBe(true);
    expect(means("12_[4-5]", "12_6")).toBe(false);
  });
});
