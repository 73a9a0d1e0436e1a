import { describe, expect, it } from "vitest";
import { renderTable } from "./table.js";
import { measureWidth, truncateToWidth } from "./text-width.js";

const head = [
  { heading: "JOB", whole: true },
  { heading: "NAME" },
  { heading: "RAN", align: "right" as const },
];

describe("renderTable", () => {
  it("lines columns up", async () => {
    expect(
      await renderTable(
        head,
        [
          ["1", "recon", "5 s"],
          ["417666", "x", "12 s"],
        ],
        80,
      ),
    ).toBe(["JOB     NAME    RAN", "1       recon   5 s", "417666  x      12 s"].join("\n"));
  });

  it("fits 80 columns by cutting the widest column, and leaves an id whole", async () => {
    const id = "417666[1234567890]";
    const lines = (await renderTable(head, [[id, "n".repeat(300), "5 s"]], 80)).split("\n");
    for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(80);
    expect(lines[1]).toContain(id);
    expect(lines[1]).toMatch(/n{20,}… +5 s$/);
  });

  it("counts wide characters as two columns", async () => {
    const lines = (
      await renderTable(
        head,
        [
          ["1", "試料試料", "5 s"],
          ["2", "abcdefgh", "5 s"],
        ],
        80,
      )
    ).split("\n");
    expect(lines.map(measureWidth)).toEqual([18, 18, 18]);
  });

  it("cuts nothing where there is no terminal", async () => {
    expect(await renderTable(head, [["1", "n".repeat(300), ""]], undefined)).toContain("n".repeat(300));
  });

  it("keeps a hostile name in its cell", async () => {
    const table = await renderTable(head, [["1", "a\u001B[2J\nb", "5 s"]], 80);
    expect(table.split("\n")).toHaveLength(2);
    expect(table).toContain(String.raw`a\x1b[2J\nb`);
  });

  it("is only its head when there are no rows", async () => {
    expect(await renderTable(head, [], 80)).toBe("JOB  NAME  RAN");
  });
});

describe("truncateToWidth", () => {
  it("never cuts a character in two", () => {
    expect(truncateToWidth("試料試料", 6)).toBe("試料…");
    expect(truncateToWidth("試料試料", 4)).toBe("試…");
    expect(truncateToWidth("👩‍🔬👩‍🔬👩‍🔬", 5)).toBe("👩‍🔬👩‍🔬…");
    expect(truncateToWidth("abc", 3)).toBe("abc");
    expect(truncateToWidth("abc", 0)).toBe("");
  });
});
