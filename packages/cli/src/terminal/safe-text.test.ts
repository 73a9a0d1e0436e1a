import { describe, expect, it } from "vitest";
import { renderJson } from "./render-json.js";
import { renderSafeLine, renderSafeLines } from "./safe-text.js";

describe("text from a server", () => {
  it("can't send an escape sequence to the terminal", () => {
    expect(renderSafeLine("job\u001B]0;owned\u0007\u009B2J")).toBe(String.raw`job\x1b]0;owned\x07\x9b2J`);
    expect(renderSafeLines("a\u001B[2Jb")).toBe(String.raw`a\x1b[2Jb`);
  });

  it("can't begin a line of its own in a cell", () => {
    expect(renderSafeLine("a\nb\rc\td\u2028e")).toBe(String.raw`a\nb\rc d\u2028e`);
  });

  it("can't turn around what is read", () => {
    expect(renderSafeLine("exe.\u202Egpj")).toBe(String.raw`exe.\u202egpj`);
    expect(renderSafeLines("a\u2066b")).toBe(String.raw`a\u2066b`);
  });

  it("keeps its lines in an output, and can't write over one", () => {
    expect(renderSafeLines("one\r\ntwo\tthree\rfour\n")).toBe("one\ntwo\tthree\nfour\n");
  });

  it("keeps letters of all scripts, and emoji", () => {
    expect(renderSafeLine("Übung 試料 🔬 é")).toBe("Übung 試料 🔬 é");
  });

  it("shows half of a surrogate pair", () => {
    expect(renderSafeLine("a\uD83Db")).toBe(String.raw`a\ud83db`);
  });

  it("is escaped in JSON where a terminal could act on it, and stays the same text", () => {
    const document = { name: "a\u009B\u202Eb\u2028", at: new Date(0) };
    const json = renderJson(document);
    expect(json).toBe(String.raw`{"name":"a\u009b\u202eb\u2028","at":"1970-01-01T00:00:00.000Z"}`);
    expect(JSON.parse(json)).toEqual({ ...document, at: "1970-01-01T00:00:00.000Z" });
  });
});
