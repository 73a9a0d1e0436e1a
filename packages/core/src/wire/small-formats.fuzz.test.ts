import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RemoteFile } from "../model/index.js";
import { fuzzRuns } from "../testing/fuzz-runs.js";
import {
  parseActionAnswer,
  parseSubmitAnswer,
  renderActionAnswer,
  renderCommandAnswer,
  renderSubmitAnswer,
  renderUserCommand,
} from "./answers.js";
import { decodePercent, decodeText } from "./decode-text.js";
import { baseName, isHeaderSafeFileName, isListedName, isPlainFileName, linuxFileName } from "./file-name.js";
import { decodeHeaderValue, encodeHeaderValue } from "./headers.js";
import { isJobFilesMessage, parseJobFiles, renderJobFiles, renderJobFilesMessage } from "./job-files-list.js";
import {
  parseLogonAnswer,
  parseLogonRequest,
  parseTokenPage,
  renderLogonAnswer,
  renderLogonRequest,
  renderTokenPage,
} from "./logon.js";
import { splitWords } from "./shell-words.js";
import { anyText, mutated, wellFormedText, word } from "./testing/arbitraries.js";
import { orWireError } from "./testing/or-wire-error.js";
import { isToken, parseTokenCookie, renderTokenCookie, tokenUser } from "./token.js";
import { toWellFormed } from "./well-formed.js";
import { WireFormatError } from "./wire-format-error.js";
import { parseJobIds, renderJobIds } from "./ws/job-ids.js";
import { replaceForbidden } from "./xml/xml-text.js";
import { lenientElementText } from "./xml/xml-values.js";

/** As it survives XML. */
function inXml(text: string): string {
  return replaceForbidden(toWellFormed(text));
}

const base64 = fc.base64String({ minLength: 4, maxLength: 24 });
const token = fc
  .tuple(
    word,
    fc.array(fc.oneof(base64, fc.constant("2015-02-10T18:50:00Z")), { minLength: 1, maxLength: 3 }),
  )
  .map(([user, others]) => [user, ...others].join('"'));

describe("token and cookie", () => {
  it("a token comes back from its cookie, among others, with a session id behind it", () => {
    const cookies = fc.array(
      fc.tuple(word, base64).map(([name, value]) => `x${name}=${value}`),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        token,
        fc.option(word, { nil: undefined }),
        cookies,
        cookies,
        (given, jtoken, before, after) => {
          expect(isToken(given)).toBe(true);
          const header = [...before, renderTokenCookie(given, jtoken), ...after].join("; ");
          expect(parseTokenCookie(header)).toBe(given);
          expect(parseTokenCookie(header.replaceAll("#quote#", '"'))).toBe(given);
          expect(tokenUser(given)).toBe(given.slice(0, given.indexOf('"')));
        },
      ),
      fuzzRuns(),
    );
  });

  it("any header: no token, or one without white space around it and without a session id", () => {
    const header = fc.oneof(
      anyText,
      mutated(token.map((one) => renderTokenCookie(one, "j"))),
      anyText.map((text) => `platform_token=${text}`),
    );
    fc.assert(
      fc.property(header, (text) => {
        const found = parseTokenCookie(text);
        if (found !== undefined)
          expect([found === "", found.includes(";"), found.trim() === found]).toEqual([false, false, true]);
        expect(isToken(text) && /[;,\s]/.test(text)).toBe(false);
      }),
      fuzzRuns(0.5),
    );
  });
});

