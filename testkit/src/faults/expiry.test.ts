import { expect, it } from "vitest";
import { type Ending, runExpiryTrial } from "./expiry-trial.js";

it("a session that ends in the middle: work goes on after one log-in and starts nothing over", async () => {
  const endings: readonly Ending[] = [
    // A chunk of an upload, a submit, a cancel or a look at a job.
    { at: 7, told: "by the gateway", renewed: true, generation: "auto" },
    { at: 9, told: "in the protocol's words", renewed: true, generation: "legacy" },
    { at: 10, told: "by the gateway", renewed: false, generation: "auto" },
    { at: 13, told: "in the protocol's words", renewed: false, generation: "legacy" },
  ];
  const { ends, violations } = await runExpiryTrial(endings, 4);
  expect(violations).toEqual([]);
  expect(ends).toHaveLength(endings.length);
});
