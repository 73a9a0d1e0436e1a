import { createServer } from "node:http";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, pacAccept, startFixture, userName } from "./testing/gateway-fixture.js";
import { audience, issuerName, makeIssuer, type TestIssuer } from "./testing/issuer.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmitBody } from "./testing/recorded.js";
import { wsCall } from "./testing/ws-call.js";
import { addUser, removeUser } from "./users/users.js";

const legacy = "/platform/webservice/pacclient";

describe("OAuth2 bearer tokens", () => {
  let folder: string;
  let issuer: TestIssuer;
  let fixture: GatewayFixture;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-issuer-"));
    issuer = await makeIssuer(folder);
    fixture = await startFixture({
      users: { oauth2: { issuer: issuerName, audience, keys: issuer.keysFile } },
      limits: { loginDelaySeconds: 0 },
    });
  });
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** As pac's Python 3 client sends it when its stored token begins with OAuth2: no cookie. */
  function pac(
    path: string,
    token: string,
    { user = userName, method = "GET", body = "" } = {},
  ): Promise<RawAnswer> {
    return sendRaw(
      fixture.port,
      `${method} ${legacy}/${path} HTTP/1.1\r\nHost: 127.0.0.1:18080\r\ncontent-type: application/xml\r\nauth-user: ${user}\r\n` +
        `authorization: Bearer ${token}\r\naccept: ${pacAccept}\r\naccept-language: en-us\r\n` +
        `user-agent: Python-httplib2/0.20.4 (gzip)\r\naccept-encoding: gzip, deflate\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  }

  function ws(path: string, token: string, more: { user?: string; body?: string } = {}): Promise<RawAnswer> {
    const { user = userName, body } = more;
    const headers = [`Auth-User: ${user}`, `Authorization: Bearer ${token}`];
    return wsCall(fixture.port, { path, headers, ...(body !== undefined && { body }) });
  }

  it("open every operation of both generations without a log-on, and all requests share one user", async () => {
    const token = await issuer.token({ sub: userName });
    const another = await issuer.token({ sub: userName, jti: "another" });
    const body = pacSubmitBody({ parameters: { COMMANDTORUN: "true", JOB_NAME: "by bearer" } });
    const submitted = await pac("submitapp", token, { method: "POST", body: body.toString("latin1") });
    const id = /<Job><id>(\d+)<\/id><\/Job>$/.exec(submitted.text)?.[1] ?? submitted.text;
    expect((await pac(`jobs?id=${id}&user=&details=&past=`, another)).text).toContain(
      "<name>by bearer</name>",
    );
    expect((await ws(`jobs/${id}`, another)).status).toBe(200);
    expect((await ws("jobs/kill", token, { body: `ids=${id}` })).headers.has("www-authenticate")).toBe(false);
    // The owner of the cookie session is the same user.
    expect((await fixture.get(`${legacy}/jobs?id=${id}`, await fixture.logOn())).text).toContain(
      `<id>${id}</id>`,
    );
    const expires = Date.parse((await ws("jobs", token)).headers.get("scarf-session-expires") ?? "");
    expect(Math.abs(expires - Date.now() - 600_000)).toBeLessThan(30_000);
    // ws/version gets Auth-User only.
    expect(
      (await wsCall(fixture.port, { path: "version", headers: [`Auth-User: ${userName}`] })).status,
    ).toBe(200);
  });

  it.each([
    [
      "signed by another issuer",
      "not signed by the issuer",
      async () => (await makeIssuer(await mkdtemp(join(folder, "other-")))).token({ sub: userName }),
    ],
    [
      "with a byte of the signature changed",
      "not signed by",
      async () => flip(await issuer.token({ sub: userName })),
    ],
    [
      "without a signature",
      "not signed by",
      async () => new UnsecuredJWT({ sub: userName, iss: issuerName, aud: audience, exp: 4e9 }).encode(),
    ],
    ["that is no token", "not signed by", async () => "aaaa.bbbb.cccc"],
    ["of another audience", "meant for another service", () => issuer.token({ sub: userName, aud: "mail" })],
    [
      "of another issuer's name",
      "of another issuer",
      () => issuer.token({ sub: userName, iss: "https://evil.example/" }),
    ],
    ["without an end", "does not say when it ends", () => issuer.token({ sub: userName, exp: undefined })],
    [
      "before its time",
      "not begun",
      () => issuer.token({ sub: userName, nbf: Math.floor(Date.now() / 1000) + 600 }),
    ],
    ["without a user", "does not say whose it is", () => issuer.token({})],
    ["of another user than Auth-User", "Auth-User", () => issuer.token({ sub: "somebody" })],
  ])(
    "a token %s is refused: 403 for ws and files, errMsg for the rest, never 401",
    async (_, words, make) => {
      const token = await make();
      const failed = [await ws("jobs", token), await ws("jobs/submit", token, { body: "" })];
      for (const answer of failed) {
        expect([answer.status, answer.text]).toEqual([403, expect.stringContaining(words)]);
        expect(answer.headers.has("www-authenticate")).toBe(false);
        expect(answer.headers.get("scarf-error-code")).toBe("AUTH_FAILED");
      }
      await fixture.restart();
      const list = await pac("jobs", token);
      expect([list.status, list.text]).toEqual([
        200,
        expect.stringMatching(/<Jobs><errMsg>The bearer token is refused/),
      ]);
      expect((await pac("file/1", token, { body: "x" })).status).toBe(403);
      await fixture.restart();
    },
  );

  it("an expired one is the end of a session, and no guess: it locks nobody out", async () => {
    const old = await issuer.token({ sub: userName, exp: Math.floor(Date.now() / 1000) - 60 });
    for (let count = 0; count < 8; count += 1) {
      const answer = await ws("jobs", old);
      expect([answer.status, answer.headers.get("scarf-error-code")]).toEqual([403, "SESSION_EXPIRED"]);
      expect(answer.text).toContain("Your current login session was logout");
    }
    expect((await ws("jobs", await issuer.token({ sub: userName }))).status).toBe(200);
  });

  it("guessing is stopped, for passwords too, while a token that was seen before goes on", async () => {
    await addUser(fixture.usersFile, "guessed", "correct horse");
    const seen = await issuer.token({ sub: "guessed" });
    expect((await ws("jobs", seen, { user: "guessed" })).status).toBe(200);
    for (let count = 0; count < 5; count += 1) await ws("jobs", "aaaa.bbbb.cccc", { user: "guessed" });
    const next = await ws("jobs", "aaaa.bbbb.cccc", { user: "guessed" });
    expect([next.status, next.headers.get("scarf-error-code")]).toEqual([429, "LOGIN_RATE_LIMITED"]);
    await expect(fixture.logOn("guessed")).rejects.toThrow("Too many log-ins failed");
    expect((await ws("jobs", seen, { user: "guessed" })).status).toBe(200);
  });

  it("an expired token of one user does not forgive guesses at another's password", async () => {
    await addUser(fixture.usersFile, "victim", "correct horse");
    const old = await issuer.token({ sub: userName, exp: Math.floor(Date.now() / 1000) - 60 });
    for (let count = 0; count < 5; count += 1) {
      await expect(fixture.logOn("victim", "wrong password")).rejects.toThrow("wrong");
      await ws("jobs", old, { user: "victim" });
    }
    await expect(fixture.logOn("victim", "wrong password")).rejects.toThrow("Too many log-ins failed");
  });

  it("only users of the file are let in, and a removed one is out at once", async () => {
    const token = await issuer.token({ sub: "newcomer" });
    const before = await ws("jobs", token, { user: "newcomer" });
    expect([before.status, before.text]).toEqual([403, expect.stringContaining("none of this service")]);
    await addUser(fixture.usersFile, "newcomer", "correct horse");
    expect((await ws("jobs", token, { user: "newcomer" })).status).toBe(200);
    await removeUser(fixture.usersFile, "newcomer");
    expect((await ws("jobs", token, { user: "newcomer" })).status).toBe(403);
    const path = await issuer.token({ sub: "../etc" });
    expect((await ws("jobs", path, { user: "../etc" })).status).toBe(403);
  });

  it("logout ends the token here, over a restart", async () => {
    const token = await issuer.token({ sub: userName, jti: "to be ended" });
    expect((await pac("logout/", token)).text).toBe("ok");
    const after = await ws("jobs", token);
    expect([after.status, after.text]).toEqual([403, expect.stringContaining("session was logout")]);
    await fixture.restart();
    expect((await ws("jobs", token)).status).toBe(403);
    expect((await ws("jobs", await issuer.token({ sub: userName }))).status).toBe(200);
  });

  it("an exchanged file of keys counts at once", async () => {
    const before = await issuer.token({ sub: userName, jti: "before" });
    await issuer.rotate();
    expect((await ws("jobs", before)).status).toBe(403);
    expect((await ws("jobs", await issuer.token({ sub: userName }))).status).toBe(200);
  });

  it("an issuer that names none of its keys is understood, and still nobody else's signature", async () => {
    // The name in its header is no key's any more: the issuer has taken the names away.
    await issuer.addNameless();
    const first = await issuer.token({ sub: userName, jti: "of the second key" });
    expect((await ws("jobs", first)).status).toBe(200);
    await issuer.addNameless();
    expect((await ws("jobs", await issuer.token({ sub: userName }))).status).toBe(200);
    const foreign = await makeIssuer(await mkdtemp(join(folder, "foreign-")));
    await foreign.addNameless();
    const answer = await ws("jobs", await foreign.token({ sub: userName }));
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("not signed by the issuer")]);
    const late = await issuer.token({ sub: userName, exp: Math.floor(Date.now() / 1000) - 60 });
    expect((await ws("jobs", late)).headers.get("scarf-error-code")).toBe("SESSION_EXPIRED");
  });

  it("no token is in any log, and log-ins are in the audit log", async () => {
    const token = await issuer.token({ sub: userName });
    // Neither is one of a request that is no HTTP, or too long for it.
    for (const rest of ["\x00\r\n\r\n", `\r\nx: ${"x".repeat(70_000)}\r\n\r\n`]) {
      const request = `GET /platform/ws/jobs HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}${rest}`;
      expect((await sendRaw(fixture.port, request)).status).toBeGreaterThanOrEqual(400);
    }
    const audit = await readFile(join(fixture.folder, "audit.log"), "utf8");
    const log = await readFile(join(fixture.folder, "gateway.log"), "utf8");
    expect(audit).toMatch(
      /"act":"log-in","user":"scarf362","address":"127.0.0.1","means":"bearer token","outcome":"ok"/,
    );
    expect(audit).toMatch(/"means":"bearer token","outcome":"AUTH_FAILED"/);
    // All tokens of the issuer begin with its header, and are told by the dots in them.
    for (const text of [audit, log]) expect(text).not.toMatch(/eyJ|aaaa\.bbbb/);
  });
});

describe("bearer tokens elsewhere", () => {
  it("are refused with a clear message where they are not set up", async () => {
    await using fixture = await startFixture({ limits: { loginDelaySeconds: 0 } });
    const { status, text } = await wsCall(fixture.port, {
      path: "jobs",
      headers: [`Auth-User: ${userName}`, "Authorization: Bearer a.b.c"],
    });
    expect([status, text]).toEqual([
      403,
      expect.stringContaining("Bearer tokens are not taken by this service."),
    ]);
  });

  it("keys come over the wire too; while they can't be had nobody is accused, and new users may be let in", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gateway-issuer-"));
    const issuer = await makeIssuer(folder);
    let away = true;
    const server = createServer((_, response) => {
      if (away) response.writeHead(503).end();
      else void readFile(issuer.keysFile).then((keys) => response.end(keys));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : undefined;
      const keys = `http://127.0.0.1:${port}/jwks.json`;
      await using fixture = await startFixture({
        users: {
          onlyListed: false,
          oauth2: { issuer: issuerName, audience, keys, userClaim: "preferred_username" },
        },
      });
      const token = await issuer.token({ sub: "1234-5678", preferred_username: "new.user@site" });
      const headers = ["Auth-User: new.user@site", `Authorization: bearer ${token}`];
      const failed = await wsCall(fixture.port, { path: "jobs", headers });
      expect([failed.status, failed.text]).toEqual([503, expect.stringContaining("keys of the issuer")]);
      away = false;
      expect((await wsCall(fixture.port, { path: "jobs", headers })).status).toBe(200);
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });

  it("a configuration that can't work is refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gateway-issuer-"));
    const start = (keys: string): Promise<unknown> =>
      startFixture({ users: { oauth2: { issuer: issuerName, audience, keys } } });
    await writeFile(join(folder, "wrong.json"), '{"kty":"EC"}');
    await expect(start(join(folder, "none.json"))).rejects.toThrow(
      "expected a readable file as users.oauth2.keys",
    );
    await expect(start(join(folder, "wrong.json"))).rejects.toThrow("expected a set of keys (JWKS)");
    await expect(start("http://login.example.org/keys")).rejects.toThrow("begins with https://");
    await rm(folder, { recursive: true });
  });
});

function flip(token: string): string {
  const at = token.length - 20;
  return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
}
