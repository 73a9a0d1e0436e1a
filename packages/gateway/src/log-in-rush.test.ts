import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import { sendRaw } from "./testing/raw-http.js";
import { wsCall } from "./testing/ws-call.js";

/** More than may fail from one address by default. */
const userCount = 60;

describe("many log-ins from one address", () => {
  let fixture: GatewayFixture;
  const names = Array.from({ length: userCount }, (_, index) => `user${index}`);
  beforeAll(async () => {
    fixture = await startFixture({ limits: { loginAttempts: 1, loginDelaySeconds: 0 } });
    // One hash for all: making sixty would take longer than the test.
    const [, hash = ""] = (await readFile(fixture.usersFile, "utf8")).match(/^\w+:(.*)$/m) ?? [];
    const lines = [userName, "stranger", ...names].map((name) => `${name}:${hash}\n`);
    await writeFile(fixture.usersFile, lines.join(""));
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const logOn = (name: string, pass: string): ReturnType<typeof wsCall> => {
    const body = `<User><name>${name}</name><pass>${pass}</pass></User>`;
    return wsCall(fixture.port, { path: "logon", headers: ["Content-Type: application/xml"], body });
  };

  it("lets those in who are known there while a guesser tries, and stops the guesser", async () => {
    const first = await Promise.all(names.slice(0, 6).map((name) => logOn(name, password)));
    expect(first.every(({ status }) => status === 200)).toBe(true);
    // Ten, and one for each of the six that are known here.
    const guesses = Array.from({ length: 24 }, (_, index) => logOn(`nobody${index}`, "wrong password"));
    const later = await Promise.all(names.slice(0, 6).map((name) => logOn(name, password)));
    expect(later.map(({ status }) => status)).toEqual(later.map(() => 200));
    const outcomes = (await Promise.all(guesses)).map(({ status }) => status);
    const checked = outcomes.filter((status) => status === 403).length;
    expect(checked).toBeGreaterThanOrEqual(16);
    expect(checked).toBeLessThanOrEqual(18);
    expect(outcomes.filter((status) => status === 429).length).toBe(24 - checked);
    const again = await Promise.all(names.slice(0, 6).map((name) => logOn(name, password)));
    expect(again.every(({ status }) => status === 200)).toBe(true);
    const stranger = await logOn("stranger", password);
    expect([stranger.status, stranger.headers.get("scarf-error-code")]).toEqual([429, "LOGIN_RATE_LIMITED"]);
    expect(Number(stranger.headers.get("retry-after"))).toBeGreaterThan(800);
  });

  it("says it to an old client in a form that it understands", async () => {
    const body = `<User><name>stranger</name> <pass>${password}</pass> </User>`;
    const { status, text, headers } = await sendRaw(
      fixture.port,
      `GET /platform/webservice/pacclient/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect([status, headers.has("retry-after")]).toEqual([200, true]);
    expect(text).toContain("<errMsg>Too many log-ins failed. The next one is possible in");
  });
});

it("many users at once are no suspects as long as their passwords are right", async () => {
  await using fixture = await startFixture();
  const [, hash = ""] = (await readFile(fixture.usersFile, "utf8")).match(/^\w+:(.*)$/m) ?? [];
  const names = Array.from({ length: userCount }, (_, index) => `user${index}`);
  await writeFile(fixture.usersFile, names.map((name) => `${name}:${hash}\n`).join(""));
  const tokens = await Promise.all(names.map((name) => fixture.logOn(name)));
  expect(new Set(tokens).size).toBe(userCount);
});
