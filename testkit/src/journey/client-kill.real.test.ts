import { expect, it } from "vitest";
import { runClientKillTrial } from "./client-kill-trial.js";

// Enough to meet what happens often; a higher number looks for what is rare.
const kills = Number(process.env["SCARF_KILLS"] ?? 80);

it("a client killed many times: every acknowledged job exists once, no file is incomplete under its name", async () => {
  const report = await runClientKillTrial(kills);
  expect(report).toMatchObject({ kills, violations: [] });
  expect(report.acknowledged).toBeGreaterThan(kills / 4);
});
