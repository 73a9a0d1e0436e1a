import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { quoteWord, quoteWords, splitWords } from "./shell-words.js";

const hostile = [
  "",
  "plain-1.2/3",
  "two words",
  "it's",
  "''",
  '$HOME `id` $(id) \\ " ! ~ # * ? [a] {b,c}',
  "line\nfeed",
  "-n",
  "A=b",
  "=cat",
  "~root",
  "ünïcode 日本",
  "\u0001\u001b[31m",
];

describe("quoting for a shell", () => {
  it.each(["/bin/sh", "/bin/bash"])("gives %s back what it was given", (shell) => {
    const line = quoteWords(["/usr/bin/printf", String.raw`%s\0`, ...hostile]);
    const output = execFileSync(shell, ["-c", line], { encoding: "utf8" });
    expect(output.split("\0").slice(0, -1)).toEqual(hostile);
  });

  it("does not take a first word for an assignment", () => {
    expect(quoteWord("PATH=/evil")).toBe("'PATH=/evil'");
    expect(quoteWord("--out=/a/b")).toBe("--out=/a/b");
  });

  it("refuses NUL, which no argument can hold", () => {
    expect(() => quoteWord("a\0b")).toThrow("NUL");
  });
});

describe("words", () => {
  it("survive quoting and splitting", () => {
    const words = ["", "a b", "it's", '"', "$HOME `x` \\", "a\nb", "é;|&", "--x=1"];
    expect(splitWords(words.map(quoteWord).join("  "))).toEqual(words);
  });

  it("are split as a shell does", () => {
    expect(splitWords(`bstop "417666" "-s" "a\\"b\\x"  c\\ d''e`)).toEqual([
      "bstop",
      "417666",
      "-s",
      'a"b\\x',
      "c de",
    ]);
    expect(() => splitWords(`"open`)).toThrow("not closed");
  });
});
