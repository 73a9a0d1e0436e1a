import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toWellFormed } from "../well-formed.js";
import { readWithOurs, readWithSaxes } from "../testing/saxes-oracle.js";

const numRuns = Number(process.env["SCARF_FUZZ_RUNS"] ?? 300);
const name = fc.constantFrom("Job", "Jobs", "id", "a", "a.b-c_1", "x:y", "errMsg", "é", "_", "名", "a·");
const space = fc.constantFrom("", " ", "\n", "\r\n\t");
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }).map(escape),
  fc.constantFrom(
    "&amp;",
    "&#111;",
    "&#x1F600;",
    "&#13;",
    "]]",
    "]",
    "\r",
    "\r\n",
    "é",
    "\u{1F600}",
    ">",
    "'",
    '"',
    "-",
  ),
);
const attribute = fc
  .tuple(fc.constantFrom("a", "b", "xml:lang"), space, space, text, fc.constantFrom('"', "'"))
  .map(
    ([key, before, after, value, quote]) =>
      `${key}${before}=${after}${quote}${value.replaceAll(/["']/g, "")}${quote}`,
  );
const attributes = fc.uniqueArray(attribute, { maxLength: 2, selector: (one) => one.split(/[\s=]/)[0] });
const cdata = fc.string({ maxLength: 12 }).map((content) => `<![CDATA[${content.replaceAll("]]>", "")}]]>`);
const comment = fc.string({ maxLength: 8 }).map((content) => `<!--${content.replaceAll("-", "")}-->`);
const instruction = fc.string({ maxLength: 8 }).map((content) => `<?go ${content.replaceAll("?", "")}?>`);

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  content: fc
    .array(fc.oneof({ maxDepth: 4 }, text, cdata, comment, instruction, tie("element")), { maxLength: 4 })
    .map((parts) => parts.join("")),
  element: fc
    .tuple(name, attributes, space, tie("content"), fc.boolean())
    .map(([tag, has, gap, content, isEmpty]) => {
      const start = [tag, ...has].join(" ") + gap;
      return isEmpty ? `<${start}/>` : `<${start}>${content}</${tag}${gap}>`;
    }),
}));
const declaration = fc.constantFrom(
  "",
  '<?xml version="1.0"?>',
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
  "<?xml version = '1.0' standalone='no' ?>",
);
const document = fc
  .tuple(declaration, fc.oneof(space, comment, instruction), element, fc.oneof(space, comment, instruction))
  .map((parts) => parts.join("").replaceAll(forbidden(), "\uFFFD"));

/** A place in a text, and what to do there. */
const change = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat({ max: 3 }),
  fc.constantFrom(
    "",
    "<",
    ">",
    "&",
    ";",
    "/",
    "!",
    "?",
    "-",
    "--",
    "[",
    "]",
    "]]>",
    '"',
    "'",
    "=",
    " ",
    "a",
    "<!--",
    "<?",
    "<![CDATA[",
    "<a>",
    "</a>",
    "<!DOCTYPE a>",
    "&#0;",
    "\r",
  ),
);

describe("the XML reader", () => {
  it("reads every document as saxes does, in any pieces", () => {
    const property = fc.property(
      document,
      fc.array(fc.nat({ max: 60 }), { maxLength: 12 }),
      (whole, cuts) => {
        const expected = readWithSaxes(whole);
        // `]`, `]` and `>` may have come together.
        fc.pre(expected !== "refused");
        expect(readWithOurs([whole])).toEqual(expected);
        expect(readWithOurs(inPieces(whole, cuts))).toEqual(expected);
        expect(readWithOurs(Array.from(whole))).toEqual(expected);
      },
    );
    fc.assert(property, { numRuns });
  });

  it("refuses what saxes refuses, and nothing else", () => {
    const property = fc.property(
      document,
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (whole, changes) => {
        let damaged = whole;
        for (const [place, length, put] of changes) {
          const at = Math.floor(place * damaged.length);
          damaged = damaged.slice(0, at) + put + damaged.slice(at + length);
        }
        damaged = toWellFormed(damaged);
        const expected = readWithSaxes(damaged);
        expect([damaged, readWithOurs([damaged])]).toEqual([damaged, expected]);
        expect([damaged, readWithOurs(Array.from(damaged))]).toEqual([damaged, expected]);
      },
    );
    fc.assert(property, { numRuns });
  });

  it("refuses a tag that never ends before it has filled the memory", () => {
    const piece = ' attribute="value"'.repeat(1000);
    const reading = (): unknown => readWithOurs(["<a", ...Array.from({ length: 60 }, () => piece)]);
    expect(reading()).toBe("refused");
  });
});

function inPieces(whole: string, lengths: readonly number[]): readonly string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(whole.slice(at, at + length));
    at += length;
  }
  return [...pieces, whole.slice(at)];
}

function escape(raw: string): string {
  return raw.replaceAll(/[&<]/g, "&lt;").replaceAll("]]>", "]]&gt;");
}

/** What the reader replaces before it looks. */
function forbidden(): RegExp {
  return /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g; // eslint-disable-line no-control-regex
}
