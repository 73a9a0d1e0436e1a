import { describe, expect, it } from "vitest";
import { isHtml, summarisePage } from "./error-page.js";

describe("error pages", () => {
  it.each([
    ["text/html", "<h1>x</h1>", true],
    [undefined, "  <!DOCTYPE HTML><html>", true],
    ["text/plain", "<html lang=en>", true],
    ["text/html; charset=UTF-8", "ok", false],
    ["text/html", '<?xml version="1.0"?><Jobs></Jobs>', false],
    [undefined, '<?xml version="1.0"?>\n<html xmlns="x">', true],
    ["application/xml", "<Jobs></Jobs>", false],
    [undefined, "", false],
  ])("recognises a page by type %j and text %j: %s", (type, text, expected) => {
    expect(isHtml(type, text)).toBe(expected);
  });

  it("summarises a page on one printable line", () => {
    expect(summarisePage("<html><title> Bad\n Gateway </title><body>b")).toBe("Bad Gateway");
    expect(summarisePage("<script>alert(1)</script><p>No\u001B[31m\taccess</p>")).toBe("No [31m access");
    expect(summarisePage("x".repeat(300), 20)).toBe(`${"x".repeat(19)}…`);
    expect(summarisePage("")).toBe("");
  });
});
