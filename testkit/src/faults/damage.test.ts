import { expect, it } from "vitest";
import { runDamageTrial } from "./damage-trial.js";

it.each(["auto", "legacy"] as const)(
  "bytes that are damaged on their way make no wrong file and no wrong state of a job (%s)",
  async (generation) => {
    const { outcomes, violations } = await runDamageTrial(8, 1, generation);
    expect(violations).toEqual([]);
    expect(outcomes["upload: TRANSFER_CORRUPT"]).toBeGreaterThan(0);
  },
);