describe("log-in", () => {
  it("any user and password come back, escaped or not", () => {
    fc.assert(
      fc.property(anyText, anyText, (userName, password) => {
        fc.pre(userName !== "");
        const read = parseLogonRequest(renderLogonRequest({ userName, password }));
        expect(read).toEqual({ userName: inXml(userName), password: inXml(password) });
      }),
      fuzzRuns(0.5),
    );
  });

  it("answers come back; what is cut or damaged is no token", () => {
    const answers = fc.oneof(
      token.map((one) => ({ kind: "token", token: one }) as const),
      anyText.map((message) => ({ kind: "refused", message }) as const),
    );
    fc.assert(
      fc.property(answers, (answer) => {
        const text = renderLogonAnswer(answer);
        const expected =
          answer.kind === "token" ? answer : { kind: "refused", message: inXml(answer.message).trim() };
        expect(parseLogonAnswer(text)).toEqual(expected);
        expect(() => parseLogonAnswer(text.slice(0, -1))).toThrow(WireFormatError);
      }),
      fuzzRuns(0.2),
    );
    fc.assert(
      fc.property(fc.oneof(anyText, mutated(answers.map(renderLogonAnswer))), (text) => {
        const read = orWireError(() => parseLogonAnswer(text));
        if (read?.kind === "token") expect(read.token).not.toBe("");
      }),
      fuzzRuns(0.2),
    );
  });

  it("the token page: only a web address in its first line is a success", () => {
    fc.assert(
      fc.property(
        token,
        fc.oneof(anyText, mutated(token.map((one) => renderTokenPage("https://h:8443/platform/", one)))),
        (one, text) => {
          expect(parseTokenPage(renderTokenPage("https://h:8443/platform/", one))).toEqual({
            baseUrl: "https://h:8443/platform/",
            token: one,
          });
          const page = parseTokenPage(text);
          if (page !== undefined) expect(page.baseUrl).toMatch(/^https?:\/\//);
        },
      ),
      fuzzRuns(0.5),
    );
  });
});

describe("answers", () => {
  it("an id or a message comes back; the message of a refusal never becomes an id", () => {
    fc.assert(
      fc.property(anyText, word, (message, id) => {
        expect(parseSubmitAnswer(renderSubmitAnswer({ jobId: id }))).toEqual({ jobId: id });
        expect(parseSubmitAnswer(renderSubmitAnswer({ errorMessage: message }))).toEqual({
          errorMessage: inXml(message).trim(),
        });
        const said = { message: inXml(message).trim() };
        expect(parseActionAnswer(renderActionAnswer({ message }, id))).toEqual(said);
        expect(parseActionAnswer(renderCommandAnswer({ message }))).toEqual(said);
        const refused = { errorMessage: said.message };
        expect(parseActionAnswer(renderActionAnswer({ errorMessage: message }, id))).toEqual(refused);
        expect(parseActionAnswer(renderCommandAnswer({ errorMessage: message }))).toEqual(refused);
      }),
      fuzzRuns(0.2),
    );
  });

  it("damaged ones are an error of the wire or an answer, never a submission without an id", () => {
    const good = fc.oneof(
      word.map((jobId) => renderSubmitAnswer({ jobId })),
      anyText.map((errorMessage) => renderSubmitAnswer({ errorMessage })),
    );
    fc.assert(
      fc.property(fc.oneof(anyText, mutated(good)), (text) => {
        const answer = orWireError(() => parseSubmitAnswer(text));
        if (answer !== undefined && "jobId" in answer) expect(["", "0"]).not.toContain(answer.jobId);
        orWireError(() => parseActionAnswer(text));
      }),
      fuzzRuns(0.5),
    );
  });

  it("a user's command arrives as the words that were meant", () => {
    fc.assert(
      fc.property(word, fc.array(wellFormedText, { maxLength: 4 }), (program, args) => {
        const clean = args.map(inXml);
        const command = lenientElementText(renderUserCommand([program, ...clean]), "cmd") ?? "";
        expect(splitWords(command)).toEqual([program, ...clean]);
      }),
      fuzzRuns(),
    );
  });
});

describe("lists of files", () => {
  const name = anyText.filter((text) => linuxFileName(text) !== undefined && !text.startsWith("."));
  const file = fc
    .record({
      name,
      isDirectory: fc.boolean(),
      size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      readable: fc.boolean(),
    })
    .map(({ name: own, isDirectory, size, readable }): RemoteFile => ({
      name: own,
      path: `/home/u/${own}`,
      kind: isDirectory ? "directory" : "file",
      sizeBytes: isDirectory ? 0 : size,
      readable,
    }));
  const files = fc.array(file, { maxLength: 5 });

  it("every name of Linux comes back from an encoded list, with its size", () => {
    fc.assert(
      fc.property(files, (given) => {
        const read = parseJobFiles(renderJobFiles(given, { encoded: true }), { encoded: true });
        expect(
          read.map(({ path, kind, sizeBytes, readable }) => ({ path, kind, sizeBytes, readable })),
        ).toEqual(
          given.map(({ path, kind, sizeBytes, readable }) => ({
            path: toWellFormed(path),
            kind,
            sizeBytes,
            readable,
          })),
        );
      }),
      fuzzRuns(),
    );
  });

  it("a plain list names only files that are there: none is cut, none is made up", () => {
    fc.assert(
      fc.property(files, (given) => {
        const known = new Map(given.map((one) => [one.path.trim(), one]));
        for (const entry of parseJobFiles(renderJobFiles(given))) {
          const one =
            given.find(({ path, sizeBytes }) => path === entry.path && sizeBytes === entry.sizeBytes) ??
            known.get(entry.path);
          expect(one?.path.trim()).toBe(entry.path.trim());
        }
      }),
      fuzzRuns(),
    );
  });

  it("any text: a message, or entries whose names are safe to use", () => {
    const text = fc.oneof(anyText, mutated(files.map((given) => renderJobFiles(given))));
    fc.assert(
      fc.property(text, fc.boolean(), (list, encoded) => {
        for (const entry of parseJobFiles(list, { encoded })) {
          const last = entry.path.slice(entry.path.lastIndexOf("/") + 1);
          // An encoded list keeps names that can't be written here, so that none is lost in silence.
          expect(encoded ? isListedName(last) : linuxFileName(last) === last).toBe(true);
          expect(entry.sizeBytes >= 0 && Number.isSafeInteger(entry.sizeBytes)).toBe(true);
        }
        expect(isJobFilesMessage(renderJobFilesMessage(list)) || renderJobFilesMessage(list) === "").toBe(
          true,
        );
      }),
      fuzzRuns(0.5),
    );
  });
});

describe("names, encodings and ids", () => {
  it("a name that is called safe is one component, and stays what it is", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        for (const path of [a, `${a}/${b}`, `C:\\${a}\\${b}`]) {
          const name = baseName(path);
          if (name === undefined) continue;
          expect(path.endsWith(name)).toBe(true);
          expect([".", "..", ""].includes(name) || /[/\\\0-\u001F\u007F]/.test(name)).toBe(false); // oxlint-disable-line no-control-regex
          expect(baseName(name)).toBe(name);
        }
        if (isPlainFileName(a)) expect([isHeaderSafeFileName(a), linuxFileName(a)]).toEqual([true, a]);
      }),
      fuzzRuns(0.5),
    );
  });

  it("header values come back and are printable ASCII; bytes of any kind become text", () => {
    fc.assert(
      fc.property(anyText, fc.uint8Array({ maxLength: 40 }), (text, bytes) => {
        const value = encodeHeaderValue(text);
        expect(value).toMatch(/^[!-~]*$/);
        expect(decodeHeaderValue(value)).toBe(toWellFormed(text));
        expect(decodePercent(value)).toBe(toWellFormed(text));
        expect(decodeText(Buffer.from(toWellFormed(text)))).toBe(toWellFormed(text));
        expect(decodeText(bytes).length).toBeLessThanOrEqual(bytes.length);
        expect(typeof decodePercent(text) === "string" && typeof decodeHeaderValue(text) === "string").toBe(
          true,
        );
      }),
      fuzzRuns(0.5),
    );
  });

  it("ids come back from a list, each once; any text gives ids without white space around them", () => {
    const id = fc.oneof(
      word,
      fc.nat().map(String),
      fc.nat().map((number) => `${number}[${number}]`),
    );
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 5 }), anyText, (ids, text) => {
        expect(parseJobIds(renderJobIds(ids))).toEqual(ids);
        const read = parseJobIds(text);
        expect(read.every((one) => one !== "" && one.trim() === one)).toBe(true);
        expect(new Set(read).size).toBe(read.length);
      }),
      fuzzRuns(),
    );
  });
});
