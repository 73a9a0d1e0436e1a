import * as fc from "fast-check";
import { expect, it } from "vitest";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { anyText, mutated } from "../../wire/testing/arbitraries.js";
import { maxArrayElements, parseArrayIndices } from "./array-indices.js";
import { parseJobId, parseJobRecord } from "./job-record.js";
import { isOver, parseJobState } from "./job-state.js";

const state = JSON.stringify({
  format: 1,
  phase: "finished",
  run: 1,
  at: "2026-11-25T10:00:00.000Z",
  outcome: "failed",
  exitCode: 3,
});
const record = JSON.stringify({
  format: 1,
  user: "u",
  submitKey: "k",
  directory: "/d",
  launch: { kind: "argv", argv: ["a"] },
  cores: 1,
  submitter: { pid: 1 },
});

it("array indices: a sentence, or numbers from 1 upwards, each once, no more than are allowed", () => {
  const list = fc
    .array(
      fc.tuple(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 0, max: 9 }),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.map(([from, to, step]) => `${from}-${to}:${step}`).join(","));
  fc.assert(
    fc.property(fc.oneof(anyText, list, mutated(list)), (text) => {
      const read = parseArrayIndices(text);
      if (typeof read === "string") expect(read).toMatch(/\.$/);
      else
        expect([read.length <= maxArrayElements, read.every((one, at) => one > (read[at - 1] ?? 0))]).toEqual(
          [true, true],
        );
    }),
    fuzzRuns(),
  );
});

it("ids of jobs: exactly what they were made of, or none", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 999_999_999 }),
      fc.integer({ min: 1, max: 9_999 }),
      anyText,
      (number, index, text) => {
        expect(parseJobId(String(number))).toEqual({ id: String(number), number });
        expect(parseJobId(`${number}[${index}]`)).toEqual({ id: `${number}[${index}]`, number, index });
        expect(parseJobId(`${text} `)).toBeUndefined();
      },
    ),
    fuzzRuns(0.6),
  );
});

it("files of the engine that were damaged: nothing, or a state whose end has a word of its own", () => {
  fc.assert(
    fc.property(
      fc.oneof(mutated(fc.constant(state)), anyText, fc.json({ maxDepth: 2 })),
      mutated(fc.constant(record)),
      (text, other) => {
        const read = parseJobState(text);
        if (read !== undefined && isOver(read)) expect(text).toMatch(/finished|lost|\\u/);
        expect(typeof (parseJobRecord(other)?.submitKey ?? "")).toBe("string");
      },
    ),
    fuzzRuns(0.3),
  );
});
