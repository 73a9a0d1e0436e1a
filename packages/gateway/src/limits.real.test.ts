import { expect, it } from "vitest";
import { startFixture } from "./testing/gateway-fixture.js";
import { wsCall } from "./testing/ws-call.js";

const base = "/platform/webservice/pacclient";

it("too many requests of one user: Retry-After, in the form of each generation, and for nobody else", async () => {
  await using fixture = await startFixture({ limits: { requestsPerSecond: 4 } });
  const cookie = await fixture.logOn();
  const headers = [`Cookie: platform_token=${cookie}`];
  // Eight at once, eight that wait for up to two seconds; the rest is told to come later.
  const answers = await Promise.all([
    ...Array.from({ length: 20 }, () => fixture.get(`${base}/jobs`, cookie)),
    ...Array.from({ length: 20 }, () => wsCall(fixture.port, { path: "jobs", headers })),
  ]);
  const limited = answers.find(({ status }) => status === 429);
  expect(limited?.headers.get("scarf-error-code")).toBe("RATE_LIMITED");
  expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThan(0);
  const more = await Promise.all(Array.from({ length: 30 }, () => fixture.get(`${base}/jobs`, cookie)));
  const legacy = [...answers, ...more].find(({ text }) => text.includes("<Jobs><errMsg>Too many requests"));
  expect([legacy?.status, legacy?.headers.has("retry-after")]).toEqual([200, true]);
  expect((await fixture.get(`${base}/ping`, "")).status).toBe(200);
});
