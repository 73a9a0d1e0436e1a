import { expect, it } from "vitest";
import { killRounds } from "./testing/kill-rounds.js";

it("kill -9 at random moments: every acknowledged job exists once, no file is incomplete under its name", async () => {
  const report = await killRounds(3);
  expect(report).toMatchObject({ wrongJobs: [], wrongFiles: [] });
  expect(report.acknowledgedJobs).toBeGreaterThan(1);
  expect(report.acknowledgedFiles).toBeGreaterThan(0);
});
