import { expect, it } from "vitest";
import { runKillTrial } from "./testing/kill-trial.js";

// Enough to meet what happens often; a higher number looks for what is rare.
const kills = Number(process.env["SCARF_KILLS"] ?? 250);

it("loses no job and runs none twice, however often it is killed", async () => {
  let engineKills = 0;
  let submitterKills = 0;
  // Fresh workspaces, so that also the first moments of one are hit.
  for (let round = 0; round < kills / 50; round += 1) {
    const report = await runKillTrial({ kills: 50, jobs: 40 });
    expect(report.violations).toEqual([]);
    engineKills += report.engineKills;
    submitterKills += report.submitterKills;
  }
  process.stdout.write(`${engineKills} engines and ${submitterKills} submitters were killed\n`);
  expect(engineKills).toBeGreaterThan(kills / 8);
  expect(submitterKills).toBeGreaterThan(kills / 8);
});
