import { expect, it } from "vitest";
import { killRounds } from "./testing/kill-rounds.js";

it("kill -9 a hundred times: every acknowledged job exists once, no file is incomplete under its name", async () => {
  const report = await killRounds(100);
  expect(report).toMatchObject({ wrongJobs: [], wrongFiles: [] });
  expect(report.repetitions).toBeGreaterThan(50);
  expect(report.acknowledgedJobs).toBeGreaterThanOrEqual(50);
});
