import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { parseSlurmJobId, renderSlurmJobId } from "./job-ids.js";
import { explainSlurmState, slurmStates } from "./job-states.js";

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
