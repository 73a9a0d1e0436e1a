import { expect, it } from "vitest";
import { startCrowdedGateway } from "./crowded-gateway.js";
import { runLoad } from "./run-load.js";

const crowd = { users: 200, jobsEach: 50 };
/** Everybody looks once a minute. Thirty thousand have been tried as well; here they would take too long. */
const requestsOfAnHour = crowd.users * 60;

it("two hundred users with fifty jobs each on a thousand connections, an hour's requests: nobody sees another's", async () => {
  await using gateway = await startCrowdedGateway(crowd);
  const report = await runLoad(gateway, crowd.jobsEach, {
    connections: 1000,
    requests: requestsOfAnHour,
    atOnce: 50,
  });
  console.log("load", report);
  expect(report.violations).toEqual([]);
  expect(report.connections).toBe(1000);
  // In the first third it grows with every connection and every user that it meets.
  const { middleThirdMegabytes, lastThirdMegabytes } = report.memory;
  expect(lastThirdMegabytes).toBeLessThan(1.2 * middleThirdMegabytes);
});
