import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { anyText, cutAt, pieceSizes, wellFormedText, word } from "../testing/arbitraries.js";
import { collect } from "../testing/in-pieces.js";
import { WireFormatError } from "../wire-format-error.js";
import { multipartBody } from "./multipart-body.js";
import { headerParameter, parsePartHeaders } from "./part-headers.js";
import { readMultipart, type ReadMultipartOptions } from "./read-multipart.js";

const outer = "outer-1";
const inner = "inner-2";

/** Bytes that look like the delimiter, its beginning, its end and its line breaks. */
const trap = fc.constantFrom(
  "--outer-1",
  "\r\n--outer-1",
  "\n--outer-1x",
  "\r\n--outer-",
  "--outer-1--",
  "--inner-2",
  "\r\n--inner-2",
  "--",
  "-",
  "\r\n",
  "\n",
  "\r",
  "\r\r\n",
  " \t",
  "\0",
);

const bytes: fc.Arbitrary<Buffer> = fc
  .array(fc.oneof(trap, fc.string({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 })), { maxLength: 6 })
  .map((pieces) =>
    Buffer.concat(
      pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : Buffer.from(piece))),
    ),
  );

/** Content that holds no delimiter of either body by the rules of MIME: one that stands at the start of a line. */
const content = bytes.filter(
  (one) => !/(?:^|\n)--(?:outer-1|inner-2)(?:--|[ \t]*(?:\r?\n|\r?$))/.test(one.toString("latin1")),
);

/** For Mantid's form, where what looks like the end stands at the end only. */
const mantidContent = bytes.filter((one) => !/(?:^|\n)--outer-1[ \t]*\r?\n/.test(one.toString("latin1")));

interface Part {
  readonly name: string;
  readonly content: Buffer | readonly Part[];
}

const leaf = fc.record({ name: word, content });
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc.record({ name: word, content: fc.array(leaf, { minLength: 1, maxLength: 3 }) }),
  },
);

type LineBreak = "\r\n" | "\n";

