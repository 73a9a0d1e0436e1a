import { expect, it } from "vitest";
import { allEndings, endingsAt, runExpiryTrial } from "./expiry-trial.js";

const legacy = [
  "submitapp",
  "jobs?",
  "jobOperation/kill/",
  "jobfiles/",
  "file/",
  "upfile/",
  "uplargefile/",
  "logout/",
].map((operation) => `/webservice/pacclient/${operation}`);
const current = ["jobs/submit", "jobs/", "jobs/kill", "jobfiles/", "jobfiles/download/", "logout"].map(
  (operation) => `/ws/${operation}`,
);

it("a session that ends at each request: work goes on after one log-in and starts nothing over", async () => {
  const named = [...endingsAt("legacy", legacy), ...endingsAt("auto", current)];
  const { ends, violations } = await runExpiryTrial([...allEndings(24), ...named], 8);
  expect(violations).toEqual([]);
  const targets = ends.map(({ target }) => target);
  for (const operation of [...legacy, ...current])
    expect(targets.some((target) => target.includes(operation)) ? operation : targets).toBe(operation);
});
