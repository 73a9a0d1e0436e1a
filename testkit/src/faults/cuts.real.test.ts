import { expect, it } from "vitest";
import { runCutTrial } from "./cut-trial.js";

it("a thousand cuts: every journey ends with the same bytes, each job once and nothing left behind", async () => {
  const report = await runCutTrial({ cuts: 1000, travellers: 8, seed: 1 });
  console.log("cuts", report);
  expect(report.violations).toEqual([]);
  expect(report.cuts).toBeGreaterThanOrEqual(1000);
});
