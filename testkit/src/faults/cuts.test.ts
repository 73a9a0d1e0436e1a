import { expect, it } from "vitest";
import { runFaultTrial } from "./fault-trial.js";
import { randomCuts } from "./random-faults.js";

it("cut connections: every journey ends with the same bytes, each job once and nothing left behind", async () => {
  const report = await runFaultTrial({ plan: randomCuts, faults: 30, travellers: 4, seed: 2 });
  expect(report.violations).toEqual([]);
  expect(report.faults).toBeGreaterThanOrEqual(30);
});
