import { expect, it } from "vitest";
import { killRounds } from "./testing/kill-rounds.js";

// Enough to meet what happens often; a higher number looks for what is rare.
const kills = Number(process.env["SCARF_KILLS"] ?? 60);

it("kill -9 many times: every acknowledged job exists once, no file is incomplete under its name", async () => {
  const report = await killRounds(kills);
  expect(report).toMatchObject({ wrongJobs: [], wrongFiles: [] });
  expect(report.repetitions).toBeGreaterThan(kills / 4);
  expect(report.acknowledgedJobs).toBeGreaterThanOrEqual(kills / 2);
});
