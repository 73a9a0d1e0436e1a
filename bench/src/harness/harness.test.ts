import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compare } from "./compare.js";
import { type Figure, type Goal, makeFigure, median } from "./figure.js";
import { renderPage } from "./render-page.js";
import { renderPlot } from "./render-plot.js";
import { renderMarkdownTable, renderTable } from "./render-table.js";
import { mergeFigures, readFigures, saveFigures } from "./results-file.js";

function figure(ours: readonly number[], against: readonly number[], goal?: Goal): Figure {
  const common = { name: "client sends", peer: "curl", unit: "MB/s", ours, against };
  return makeFigure(goal === undefined ? common : { ...common, goal });
}

describe("a figure", () => {
  it("compares the medians, and shows the best run", () => {
    const made = figure([100, 300, 200], [400, 100, 500, 400], { kind: "at-least", ratio: 0.5 });
    expect(made).toEqual({
      name: "client sends",
      ours: 200,
      against: 400,
      unit: "MB/s",
      ratio: 0.5,
      goal: "≥ 0.5",
      met: true,
      peer: "curl",
      bestOurs: 300,
      bestAgainst: 500,
      runs: 3,
    });
  });

  it.each([
    ["at least, just missed", 89.96, 100, { kind: "at-least", ratio: 0.9 }, false],
    ["at least, reached", 90, 100, { kind: "at-least", ratio: 0.9 }, true],
    ["at most, missed", 131, 100, { kind: "at-most", ratio: 1.3 }, false],
    ["at most, reached", 130, 100, { kind: "at-most", ratio: 1.3 }, true],
    ["more by, missed", 33, 24, { kind: "more-by-at-most", difference: 8 }, false],
    ["more by, reached", 32, 24, { kind: "more-by-at-most", difference: 8 }, true],
    ["below, missed", 150, 1, { kind: "below", value: 150 }, false],
    ["below, reached", 149, 1, { kind: "below", value: 150 }, true],
  ] as const)("%s", (_what, ours, against, goal, met) => {
    expect(figure([ours], [against], goal).met).toBe(met);
  });

  it("without a goal is neither met nor missed", () => {
    expect(figure([1], [2])).toMatchObject({ goal: null, met: null });
  });

  it("is not made of nothing", () => {
    expect(() => median([])).toThrow(RangeError);
  });

  it("takes the smallest as the best where smaller is better", () => {
    const made = makeFigure({
      name: "n",
      peer: "p",
      unit: "ms",
      smallerIsBetter: true,
      ours: [3, 1],
      against: [5, 9],
    });
    expect([made.bestOurs, made.bestAgainst]).toEqual([1, 5]);
  });
});

describe("a comparison", () => {
  it("alternates who begins, and does not count the warm-up", async () => {
    const order: string[] = [];
    const run = (who: string) => async (): Promise<number> => order.push(who);
    const { ours, against } = await compare({ ours: run("a"), against: run("b") }, 3);
    expect(order.join("")).toBe("abbaabba");
    expect(ours).toEqual([4, 5, 8]);
    expect(against).toEqual([3, 6, 7]);
  });
});

describe("results", () => {
  it("keep the rows that were not measured this time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bench-results-"));
    try {
      const [first, second] = [figure([1], [2]), { ...figure([3], [4]), name: "gateway sends" }];
      await saveFigures(folder, "core", [first, second], { isWhole: true });
      await saveFigures(folder, "core", [{ ...first, ours: 9 }], { isWhole: false });
      const rows: unknown = JSON.parse(await readFile(join(folder, "core.json"), "utf8"));
      expect(rows).toEqual([{ ...first, ours: 9 }, second]);
      await saveFigures(folder, "core", [second], { isWhole: true });
      expect(await readFigures(folder, "core")).toEqual([second]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("of a suite that was never run are none", async () => {
    expect(await readFigures("/nowhere", "core")).toEqual([]);
    expect(mergeFigures([], [])).toEqual([]);
  });
});

describe("a plot", () => {
  const plot = { title: "Time <of> it", name: "n", prefix: "list of ", xLabel: "jobs" };
  const point = (jobs: string, ours: number): Figure => ({
    ...figure([ours], [10]),
    name: `list of ${jobs} jobs`,
  });

  it("has a place for each figure of its name, and no other", () => {
    const svg = renderPlot(plot, [point("10", 1), point("1,000", 100), figure([1], [1])]) ?? "";
    expect(svg.match(/<circle/g)).toHaveLength(4);
    // From one decade to the last: the corners of the picture.
    expect(svg).toContain('points="70.0,340.0 620.0,40.0" fill="none" stroke="#0b6e99"');
    expect(svg).toContain("Time &lt;of> it");
  });

  it("of nothing is none", () => {
    expect(renderPlot(plot, [figure([1], [1])])).toBeUndefined();
  });
});

describe("the table", () => {
  const met = figure([9], [10], { kind: "at-least", ratio: 0.9 });
  const missed = {
    ...figure([8], [10], { kind: "at-least", ratio: 0.9 }),
    name: "another, with a longer name",
  };

  it("says of each row whether its goal is met", () => {
    const lines = renderTable([met, missed]).split("\n");
    expect(lines[2]).toMatch(/client sends \/ curl +9 +10 +MB\/s +0.9 +≥ 0.9 +met$/);
    expect(lines[3]).toMatch(/NOT MET$/);
  });

  it("is on the page with its score", () => {
    const section = { suite: "core", title: "Transfers", about: "About.", figures: [met, missed] };
    const page = renderPage([section, { ...section, title: "Empty", figures: [] }], {
      machine: "2 cores",
      date: new Date(0),
      isQuick: false,
    });
    expect(page).toContain("1970-01-01, on 2 cores");
    expect(page).toContain("1 of 2 goals are met");
    expect(page).toContain(renderMarkdownTable([met, missed]));
    expect(page).not.toContain("Empty");
  });
});
