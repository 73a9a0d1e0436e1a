import { expect, it } from "vitest";
import { runFaultTrial } from "./fault-trial.js";
import { randomCuts, randomDisorder } from "./random-faults.js";

it("a thousand cuts: every journey ends with the same bytes, each job once and nothing left behind", async () => {
  const report = await runFaultTrial({ plan: randomCuts, faults: 1000, travellers: 8, seed: 1 });
  console.log("cuts", report);
  expect(report.violations).toEqual([]);
  expect(report.faults).toBeGreaterThanOrEqual(1000);
});

it("requests that come late, twice, slowly or not at all: the same bytes, each job once and nothing left behind", async () => {
  const report = await runFaultTrial({ plan: randomDisorder, faults: 150, travellers: 8, seed: 3 });
  console.log("disorder", report);
  expect(report.violations).toEqual([]);
});
