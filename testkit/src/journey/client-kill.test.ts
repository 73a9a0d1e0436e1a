import { expect, it } from "vitest";
import { runClientKillTrial } from "./client-kill-trial.js";

it("a client killed at random moments: every acknowledged job exists once, no file is incomplete under its name", async () => {
  const report = await runClientKillTrial(3);
  expect(report).toMatchObject({ kills: 3, violations: [] });
  expect(report.acknowledged).toBeGreaterThan(0);
});
