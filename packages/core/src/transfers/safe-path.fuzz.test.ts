import { relative, resolve, sep } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScarfError } from "../errors/index.js";
import { fuzzRuns } from "../testing/fuzz-runs.js";
import { anyText } from "../wire/testing/arbitraries.js";
import { splitSafely } from "./safe-path.js";

const platforms = fc.constantFrom<NodeJS.Platform[]>("linux", "darwin", "win32");
const piece = fc.oneof(
  anyText,
  fc.constantFrom(
    "..",
    ".",
    "",
    "C:",
    "con",
    "NUL.txt",
    "COM1",
    "a.",
    "a ",
    "~",
    "\\..\\",
    "x".repeat(255),
    "x".repeat(256),
    "é".repeat(128),
    "a",
  ),
);
const path = fc
  .tuple(
    fc.constantFrom("", "/", "\\", "C:\\", "//h/s/"),
    fc.array(piece, { maxLength: 4 }),
    fc.constantFrom("/", "//", "\\"),
  )
  .map(([root, parts, joint]) => root + parts.join(joint));

describe("names of files that a server gives", () => {
  it("are refused, or stay below the directory and are one name for each part", () => {
    fc.assert(
      fc.property(path, platforms, (name, platform) => {
        let parts: readonly string[];
        try {
          parts = splitSafely(name, platform);
        } catch (error) {
          expect(isScarfError(error) && error.code).toBe("FILE_NAME_REFUSED");
          return;
        }
        const target = resolve("/target", ...parts);
        expect(relative("/target", target).split(sep)).toEqual(parts);
        expect(
          parts.every(
            (part) => part !== "" && part !== "." && part !== ".." && Buffer.byteLength(part) <= 255,
          ),
        ).toBe(true);
        expect(/[\0-\u001F\u007F\\]/.test(parts.join(""))).toBe(false); // oxlint-disable-line no-control-regex
        if (platform === "win32")
          expect(parts.some((part) => /[:<>"|?*]|[. ]$|^(?:con|nul|com1)(?:\.|$)/i.test(part))).toBe(false);
      }),
      fuzzRuns(0.5),
    );
  });

  it("that are harmless come through as they are", () => {
    const plain = fc
      .stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_ -]{0,20}[A-Za-z0-9]$/)
      .filter((name) => !/^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(name));
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), platforms, (parts, platform) => {
        expect(splitSafely(parts.join("/"), platform)).toEqual(parts);
        expect(splitSafely(`./${parts.join("/./")}`, platform)).toEqual(parts);
      }),
      fuzzRuns(0.8),
    );
  });
});
