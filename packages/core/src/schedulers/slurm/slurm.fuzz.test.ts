import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { parseSlurmJobId, renderSlurmJobId } from "./job-ids.js";
import { explainSlurmState, slurmStates } from "./job-states.js";
import { sacct } from "./sacct.js";
import { readSeparatedRecords } from "./separated-records.js";
import { squeue } from "./squeue.js";

describe("states", () => {
  it("are no end when one of their words is unknown, whatever stands around it", () => {
    const word = fc.constantFrom(...Object.keys(slurmStates), "NEW", "", "toString");
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), fc.string(), (words, reason) => {
        const { phase } = explainSlurmState(words, reason);
        const known = words.every((one) => Object.hasOwn(slurmStates, one));
        if (!known) expect(phase).not.toBe("finished");
      }),
      fuzzRuns(),
    );
  });
});

describe("job ids", () => {
  it("any text is one that comes back as it was, or none", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ref = parseSlurmJobId(text);
        if (ref !== undefined) expect(parseSlurmJobId(renderSlurmJobId(ref))).toEqual(ref);
      }),
      fuzzRuns(),
    );
  });

  it("elements that wait come back", () => {
    const range = fc.tuple(fc.nat(9), fc.nat(99)).map(([first, last]) => `${first}-${last}`);
    const part = fc.oneof(fc.nat(99).map(String), range);
    const base = fc.integer({ min: 1, max: 0xffff_ffff });
    fc.assert(
      fc.property(base, fc.array(part, { minLength: 1 }), (number, parts) => {
        const ref = { base: number, waiting: parts.join(",") };
        expect(parseSlurmJobId(renderSlurmJobId(ref))).toEqual(ref);
      }),
      fuzzRuns(),
    );
  });
});

describe("records of squeue and sacct", () => {
  const separator = "~5f1c~";
  const field = fc
    .string({ unit: "binary" })
    .filter((text) => !text.includes(separator) && !text.includes("~"));
  const id = fc.integer({ min: 1, max: 9_999_999 }).map(String);
  const records = fc.array(fc.tuple(id, field, field), { maxLength: 6 });
  const columns = ["id", "comment", "name"] as const;
  const asObjects = (rows: readonly (readonly [string, string, string])[]) =>
    rows.map(([number, comment, name]) => ({ id: number, comment, name }));

  it("come back whatever their fields hold, line feeds included", () => {
    fc.assert(
      fc.property(records, (rows) => {
        const ended = rows.map((row) => `${row.join(separator)}${separator}\n`).join("");
        expect(readSeparatedRecords(ended, columns, { separator, atEnd: true })).toEqual(asObjects(rows));
        const plain = rows.map((row) => `${row.join(separator)}\n`).join("");
        expect(readSeparatedRecords(plain, columns, { separator, atEnd: false })).toEqual(asObjects(rows));
      }),
      fuzzRuns(),
    );
  });

  it("any text is records, or an error of ours", () => {
    const command = squeue({ userName: "x", separator: "|" });
    const accounting = sacct({ userName: "x", separator: "|", numbers: [1] });
    fc.assert(
      fc.property(fc.string(), (stdout) => {
        for (const { parse } of [command, accounting]) {
          try {
            parse({ exitCode: 0, stdout, stderr: "" });
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
      fuzzRuns(),
    );
  });
});
