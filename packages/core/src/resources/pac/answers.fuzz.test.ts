import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScarfError } from "../../errors/index.js";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { isHtml, summarisePage } from "../../transports/http/index.js";
import { anyText, wellFormedText } from "../../wire/testing/arbitraries.js";
import { maskSecret } from "../mask-secret.js";
import { oneLine } from "../session-errors.js";
import { gatewayError, jobRefusal, statusError } from "./refusals.js";
import { checkJobPath, checkUploadName } from "./remote-paths.js";

const who = { resourceId: "SCARF@STFC", userName: "scarf362" };
const control = /[\0-\u001F\u007F-\u009F]/; // oxlint-disable-line no-control-regex
const page = fc
  .tuple(
    fc.constantFrom("", "<html>", "<!DOCTYPE html><title>", "<script>"),
    anyText,
    fc.constantFrom("", "</title>", "</script>", "</html>"),
  )
  .map((parts) => parts.join(""));

describe("what a server says", () => {
  it("becomes one bounded line without control characters, from any page", () => {
    fc.assert(
      fc.property(fc.oneof(page, anyText), (text) => {
        for (const line of [summarisePage(text), oneLine(text)]) {
          expect(control.test(line)).toBe(false);
          expect(line.length).toBeLessThanOrEqual(1500);
        }
        expect(typeof isHtml("text/html", text)).toBe("boolean");
      }),
      fuzzRuns(),
    );
  });

  it("becomes a typed error whose message holds no control characters, whatever the status or refusal", () => {
    const status = fc.oneof(
      fc.integer({ min: 100, max: 599 }),
      fc.constantFrom(401, 403, 404, 429, 500, 503),
    );
    const code = fc.oneof(
      anyText,
      fc.constantFrom("OPERATION_REFUSED", "SESSION_EXPIRED", "FILE_EXISTS", "__proto__", "toString"),
    );
    fc.assert(
      fc.property(fc.oneof(page, anyText), status, code, anyText, (text, httpStatus, errorCode, hint) => {
        const errors = [
          statusError(who, httpStatus, text),
          jobRefusal(who, text, "kill the job"),
          gatewayError({ "scarf-error-code": errorCode, "scarf-error-hint": hint }, text, who),
        ];
        for (const error of errors) {
          if (error === undefined) continue;
          expect(isScarfError(error)).toBe(true);
          expect(control.test(error.message)).toBe(false);
        }
      }),
      fuzzRuns(0.5),
    );
  });

  it("holds no secret any more, however the server has spelt it", () => {
    const secret = fc
      .tuple(fc.stringMatching(/^[A-Za-z0-9]{6}$/), wellFormedText)
      .map(([head, tail]) => `${head}"${tail}`);
    const spellings: readonly ((text: string) => string)[] = [
      (text) => text,
      (text) => text.replaceAll('"', "#quote#"),
      encodeURIComponent,
      (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"),
      (text) => JSON.stringify(text).slice(1, -1),
    ];
    fc.assert(
      fc.property(secret, anyText, anyText, fc.constantFrom(...spellings), (one, before, after, spell) => {
        const said = maskSecret(`${before}|${spell(one)}|${after}`, one);
        expect(said.includes(spell(one))).toBe(false);
      }),
      fuzzRuns(0.07),
    );
  });
});

describe("paths and names that go to a server", () => {
  it("are refused, or stay in the job's directory and on one line", () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (name, gateway) => {
        for (const check of [() => checkJobPath(name, gateway), () => checkUploadName(name, gateway)]) {
          try {
            const path = check() ?? name;
            expect(
              path.split("/").some((part) => part === "" || part === "." || part === "..") ||
                /[\r\n\0]/.test(path),
            ).toBe(false);
          } catch (error) {
            expect(isScarfError(error) && error.code).toBe("FILE_NAME_REFUSED");
          }
        }
      }),
      fuzzRuns(),
    );
  });
});
