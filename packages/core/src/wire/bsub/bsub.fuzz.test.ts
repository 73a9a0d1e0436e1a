import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScarfError } from "../../errors/index.js";
import type { JobSpec } from "../../model/index.js";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { quoteWords } from "../shell-words.js";
import { anyText, mutated, withoutNothing, word } from "../testing/arbitraries.js";
import { parseBsubOptions, parseRunLimit } from "./parse-bsub-options.js";
import { parseDependencies, parseResourceRequirement } from "./parse-requirements.js";
import { renderBsubOptions } from "./render-bsub-options.js";

const count = fc.integer({ min: 1, max: 100_000 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const text = anyText.filter((one) => !one.includes("\0"));

const resources = fc
  .record({
    shape: maybe(
      fc.oneof(
        fc.record({ tasks: count }),
        fc.record({ nodes: fc.integer({ min: 1, max: 500 }), tasksPerNode: fc.integer({ min: 1, max: 64 }) }),
      ),
    ),
    coresPerTask: maybe(count),
    gpusPerNode: maybe(count),
    memoryPerNodeBytes: maybe(count.map((megabytes) => megabytes * 1_048_576)),
    wallTimeSeconds: maybe(count),
    constraint: maybe(word.map((name) => `${name}==1 && x>2`)),
    exclusive: maybe(fc.constant(true)),
  })
  .map(({ shape, ...others }) => withoutNothing({ ...others, ...shape }));

const spec: fc.Arbitrary<Omit<JobSpec, "task">> = fc
  .record({
    queue: maybe(text),
    account: maybe(text),
    qos: maybe(text),
    reservation: maybe(text),
    resources: maybe(resources.filter((one) => Object.keys(one).length > 0)),
    dependencies: maybe(
      fc.array(
        fc.record({
          condition: fc.constantFrom(
            "started" as const,
            "ended" as const,
            "succeeded" as const,
            "failed" as const,
          ),
          jobId: fc.constantFrom("1", "417666[3]", "123_4"),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    ),
    array: maybe(fc.record({ indices: fc.constantFrom("1-10", "1,5,9", "0-20:5"), maxRunning: count })),
    beginAt: maybe(fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000))),
    hold: maybe(fc.constant(true)),
    requeueable: maybe(fc.boolean()),
    priority: maybe(count),
    notification: maybe(
      fc.record({
        events: fc.subarray(["started" as const, "ended" as const], { minLength: 1 }),
        address: text,
      }),
    ),
  })
  .map((one) => withoutNothing(one));

describe("bsub options", () => {
  it("what a spec says in them comes back from them", () => {
    fc.assert(
      fc.property(spec, (given) => {
        const { words, problems } = renderBsubOptions(
          given.array === undefined ? { ...given, task } : { ...given, name: "a", task },
          { gateway: true },
        );
        expect(problems.filter(({ severity }) => severity === "refused")).toEqual([]);
        expect(parseBsubOptions(quoteWords(words)).spec).toEqual(
          given.array === undefined ? given : { ...given, name: "a" },
        );
      }),
      fuzzRuns(0.2),
    );
  });

  it("any line is understood or refused with the option's name; nothing is dropped", () => {
    const option = fc.constantFrom(
      "-J",
      "-n",
      "-R",
      "-W",
      "-M",
      "-gpu",
      "-w",
      "-b",
      "-env",
      "-notify",
      "-sp",
      "-x",
      "-n4",
      "-Jd",
      "-Zs",
    );
    const line = fc
      .array(
        fc.oneof(
          option,
          word,
          anyText,
          fc.constantFrom(
            "span[ptile=2]",
            "'rusage[mem=4]'",
            "a[1-3]%2",
            "A=1,__proto__=2",
            "all",
            "1:30",
            "done(1)",
          ),
        ),
        { maxLength: 5 },
      )
      .map((words) => words.join(" "));
    fc.assert(
      fc.property(fc.oneof(line, mutated(line)), (one) => {
        orRefused(() => parseBsubOptions(one));
        orRefused(() => parseRunLimit(one));
        orRefused(() => parseResourceRequirement(one));
        orRefused(() => parseDependencies(one));
      }),
      fuzzRuns(0.2),
    );
  });

  it("an environment is taken whole, whatever its names are", () => {
    const names = fc.oneof(word, fc.constantFrom("__proto__", "constructor", "toString"));
    fc.assert(
      fc.property(fc.uniqueArray(names, { minLength: 1, maxLength: 4 }), word, (all, value) => {
        const { spec: read } = parseBsubOptions(`-env '${all.map((name) => `${name}=${value}`).join(", ")}'`);
        expect(Object.entries(read.environment ?? {})).toEqual(all.map((name) => [name, value]));
      }),
      fuzzRuns(0.4),
    );
  });
});

const task = { kind: "shell", commandLine: "true" } as const;

function orRefused(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(isScarfError(error) && error.code).toBe("SPEC_REJECTED");
  }
}
