import { describe, expect, it } from "vitest";
import { parseLogonAnswer } from "../logon.js";
import { WireFormatError } from "../wire-format-error.js";
import {
  parseProductInformation,
  parseWsCommandAnswer,
  parseWsMessage,
  parseWsSubmitAnswer,
  renderProductInformation,
  renderWsCommandAnswer,
  renderWsError,
  renderCertificateLogonAnswer,
  renderWsLogonAnswer,
  renderWsMessage,
  renderWsSubmitAnswer,
} from "./ws-answers.js";
import { parseWsApplicationFields, renderWsApplicationFields } from "./ws-applications.js";
import { chooseWsFormat } from "./ws-format.js";
import {
  parseNotificationParams,
  parseNotificationSettings,
  renderNotificationParams,
  renderNotificationSettings,
} from "./ws-notifications.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const formats = ["xml", "json"] as const;

describe("the form of an answer", () => {
  it.each([
    [undefined, "xml"],
    ["", "xml"],
    ["*/*", "xml"],
    ["text/xml,application/xml;", "xml"],
    ["multipart/mixed", "xml"],
    ["application/json", "json"],
    ["Application/JSON; charset=utf-8", "json"],
    ["multipart/mixed,application/json", "json"],
    ["application/xml,application/json", "xml"],
    ["application/xml;q=0.5,application/json", "json"],
    ["application/json;q=0,application/xml", "xml"],
    ["application/json;q=0", "xml"],
  ] as const)("%j → %s", (accept, format) => {
    expect(chooseWsFormat(accept)).toBe(format);
  });
});

describe("short answers", () => {
  const hostile = '<b>&"\\ ]]> é\u0001';

  it("messages and errors", () => {
    expect(renderWsMessage("a<b", "xml")).toBe(`${xml}<Message><message>a&lt;b</message></Message>`);
    expect(renderWsError("a", "xml")).toBe(`${xml}<error><message>a</message></error>`);
    expect(renderWsError('a"', "json")).toBe(String.raw`{"message":"a\""}`);
    for (const format of formats) {
      const read = parseWsMessage(renderWsError(hostile, format));
      expect(read).toBe(format === "xml" ? hostile.replace("\u0001", "\uFFFD") : hostile);
    }
    expect(parseWsMessage("<error>\n  <message>\n     no job\n  </message>\n</error>")).toBe("no job");
    for (const body of ["", "<html>", "{", "bad gateway"]) expect(parseWsMessage(body)).toBeUndefined();
  });

  it("a submit: the XML's whole text is the id, JSON has a number", () => {
    expect(renderWsSubmitAnswer("236", "xml")).toBe(`${xml}<Job><id>236</id></Job>`);
    expect(renderWsSubmitAnswer("236", "json")).toBe('{"id":236}');
    for (const format of formats) {
      for (const jobId of ["236", "12_3", "9007199254740993"]) {
        expect(parseWsSubmitAnswer(renderWsSubmitAnswer(jobId, format))).toEqual({ jobId });
      }
    }
    expect(parseWsSubmitAnswer('{"id":0,"message":"no"}')).toEqual({ errorMessage: "no" });
    for (const body of ["", "{}", '{"id":0}', "<Job><id>0</id></Job>", "<Job><id>1</id>"]) {
      expect(() => parseWsSubmitAnswer(body)).toThrow(WireFormatError);
    }
  });

  it("a submit whose id is a number that JavaScript would round names no job", () => {
    expect(() => parseWsSubmitAnswer('{"id":9007199254740993}')).toThrow(WireFormatError);
    expect(() => parseWsSubmitAnswer('{"id":1e400,"message":"x"}')).toThrow(WireFormatError);
    expect(parseWsSubmitAnswer('{"id":"9007199254740993"}')).toEqual({ jobId: "9007199254740993" });
  });

  it("JSON nested a hundred thousand deep is an error like any other", () => {
    const deep = (open: string, close: string): string => `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    for (const body of [deep('{"a":', "}"), deep("[", "]"), '{"a":'.repeat(100_000)]) {
      expect(() => parseWsSubmitAnswer(body)).toThrow(WireFormatError);
      expect(parseWsMessage(body)).toBeUndefined();
    }
  });

  it("a log-on", () => {
    const token = 'scarf362"2015-02-10T18:50:00Z"Mv2=="x==';
    const answer = { token, csrfToken: "c" };
    expect(renderWsLogonAnswer(answer, "xml")).toBe(`${xml}<User><token>${token}</token></User>`);
    expect(renderWsLogonAnswer(answer, "json")).toContain(String.raw`"token":"scarf362\"2015-`);
    for (const format of formats) {
      expect(parseLogonAnswer(renderWsLogonAnswer(answer, format))).toEqual({ kind: "token", token });
      expect(parseLogonAnswer(renderCertificateLogonAnswer("bob", format))).toEqual({
        kind: "certificate",
        userName: "bob",
      });
    }
    expect(parseLogonAnswer("<User><token>\nt\n</token><jtoken>j</jtoken></User>")).toEqual({
      kind: "token",
      token: "t",
      jtoken: "j",
    });
    expect(() => parseLogonAnswer("<User></User>")).toThrow(WireFormatError);
  });

  it("commands and the version", () => {
    const information = { productName: "p", version: "1", buildNo: "2", buildDate: "-" };
    for (const format of formats) {
      expect(parseWsCommandAnswer(renderWsCommandAnswer("Job <1>", format))).toEqual({ message: "Job <1>" });
      expect(parseProductInformation(renderProductInformation(information, format))).toEqual(information);
    }
    expect(parseWsCommandAnswer("<U><errMsg>no</errMsg></U>")).toEqual({ errorMessage: "no" });
    expect(() => parseWsCommandAnswer("<U></U>")).toThrow(WireFormatError);
    expect(() => parseProductInformation("<html><title>x</title></html>")).toThrow(WireFormatError);
  });
});

describe("forms and notifications", () => {
  it("the fields of an application, one or many", () => {
    const command = { id: "COMMANDTORUN", label: "Command <to> run", mandatory: true };
    const span = { id: "SPAN", label: "Span", mandatory: false, defaultValue: "1" };
    for (const fields of [[], [command], [command, span]]) {
      for (const format of formats) {
        expect(parseWsApplicationFields(renderWsApplicationFields(fields, format))).toEqual(fields);
      }
    }
    expect(renderWsApplicationFields([span], "xml")).toContain(
      '<Application total="1"><AppParam><defaultValue>1<',
    );
    expect(
      parseWsApplicationFields("<Application><appParam><id>A</id></appParam></Application>"),
    ).toHaveLength(1);
  });

  it("settings and their changes", () => {
    const setting = { id: "NOTIFY_ENABLE", value: "N", defaultValue: "N", label: "Notify" };
    const settings = { userName: "bob", settings: [setting] };
    for (const format of formats) {
      expect(parseNotificationSettings(renderNotificationSettings(settings, format))).toEqual(settings);
    }
    const values = new Map([
      ["NOTIFY_ENABLE", "Y"],
      ["NOTIFY_EVENTS", "START,END"],
    ]);
    expect(parseNotificationParams(renderNotificationParams(values))).toEqual(values);
  });
});
