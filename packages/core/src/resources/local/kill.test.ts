import { expect, it } from "vitest";
import { runKillTrial } from "./testing/kill-trial.js";

it("loses no job and runs none twice while engine and submitters are killed", async () => {
  const report = await runKillTrial({ kills: 10, jobs: 12 });
  expect(report.violations).toEqual([]);
  expect(report.engineKills + report.submitterKills).toBeGreaterThanOrEqual(10);
});
