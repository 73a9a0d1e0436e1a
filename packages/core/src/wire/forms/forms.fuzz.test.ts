import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { multipartBody } from "../multipart/multipart-body.js";
import { anyText, cutAt, mutated, pieceSizes, wellFormedText, word } from "../testing/arbitraries.js";
import { collect } from "../testing/in-pieces.js";
import { toWellFormed } from "../well-formed.js";
import { WireFormatError } from "../wire-format-error.js";
import { replaceForbidden } from "../xml/xml-text.js";
import { type AppParam, parseAppParam, renderAppParam } from "./app-param.js";
import { isFileValue, parseFileValues, renderFileValues } from "./file-values.js";
import { parseChunkAmount, readSubmitForm, readUploadForm } from "./read-forms.js";

const parameter: fc.Arbitrary<AppParam> = fc.record({
  id: word,
  value: anyText,
  type: fc.constantFrom<AppParam["type"][]>("", "file"),
});
const carried = (text: string): string => replaceForbidden(toWellFormed(text));

describe("parameters of a form", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(parameter, (given) => {
        expect(parseAppParam(renderAppParam(given))).toEqual({ ...given, value: carried(given.value) });
      }),
      fuzzRuns(0.7),
    );
  });

  it("come back unescaped too, as all clients but one send them, unless they are XML themselves", () => {
    // What an XML parser reads otherwise than it stands there.
    const value = anyText.filter((text) => carried(text) === text && !/[&\r]|<!|<\?|\]\]>/.test(text));
    fc.assert(
      fc.property(word, value, (id, text) => {
        expect(
          parseAppParam(`<AppParam><id>${id}</id><value>${text}</value><type></type></AppParam>`),
        ).toEqual({ id, value: text, type: "" });
      }),
      fuzzRuns(),
    );
  });

  it("any text is a parameter with an id, or an error of the wire", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, mutated(parameter.map(renderAppParam))), (text) => {
        try {
          expect(parseAppParam(text).id).not.toBe("");
        } catch (error) {
          expect(error).toBeInstanceOf(WireFormatError);
        }
      }),
      fuzzRuns(0.7),
    );
  });

  it("files of a field come back; any text names files or none", () => {
    const mode = fc.constantFrom("upload" as const, "copy" as const, "link" as const, "path" as const);
    const path = wellFormedText.map((text) =>
      `/w/${text.replaceAll(/,\s*(?:upload|copy|link|path)/gi, "")}x`.trim(),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ path, mode }), { maxLength: 4 }), anyText, (files, text) => {
        const value = renderFileValues(files);
        expect(parseFileValues(value)).toEqual(files);
        expect(isFileValue(value)).toBe(files.length > 0);
        expect(parseFileValues(text).every((one) => one.path !== "")).toBe(true);
        expect(parseChunkAmount(text) ?? 0).toBeGreaterThanOrEqual(0);
      }),
      fuzzRuns(0.5),
    );
  });
});

describe("bodies of forms", () => {
  const file = fc.record({
    name: word,
    bytes: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  });

  it("an application, its parameters and its files come back, nested as IBM's clients do", async () => {
    await fc.assert(
      fc.asyncProperty(
        word,
        fc.array(parameter, { maxLength: 3 }),
        fc.array(file, { maxLength: 2 }),
        pieceSizes,
        async (application, parameters, files, sizes) => {
          const inner = multipartBody(
            parameters.map((one) => ({
              headers: [["Content-Disposition", `form-data; name="${one.id}"`]],
              content: renderAppParam(one),
            })),
          );
          const body = multipartBody([
            { headers: [["Content-Disposition", 'form-data; name="AppName"']], content: application },
            {
              headers: [
                ["Content-Disposition", 'form-data; name="data"'],
                ["Content-Type", inner.contentType],
              ],
              content: inner,
            },
            ...files.map(({ name, bytes }) => ({
              headers: [["Content-Disposition", `form-data; name="x"; filename="${name}"`]] as const,
              content: bytes,
            })),
          ]);
          const found: unknown[] = [];
          for await (const item of readSubmitForm(cutAt(await collect(body.read()), sizes), {
            boundary: body.boundary,
          })) {
            if (item.kind === "application") found.push(item.application);
            else if (item.kind === "parameter") found.push(item.parameter);
            else found.push({ name: item.fileName, bytes: await collect(item.chunks) });
          }
          expect(found).toEqual([
            application,
            ...parameters.map((one) => ({ ...one, value: carried(one.value) })),
            ...files,
          ]);
        },
      ),
      fuzzRuns(0.03),
    );
  });

  it("any body ends in items or an error of the wire", async () => {
    const good = fc
      .tuple(word, parameter)
      .map(
        ([application, one]) =>
          `--B\r\nContent-ID: <AppName>\r\n\r\n${application}\r\n--B\r\nContent-ID: <data>\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\n${renderAppParam(one)}\r\n--C--\r\n--B\r\nContent-ID: <f>\r\n\r\nx\r\n--B--\r\n`,
      );
    await fc.assert(
      fc.asyncProperty(
        mutated(good),
        pieceSizes,
        fc.constantFrom(undefined, "B"),
        async (text, sizes, boundary) => {
          for (const read of [readSubmitForm, readUploadForm]) {
            try {
              for await (const item of read(cutAt(Buffer.from(text), sizes), { boundary }))
                if (item.kind === "file") await collect(item.chunks);
            } catch (error) {
              expect(error).toBeInstanceOf(WireFormatError);
            }
          }
        },
      ),
      fuzzRuns(0.06),
    );
  });
});
