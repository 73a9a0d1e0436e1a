import { expect, it } from "vitest";
import { allEndings, runExpiryTrial } from "./expiry-trial.js";

it("a session that ends at each request: work goes on after one log-in and starts nothing over", async () => {
  const { ends, violations } = await runExpiryTrial(allEndings(22), 8);
  expect(violations).toEqual([]);
  const operations = new Set(ends.map(({ target }) => /platform\/([a-z/]+)/i.exec(target)?.[1]));
  for (const operation of ["submitapp", "jobs", "jobOperation/kill/", "jobfiles/", "file/", "logout/"])
    expect(operations).toContain(`webservice/pacclient/${operation}`);
  for (const operation of ["jobs/submit", "jobs/", "jobs/kill", "jobfiles/", "jobfiles/download/", "logout"])
    expect(operations).toContain(`ws/${operation}`);
  for (const operation of ["upfile/", "uplargefile/"])
    expect(operations).toContain(`webservice/pacclient/${operation}`);
});
