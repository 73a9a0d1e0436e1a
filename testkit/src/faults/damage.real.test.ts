import { expect, it } from "vitest";
import { runDamageTrial } from "./damage-trial.js";

it.each(["auto", "legacy"] as const)(
  "bytes damaged at a hundred places make no wrong file and no wrong state of a job (%s)",
  async (generation) => {
    const { outcomes, violations } = await runDamageTrial(100, 2, generation);
    console.log("damage", outcomes);
    expect(violations).toEqual([]);
  },
);
