import { describe, expect, it } from "vitest";
import { LineEditor } from "./prompt.js";

function typeAll(keys: string): { text: string; shown: string; end: string | undefined } {
  let shown = "";
  const line = new LineEditor((text) => (shown += text));
  let end: string | undefined;
  for (const key of keys.split("")) end ??= line.type(key);
  return { text: line.text, shown, end };
}

describe("LineEditor", () => {
  it("takes letters until Enter", () => {
    expect(typeAll("geheim\rrest")).toMatchObject({ text: "geheim", end: "done" });
    expect(typeAll("geheim\n")).toMatchObject({ end: "done" });
  });

  it("erases whole characters: umlauts, accents, emoji", () => {
    expect(typeAll("aü\u007F").text).toBe("a");
    expect(typeAll("ae\u0301\u007F").text).toBe("a");
    expect(typeAll("a👩‍🔬\b").text).toBe("a");
    expect(typeAll("\u007F\u007Fa").text).toBe("a");
  });

  it("erases all with Ctrl-U", () => {
    expect(typeAll("falsch\u0015richtig").text).toBe("richtig");
  });

  it("gives up on Ctrl-C, and on Ctrl-D only while nothing is typed", () => {
    expect(typeAll("ab\u0003").end).toBe("interrupted");
    expect(typeAll("\u0004").end).toBe("interrupted");
    expect(typeAll("ab\u0004").end).toBeUndefined();
  });

  it("ignores arrow keys and other sequences", () => {
    expect(typeAll("a\u001B[Db\u001B[3~c\u001BOAd").text).toBe("abcd");
  });

  it("ignores other control characters", () => {
    expect(typeAll("a\u0000\u0007\tb").text).toBe("ab");
  });
});
