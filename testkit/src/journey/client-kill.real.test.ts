import { expect, it } from "vitest";
import { runClientKillTrial } from "./client-kill-trial.js";

it("a client killed two hundred times: every acknowledged job exists once, no file is incomplete under its name", async () => {
  const report = await runClientKillTrial(200);
  expect(report).toMatchObject({ kills: 200, violations: [] });
  expect(report.acknowledged).toBeGreaterThan(50);
});
