import { expect, it } from "vitest";
import { runCommandExpiryTrial } from "./command-expiry-trial.js";

it("scarf reconstruct, with its session ended at each request: says what there is, and the command it names goes on", async () => {
  const { requests, said, violations } = await runCommandExpiryTrial();
  expect(violations).toEqual([]);
  expect(requests).toBeGreaterThan(5);
  expect(said).toEqual(new Set(["No job was submitted", "goes on at", "has succeeded"]));
});
