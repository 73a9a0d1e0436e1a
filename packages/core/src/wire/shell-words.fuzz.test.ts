import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzRuns } from "../testing/fuzz-runs.js";
import { quoteWords, splitWords } from "./shell-words.js";
import { anyText } from "./testing/arbitraries.js";
import { toWellFormed } from "./well-formed.js";
import { WireFormatError } from "./wire-format-error.js";

const argument = anyText.map((text) => text.replaceAll("\0", ""));
const argumentLists = fc.array(argument, { minLength: 1, maxLength: 5 });

/** What a real shell makes of a line. */
function inShell(line: string): readonly string[] {
  // Without any argument printf would print an empty one.
  const script = `printf '%s\\0' first ${line}`;
  return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(1, -1);
}

describe("words for a shell", () => {
  it("what was quoted comes apart as it was", () => {
    fc.assert(
      fc.property(argumentLists, (words) => {
        expect(splitWords(quoteWords(words))).toEqual(words);
      }),
      fuzzRuns(),
    );
  });

  it("a real shell sees the same words", () => {
    // Many lists in one run of the shell: starting it costs most.
    const lists = fc.array(argumentLists, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(lists, (all) => {
        const words = all.flat().map(toWellFormed);
        expect(inShell(quoteWords(words))).toEqual(words);
      }),
      { numRuns: Math.ceil(fuzzRuns(0.001).numRuns / 8) },
    );
  });

  it("any line: words, or an error that says which quote is open", () => {
    fc.assert(
      fc.property(anyText, (line) => {
        try {
          expect(splitWords(line).join("").length).toBeLessThanOrEqual(line.length);
        } catch (error) {
          expect(error).toBeInstanceOf(WireFormatError);
        }
      }),
      fuzzRuns(),
    );
  });

  it("lines of quotes and backslashes mean what they mean to a real shell", () => {
    // Without what a shell expands or acts on, which is not split here but refused or kept.
    const piece = fc.constantFrom(
      "a",
      "b c",
      " ",
      "\t",
      "'x'",
      "'",
      '"',
      '"y z"',
      "\\",
      "\\\\",
      "\\'",
      '\\"',
      "''",
      '""',
      "é",
      "=",
    );
    const line = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    const lines = fc.array(line, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(lines, (all) => {
        const readable = all.filter((one) => isReadable(one));
        const ours = readable.flatMap((one) => [...splitWords(one), "|"]);
        expect(inShell(readable.map((one) => `${one} '|'`).join(" "))).toEqual(ours);
      }),
      { numRuns: Math.ceil(fuzzRuns(0.001).numRuns / 8) },
    );
  });
});

/** A backslash at the end of a line would join it to the next. */
function isReadable(line: string): boolean {
  if (line.endsWith("\\")) return false;
  try {
    splitWords(line);
    return true;
  } catch {
    return false;
  }
}
