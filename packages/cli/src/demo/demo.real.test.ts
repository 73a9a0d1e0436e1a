import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PseudoTerminal } from "../testing/pseudo-terminal.js";
import { readDocument, ScarfSandbox } from "../testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
});
afterAll(() => sandbox.remove());

it("shows the phantom's slice in a terminal, with a right centre and an error below the bound, within a minute", async () => {
  const startedAt = performance.now();
  const { exitCode, output } = await PseudoTerminal.run(sandbox, ["demo", "--out", "kept"]).end();
  expect(exitCode).toBe(0);
  expect((performance.now() - startedAt) / 1000).toBeLessThan(60);
  // Bars on their way, the picture, and the summary.
  expect(output).toMatch(/Reconstruct [█░]+ +\d+ %/);
  const lines = output.split("\r\n").map(stripVTControlCharacters);
  expect(lines.filter((line) => /^▀{64}$/.test(line))).toHaveLength(32);
  expect(lines.join("\n")).toMatch(/^Centre of rotation found at 130\.9\d? pixels; it is at 130\.90\.$/m);
  // A path is not cut, so that it can be copied.
  for (const line of lines.filter((text) => !text.includes(sandbox.directory))) {
    expect(line.split("\r").at(-1)?.length).toBeLessThanOrEqual(80);
  }
});

it("is read by a program with --json", async () => {
  const { exitCode, stdout } = await sandbox.run(["demo", "--json"], {
    environment: { TMPDIR: sandbox.directory },
  });
  expect(exitCode).toBe(0);
  const { rmse, rmseBound, job, slices } = readDocument(stdout);
  expect({ job, slices, rmseBound }).toEqual({
    job: { id: "1", outcome: "succeeded", exitCode: 0 },
    slices: 64,
    rmseBound: 0.0007,
  });
  expect(rmse).toBeGreaterThan(0.0001);
  expect(rmse).toBeLessThan(0.0007);
});
