import { parseLogonAnswer } from "../logon.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { anyJob, anyText, mutated, word } from "../testing/arbitraries.js";
import { orWireError } from "../testing/or-wire-error.js";
import { toWellFormed } from "../well-formed.js";
import { replaceForbidden } from "../xml/xml-text.js";
import { parseJobHistory, renderJobHistory } from "./job-history.js";
import {
  parseProductInformation,
  parseWsCommandAnswer,
  parseWsMessage,
  parseWsSubmitAnswer,
  renderProductInformation,
  renderWsCommandAnswer,
  renderWsError,
  renderWsLogonAnswer,
  renderWsMessage,
  renderWsSubmitAnswer,
} from "./ws-answers.js";
import { parseWsApplicationFields, renderWsApplicationFields } from "./ws-applications.js";
import { chooseWsFormat, type WsFormat } from "./ws-format.js";
import {
  parseNotificationParams,
  parseNotificationSettings,
  renderNotificationParams,
  renderNotificationSettings,
} from "./ws-notifications.js";

const formats = fc.constantFrom<WsFormat[]>("xml", "json");
const carried = (text: string, format: WsFormat): string =>
  format === "json" ? text : replaceForbidden(toWellFormed(text));

describe("answers of the current generation", () => {
  it("come back in XML and in JSON", () => {
    fc.assert(
      fc.property(anyText, word, formats, (text, id, format) => {
        const said = carried(text, format).trim();
        expect(parseWsMessage(renderWsMessage(text, format))).toBe(said);
        expect(parseWsMessage(renderWsError(text, format))).toBe(said);
        expect(parseWsSubmitAnswer(renderWsSubmitAnswer(id, format))).toEqual({ jobId: id });
        expect(parseWsCommandAnswer(renderWsCommandAnswer(text, format))).toEqual({ message: said });
        const logon = renderWsLogonAnswer({ token: `u"${id}`, csrfToken: "c" }, format);
        expect(parseLogonAnswer(logon)).toEqual({ kind: "token", token: `u"${id}` });
        const product = { productName: "p", version: id, buildNo: "1", buildDate: "2" };
        expect(parseProductInformation(renderProductInformation(product, format))).toEqual(product);
      }),
      fuzzRuns(0.2),
    );
  });

  it("the id of a job comes back digit by digit", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 24n }), formats, (number, format) => {
        expect(parseWsSubmitAnswer(renderWsSubmitAnswer(String(number), format))).toEqual({
          jobId: String(number),
        });
        // A number that JavaScript can't hold is no id: it would name another job.
        const exact = number <= BigInt(Number.MAX_SAFE_INTEGER);
        const read = orWireError(() => parseWsSubmitAnswer(`{"id":${number}}`));
        expect(read).toEqual(exact ? { jobId: String(number) } : undefined);
      }),
      fuzzRuns(0.6),
    );
  });

  it("forms, notifications and histories come back", () => {
    const field = fc.record({ id: word, label: word, mandatory: fc.boolean(), defaultValue: word });
    fc.assert(
      fc.property(
        fc.array(field, { maxLength: 3 }),
        fc.array(anyJob, { maxLength: 2 }),
        fc.dictionary(word, word, { maxKeys: 3 }),
        formats,
        (fields, jobs, values, format) => {
          expect(parseWsApplicationFields(renderWsApplicationFields(fields, format))).toEqual(fields);
          expect(
            parseJobHistory(renderJobHistory(jobs, new Date(0), format)).map(({ jobId }) => jobId),
          ).toEqual(jobs.map(({ id }) => id));
          const pairs = new Map(Object.entries(values));
          expect(parseNotificationParams(renderNotificationParams(pairs))).toEqual(pairs);
          const settings = {
            userName: "u",
            settings: [...pairs].map(([id, value]) => ({ id, value, defaultValue: "-", label: "l" })),
          };
          expect(parseNotificationSettings(renderNotificationSettings(settings, format))).toEqual(settings);
        },
      ),
      fuzzRuns(0.1),
    );
  });

  it("nothing in the history of a job that did not succeed reads as success", () => {
    fc.assert(
      fc.property(anyJob, formats, (job, format) => {
        const text = renderJobHistory([job], new Date(0), format);
        const well = job.status.phase === "finished" && job.status.outcome === "succeeded";
        expect(text.includes("Done successfully.")).toBe(well);
      }),
      fuzzRuns(0.4),
    );
  });

  it("any body is an answer or an error of the wire", () => {
    const good = fc
      .tuple(anyText, word, formats, anyJob)
      .chain(([text, id, format, job]) =>
        fc.constantFrom(
          renderWsMessage(text, format),
          renderWsSubmitAnswer(id, format),
          renderJobHistory([job], new Date(0), format),
        ),
      );
    fc.assert(
      fc.property(fc.oneof(anyText, mutated(good), fc.json({ maxDepth: 3 })), (body) => {
        const submitted = orWireError(() => parseWsSubmitAnswer(body));
        if (submitted !== undefined && "jobId" in submitted) expect(["", "0"]).not.toContain(submitted.jobId);
        for (const parse of [
          parseWsCommandAnswer,
          parseLogonAnswer,
          parseProductInformation,
          parseJobHistory,
        ])
          orWireError(() => parse(body));
        for (const parse of [parseWsApplicationFields, parseNotificationSettings, parseNotificationParams])
          orWireError(() => parse(body));
        parseWsMessage(body);
      }),
      fuzzRuns(0.09),
    );
  });

  it("any Accept header chooses one of the two", () => {
    fc.assert(
      fc.property(anyText, (accept) => {
        expect(["xml", "json"]).toContain(chooseWsFormat(accept));
        expect(chooseWsFormat(`application/json, ${accept.replaceAll(/[,;]/g, "")};q=0.1`)).toBe("json");
      }),
      fuzzRuns(),
    );
  });
});
