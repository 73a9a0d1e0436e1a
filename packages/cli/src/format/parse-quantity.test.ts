import { describe, expect, it } from "vitest";
import {
  collectAssignment,
  parseCount,
  parseDuration,
  parseInstant,
  parsePort,
  parseSize,
} from "./parse-quantity.js";

describe("parseDuration", () => {
  it.each([
    ["90s", 90],
    ["30min", 1800],
    ["30m", 1800],
    ["2h", 7200],
    ["1h30min", 5400],
    ["1d 2h", 93_600],
    ["1.5h", 5400],
    ["02:30", 9000],
    ["26:00:01", 93_601],
  ])("reads %s", (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(["", "90", "2 weeks", "h", "-1h", "0s", "1h30", "12:60", "2h!", "9999999999h", "99999999:00"])(
    "refuses %j",
    (text) =>
      expect(() => parseDuration(text)).toThrow("Write a time as 90s, 30min, 2h, 1h30min or HH:MM:SS."),
  );
});

describe("parseSize", () => {
  it.each([
    ["512M", 512 * 1024 ** 2],
    ["4G", 4 * 1024 ** 3],
    ["1.5GiB", 1.5 * 1024 ** 3],
    ["2GB", 2e9],
    ["1048576", 1_048_576],
  ])("reads %s", (text, sizeBytes) => expect(parseSize(text)).toBe(sizeBytes));

  it("refuses more than a number can hold", () =>
    expect(() => parseSize("99999999999T")).toThrow("No machine has that much."));

  it.each(["", "4", "-1G", "4X", "G"])("refuses %j", (text) =>
    expect(() => parseSize(text)).toThrow("Write a size with its unit: 512M, 4G, 1.5T."),
  );
});

describe("parseInstant", () => {
  const now = new Date(2026, 10, 25, 12, 0, 0);

  it("takes a clock time as the next one", () => {
    expect(parseInstant("18:30", now)).toEqual(new Date(2026, 10, 25, 18, 30));
    expect(parseInstant("6:30", now)).toEqual(new Date(2026, 10, 26, 6, 30));
  });

  it("takes a date in the local zone, or in the zone given", () => {
    expect(parseInstant("2026-12-01 08:00", now)).toEqual(new Date(2026, 11, 1, 8, 0));
    expect(parseInstant("2026-12-01T08:00:00Z", now)).toEqual(new Date("2026-12-01T08:00:00Z"));
  });

  it("counts from now", () => expect(parseInstant("+2h", now)).toEqual(new Date(2026, 10, 25, 14, 0)));

  it.each(["", "25:00", "tomorrow", "2026-12-01", "2026-13-01T08:00", "+", "+9999999999h"])(
    "refuses %j",
    (text) => expect(() => parseInstant(text, now)).toThrow("Write a time as"),
  );
});

describe("counts, ports and assignments", () => {
  it("read what they should and refuse the rest", () => {
    expect(parseCount("16")).toBe(16);
    for (const text of ["0", "-1", "1.5", "", "1e3", "x"])
      expect(() => parseCount(text)).toThrow("at least 1");
    expect(parsePort("0")).toBe(0);
    for (const text of ["65536", "-1", "http"]) expect(() => parsePort(text)).toThrow("port number");
  });

  it("keep everything after the first =", () => {
    expect(collectAssignment("A=b=c d", { X: "" })).toEqual({ X: "", A: "b=c d" });
    expect(collectAssignment("A=")).toEqual({ A: "" });
    expect(() => collectAssignment("A")).toThrow("Write it as NAME=VALUE.");
    expect(() => collectAssignment("=b")).toThrow("Write it as NAME=VALUE.");
    expect(() => collectAssignment("A=2", { A: "1" })).toThrow("A is given twice.");
  });
});
