import { InvalidArgumentError } from "commander";
import * as fc from "fast-check";
import { fuzzRuns } from "scarf-tomo/testing";
import { describe, expect, it } from "vitest";
import { parsePropertyFlags } from "./algorithm/parse-property-flags.js";
import {
  collectAssignment,
  parseCount,
  parseDuration,
  parseInstant,
  parsePort,
  parseSize,
} from "./format/parse-quantity.js";
import { renderSafeLine, renderSafeLines } from "./terminal/safe-text.js";
import { measureWidth, truncateToWidth } from "./terminal/text-width.js";
import { UsageError } from "./usage-error.js";

const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.constantFrom(
        "--",
        "-",
        "=",
        "1",
        "9".repeat(20),
        "h",
        "min",
        "s",
        ":",
        "G",
        "MiB",
        ".",
        "e",
        "+",
        "2026-11-25T18:00",
        "Z",
        " ",
        "\n",
        "\u001B[2J",
        "\u202E",
        "__proto__",
        "日本",
      ),
    ),
    { maxLength: 5 },
  )
  .map((pieces) => pieces.join(""));

function orRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error instanceof InvalidArgumentError || error instanceof UsageError).toBe(true);
    return undefined;
  }
}

describe("what is typed", () => {
  it("quantities: what was meant, or a sentence; never a number that is none", () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 800_000 }), (typed, count) => {
        expect(parseDuration(`${count + 1}s`)).toBe(count + 1);
        expect(parseDuration(`${count}h1min`)).toBe(count * 3600 + 60);
        expect(parseSize(`${count}MiB`)).toBe(count * 1_048_576);
        for (const parse of [parseDuration, parseSize, parseCount, parsePort]) {
          const value = orRefused(() => parse(typed));
          if (value !== undefined) expect([Number.isSafeInteger(value), value >= 0]).toEqual([true, true]);
        }
        const instant = orRefused(() => parseInstant(typed, new Date(0)));
        if (instant !== undefined) expect(Number.isNaN(instant.getTime())).toBe(false);
        orRefused(() => collectAssignment(typed));
      }),
      fuzzRuns(0.5),
    );
  });

  it("properties of an algorithm: each as it was typed, whatever it is called and holds", () => {
    const name = fc.oneof(fc.stringMatching(/^P[A-Za-z]{0,8}$/), fc.constantFrom("__proto__", "constructor"));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, text), { selector: ([one]) => one, maxLength: 4 }),
        (given) => {
          const { properties } = parsePropertyFlags(
            given.map(([one, value]) => `--${one}=${value}`),
            () => false,
          );
          expect(Object.entries(properties)).toEqual(given);
        },
      ),
      fuzzRuns(0.5),
    );
  });

  it("any words: properties, or a mistake that is told", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.boolean(), (words, flag) => {
        orRefused(() => parsePropertyFlags(words, () => flag));
      }),
      fuzzRuns(0.5),
    );
  });
});

describe("what is shown", () => {
  it("any text: nothing that moves the cursor, and never wider than it may be", () => {
    const control = /[\0-\u001F\u007F-\u009F]/; // oxlint-disable-line no-control-regex
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 20 }), (said, columns) => {
        expect(control.test(renderSafeLine(said))).toBe(false);
        expect(control.test(renderSafeLines(said).replaceAll(/[\n\t]/g, ""))).toBe(false);
        expect(measureWidth(truncateToWidth(renderSafeLine(said), columns))).toBeLessThanOrEqual(columns);
      }),
      fuzzRuns(0.5),
    );
  });
});
