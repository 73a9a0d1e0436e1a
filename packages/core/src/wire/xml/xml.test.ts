import { describe, expect, it } from "vitest";
import { inPieces } from "../testing/in-pieces.js";
import { WireFormatError } from "../wire-format-error.js";
import { parseXml, readXml } from "./parse-xml.js";
import { readXmlRecords } from "./read-records.js";
import { escapeXml, maskNote } from "./xml-text.js";
import { lenientElementText, readXmlValues } from "./xml-values.js";

describe("XML", () => {
  it("survives any text through writing and reading, in any pieces", async () => {
    for (const text of ["a<b>&c\"d'e", "é\u{1F600}\u00a0", "line\r\nline\ttab", "]]>", "&amp;", ""]) {
      for (const size of [1, 2, 3, 1000]) {
        let read = "";
        await readXml(inPieces(Buffer.from(`\n<a>${escapeXml(text)}</a>`), size), {
          text: (piece) => (read += piece),
        });
        expect(read).toBe(text);
      }
    }
  });

  it("replaces what XML can't carry instead of losing the document", () => {
    expect(escapeXml("a\u0001b\u0000\uFFFF\uD800")).toBe("a\uFFFDb\uFFFD\uFFFD\uFFFD");
    expect(readXmlValues("<a><b>x\u0001y</b></a>").get("b")).toBe("x\uFFFDy");
  });

  it.each([
    ["mismatched tags", "<a><b></a></b>", "malformed"],
    ["a bare ampersand", "<a>b & c; d</a>", "malformed"],
    ["an unknown entity", "<a>&bomb;</a>", "malformed"],
    ["a document type", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "malformed"],
    ["an external entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "malformed"],
    ["no root", "just text", "malformed"],
    ["a cut", "<a><b>", "truncated"],
    ["nothing", "", "truncated"],
  ])("refuses %s", (_what, document, problem) => {
    let error: unknown;
    try {
      parseXml(document, {});
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(WireFormatError);
    expect(error).toMatchObject({ problem });
  });

  it("reads CDATA, self-closed and repeated elements", () => {
    const values = readXmlValues("<u><a><![CDATA[<x>&]]></a><b/><a>second</a></u>");
    expect(Object.fromEntries(values)).toEqual({ a: "<x>&", b: "" });
  });

  it("reads records and the message outside of them", () => {
    const { records, errorMessage } = readXmlRecords(
      "<r><x><a>1</a></x><errMsg> no </errMsg><x><errMsg>in</errMsg></x></r>",
      "x",
    );
    expect(records.map((record) => Object.fromEntries(record))).toEqual([{ a: "1" }, { errMsg: "in" }]);
    expect(errorMessage).toBe("no");
  });

  it("takes ill-formed elements apart at their tags", () => {
    expect(lenientElementText("<User><name>u</name> <pass>a&<b>c</pass> </User>", "pass")).toBe("a&<b>c");
    expect(lenientElementText("<User><pass>a</pass>b</pass></User>", "pass")).toBe("a</pass>b");
    expect(lenientElementText("<User><pass>a&lt;</pass></User>", "pass")).toBe("a<");
    expect(lenientElementText("<User>&</User>", "pass")).toBeUndefined();
  });

  it("hides the letters n-o-t-e from clients that search for them, and from nobody else", () => {
    const masked = maskNote(escapeXml("notebook.py & keynote"));
    expect(masked).not.toContain("note");
    expect(readXmlValues(`<a><b>${masked}</b></a>`).get("b")).toBe("notebook.py & keynote");
  });
});