function render(parts: readonly Part[], boundary: string, lineBreak: LineBreak): Buffer {
  const pieces = parts.flatMap((one) => [
    Buffer.from(`--${boundary}${lineBreak}Content-Disposition: form-data; name="${one.name}"${lineBreak}`),
    Buffer.from(
      isBytes(one.content)
        ? lineBreak
        : `Content-Type: multipart/mixed; boundary=${inner}${lineBreak.repeat(2)}`,
    ),
    isBytes(one.content) ? one.content : render(one.content, inner, lineBreak),
    Buffer.from(lineBreak),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--${lineBreak}`)]);
}

function isBytes(value: Part["content"]): value is Buffer {
  return value instanceof Buffer;
}

async function readAll(source: AsyncIterable<Uint8Array>, options: ReadMultipartOptions): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const one of readMultipart(source, options)) {
    const { nestedBoundary } = one;
    const held =
      nestedBoundary === undefined
        ? await collect(one.chunks)
        : await readAll(one.chunks, { boundary: nestedBoundary });
    parts.push({ name: one.name ?? "", content: held });
  }
  return parts;
}

const lineBreaks = fc.constantFrom<LineBreak[]>("\r\n", "\n");
const parts = fc.array(part, { minLength: 1, maxLength: 4 });
const boundaryKnown = fc.boolean();

describe("multipart", () => {
  it("nested parts come back byte by byte, with either line break, however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        parts,
        lineBreaks,
        boundaryKnown,
        pieceSizes,
        async (given, lineBreak, known, sizes) => {
          const body = render(given, outer, lineBreak);
          const found = await readAll(cutAt(body, sizes), known ? { boundary: outer } : {});
          expect(found).toEqual(given);
        },
      ),
      fuzzRuns(0.2),
    );
  });

  it("what our own writer sends comes back, and its size is what it says", async () => {
    const leaves = fc.array(leaf, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(leaves, pieceSizes, async (given, sizes) => {
        const body = multipartBody(
          given.map(({ name, content: held }) => ({
            headers: [["Content-Disposition", `form-data; name=${name}`]],
            content: held,
          })),
        );
        const sent = await collect(body.read());
        expect(sent.length).toBe(body.sizeBytes);
        expect(await readAll(cutAt(sent, sizes), { boundary: body.boundary })).toEqual(given);
      }),
      fuzzRuns(0.3),
    );
  });

  it("Mantid's delimiter, glued to the last byte, takes nothing of the file", async () => {
    await fc.assert(
      fc.asyncProperty(mantidContent, pieceSizes, async (file, sizes) => {
        const body = Buffer.concat([
          Buffer.from(
            `--${outer}\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: application/octet-stream \r\n\r\n`,
          ),
          file,
          Buffer.from(`--${outer}--\r\n\r\n`),
        ]);
        expect(await readAll(cutAt(body, sizes), { boundary: outer })).toEqual([
          { name: "x", content: file },
        ]);
      }),
      fuzzRuns(0.6),
    );
  });

  it("parts that nobody reads, or not to their end, do not shift the next one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(leaf, { minLength: 1, maxLength: 5 }),
        pieceSizes,
        fc.array(fc.boolean(), { minLength: 5 }),
        async (given, sizes, wanted) => {
          const found: (string | Buffer | undefined)[] = [];
          let index = 0;
          for await (const one of readMultipart(cutAt(render(given, outer, "\r\n"), sizes))) {
            found.push(one.name, wanted[index] === true ? await collect(one.chunks) : undefined);
            index += 1;
          }
          expect(found).toEqual(
            given.flatMap(({ name, content: held }, at) => [name, wanted[at] === true ? held : undefined]),
          );
        },
      ),
      fuzzRuns(0.3),
    );
  });

  it("a body that is cut is never taken for a whole one", async () => {
    await fc.assert(
      fc.asyncProperty(
        parts,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        pieceSizes,
        async (given, share, sizes) => {
          const body = render(given, outer, "\r\n");
          // Behind the closing dashes nothing matters any more.
          const cut = body.subarray(0, Math.floor((body.length - 3) * share));
          await expect(readAll(cutAt(cut, sizes), { boundary: outer })).rejects.toThrow(WireFormatError);
        },
      ),
      fuzzRuns(0.4),
    );
  });

  it("any bytes end in parts or in an error of the wire, and give no more than went in", async () => {
    const hostile = fc
      .array(
        fc.oneof(
          trap,
          fc.constantFrom("--outer-1\r\n", "\r\n--outer-1--", "\r\n\r\n", "A: b\r\n", "name=x"),
          fc.uint8Array({ maxLength: 9 }),
        ),
        { maxLength: 14 },
      )
      .map((pieces) =>
        Buffer.concat(
          pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : Buffer.from(piece))),
        ),
      );
    const options = fc.record({
      boundary: fc.constantFrom(undefined, outer, "-"),
      allowUnclosed: fc.boolean(),
      maxHeaderBytes: fc.constantFrom(20, 16_384),
    });
    await fc.assert(
      fc.asyncProperty(hostile, options, pieceSizes, async (body, how, sizes) => {
        let given = 0;
        try {
          for await (const one of readMultipart(cutAt(body, sizes), how))
            given += (await collect(one.chunks)).length;
        } catch (error) {
          expect(error).toBeInstanceOf(WireFormatError);
        }
        expect(given).toBeLessThanOrEqual(body.length);
      }),
      fuzzRuns(0.1),
    );
  });

  it("header lines: what was written is found, whatever stands around it", () => {
    const value = wellFormedText.map((text) => text.replaceAll(/[\r\n"]/g, ""));
    fc.assert(
      fc.property(word, word, value, anyText, (type, name, text, before) => {
        const headers = parsePartHeaders(
          `X-Other: ${before}\r\nContent-Disposition: ${type}; a${name}=1; ${name}="${text}"; z=2`,
        );
        const header = headers.get("content-disposition");
        const forged = /^\s*content-disposition\s*:/im.test(before);
        if (header !== undefined && !forged && !/[\r\n]/.test(before))
          expect(headerParameter(header, name.toLowerCase())).toBe(text);
      }),
      fuzzRuns(),
    );
  });
});
