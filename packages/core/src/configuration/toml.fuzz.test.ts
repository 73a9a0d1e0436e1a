import * as fc from "fast-check";
import { stringify } from "smol-toml";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { isScarfError } from "../errors/index.js";
import { fuzzRuns } from "../testing/fuzz-runs.js";
import { anyText, mutated, wellFormedText, word } from "../wire/testing/arbitraries.js";
import { parseConfiguration, parseToml } from "./read-configuration.js";
import { TomlPositions } from "./toml-positions.js";

// The library stringifies no key that it would refuse to parse.
const key = fc.oneof(
  word,
  wellFormedText.filter((text) => text !== "__proto__" && !text.includes("\0")),
);
const scalar = fc.oneof(
  wellFormedText,
  fc.integer(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const table = fc.dictionary(key, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), { maxKeys: 4 });
const document = fc.dictionary(
  key,
  fc.oneof(scalar, table, fc.array(table, { minLength: 1, maxLength: 3 })),
  { maxKeys: 4 },
);

describe("where something stands in a configuration", () => {
  it("every key that the parser finds has a place, and the text there begins with it or its header", () => {
    fc.assert(
      fc.property(document, (value) => {
        const text = stringify(value);
        const parsed = parseToml(text, "f.toml");
        const positions = new TomlPositions(text);
        for (const [name, content] of Object.entries(parsed)) {
          const place = positions.get([name]);
          // An empty table below another, or an array of tables, may have a header of its own or none.
          if (place === undefined) throw new Error(`no place for ${JSON.stringify(name)} in ${text}`);
          expect(place.start).toBeLessThan(place.end);
          expect(text.slice(0, place.start).split("\n").length).toBe(place.line);
          if (typeof content === "object") continue;
          expect(parseToml(text.slice(place.start, place.end), "part")).toEqual({ [name]: content });
        }
      }),
      fuzzRuns(0.04),
    );
  });

  it("any text: a configuration, or a mistake with its line; never another failure, never without end", () => {
    const schema = z.strictObject({
      a: z.optional(z.string()),
      b: z.optional(z.strictObject({ c: z.array(z.int()) })),
    });
    const texts = fc.oneof(
      anyText,
      mutated(document.map((value) => stringify(value))),
      mutated(fc.constant('a = "x"\n[b]\nc = [1, 2]\n')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const positions = new TomlPositions(text);
        expect(positions.lineOf(["a", "b", 3])).toBeGreaterThan(0);
        try {
          parseConfiguration(text, "f.toml", schema);
        } catch (error) {
          expect(isScarfError(error) && error.code).toBe("CONFIG_INVALID");
          expect(error instanceof Error && error.message).toMatch(/^f\.toml:\d+: /);
        }
      }),
      fuzzRuns(0.06),
    );
  });
});
