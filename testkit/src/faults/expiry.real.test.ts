import { expect, it } from "vitest";
import { allEndings, runExpiryTrial } from "./expiry-trial.js";

it("a session that ends at each request: work goes on after one log-in and starts nothing over", async () => {
  const { ends, violations } = await runExpiryTrial(allEndings(22), 8);
  expect(violations).toEqual([]);
  const operations = new Set(ends.map(({ target }) => /pacclient\/(\w+)/.exec(target)?.[1]));
  const all = ["file", "jobOperation", "jobfiles", "jobs", "logout", "submitapp", "upfile", "uplargefile"];
  expect(operations).toEqual(new Set(all));
});
