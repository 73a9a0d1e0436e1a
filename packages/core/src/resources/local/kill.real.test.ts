import { expect, it } from "vitest";
import { runKillTrial } from "./testing/kill-trial.js";

it("loses no job and runs none twice over four hundred kills", async () => {
  let engineKills = 0;
  let submitterKills = 0;
  // Fresh workspaces, so that also the first moments of one are hit.
  for (let round = 0; round < 8; round += 1) {
    const report = await runKillTrial({ kills: 50, jobs: 40 });
    expect(report.violations).toEqual([]);
    engineKills += report.engineKills;
    submitterKills += report.submitterKills;
  }
  process.stdout.write(`${engineKills} engines and ${submitterKills} submitters were killed\n`);
  expect(engineKills).toBeGreaterThan(50);
  expect(submitterKills).toBeGreaterThan(50);
});
