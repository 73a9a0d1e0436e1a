import { expect, it } from "vitest";
import { runCutTrial } from "./cut-trial.js";

it("cut connections: every journey ends with the same bytes, each job once and nothing left behind", async () => {
  const report = await runCutTrial({ cuts: 30, travellers: 4, seed: 2 });
  expect(report.violations).toEqual([]);
  expect(report.cuts).toBeGreaterThanOrEqual(30);
});
