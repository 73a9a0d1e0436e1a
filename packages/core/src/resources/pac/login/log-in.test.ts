import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PacResource } from "../pac-resource.js";
import { makeCertificates, type TestCertificates } from "../../../testing/certificates.js";
import { PacSimulator } from "../testing/pac-simulator.js";
import { failureOf, resourceFor, sessionFor } from "../testing/test-resource.js";

const html = {
  body: "<html><head><title>Gateway down</title></head><body>x</body></html>",
  headers: { "Content-Type": "text/html" },
};

describe("logon", () => {
  it("gets a token for a password with characters that XML and URLs know", async () => {
    await using simulator = await PacSimulator.start({});
    simulator.password = `a"b<c>&d'é %41+#`;
    const session = await sessionFor(simulator);
    expect(await session.list()).toEqual([]);
    const [logon] = simulator.sent("logon/");
    expect(logon?.method).toBe("GET");
    expect(logon?.headers["cookie"]).toBe("platform_token=");
    expect(logon?.headers["content-length"]).toBe(String(logon?.bodyBytes));
  });

  it("says whose log-in was not accepted, and never the password", async () => {
    await using simulator = await PacSimulator.start();
    const call = resourceFor(simulator).logIn({ userName: "scarf362", password: "hunter2&x" });
    const failure = await failureOf(call);
    expect(failure.code).toBe("AUTH_FAILED");
    expect(failure.message).toBe(
      "SCARF@STFC did not accept the log-in of scarf362: The user name or password is incorrect.",
    );
    expect(JSON.stringify([failure.message, failure.hint, failure.context, failure.stack])).not.toContain(
      "hunter2",
    );
  });

  it.each([
    ["a web page", html, "OUTPUT_UNREADABLE", /web page instead of data: Gateway down/],
    ["nothing", { body: "" }, "OUTPUT_UNREADABLE", /something unreadable/],
    ["malformed XML", { body: "<User><token>a</User>" }, "OUTPUT_UNREADABLE", /something unreadable/],
    ["neither token nor message", { body: "<User></User>" }, "OUTPUT_UNREADABLE", /something unreadable/],
    ["a token that is none", { body: "<User><token>oops</token></User>" }, "AUTH_FAILED", /can't be used/],
    ["status 500", { status: 500, body: "boom" }, "SCHEDULER_UNAVAILABLE", /HTTP 500/],
    ["status 404", { status: 404, body: "" }, "OUTPUT_UNREADABLE", /HTTP 404/],
  ])("fails on %s", async (_what, reply, code, message) => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /logon/, reply });
    const failure = await failureOf(sessionFor(simulator));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });

  it("asks for what is missing", async () => {
    await using simulator = await PacSimulator.start();
    const resource = resourceFor(simulator);
    expect((await failureOf(resource.logIn({ userName: "a" }))).code).toBe("PROPERTY_MISSING");
    expect((await failureOf(resource.logIn({ userName: "", password: "x" }))).code).toBe("PROPERTY_MISSING");
    expect(simulator.requests).toEqual([]);
  });
});

describe("SCARF's token page", () => {
  const page = (simulator: PacSimulator, method?: "post" | "query") => ({
    login: {
      kind: "token-page",
      url: `${simulator.origin}/cgi-bin/token.py`,
      ...(method && { method }),
    } as const,
  });

  it("Mantid fault: the password in the URL", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator, page(simulator));
    expect(await session.list()).toEqual([]);
    expect(simulator.requests[0]).toMatchObject({ method: "POST", url: "/cgi-bin/token.py" });
    expect(simulator.requests[0]?.body.toString()).toBe(
      "username=scarf362&password=secret%20pass%2Bword%26%23%25",
    );
  });

  it("Mantid fault: a password with & # + in the query was cut or changed", async () => {
    await using simulator = await PacSimulator.start();
    simulator.password = `&x=#+%41 "'()*!é`;
    await sessionFor(simulator, page(simulator, "query"));
    expect(simulator.requests[0]?.url).toBe(
      "/cgi-bin/token.py?username=scarf362&password=%26x%3D%23%2B%2541%20%22%27%28%29%2A%21%C3%A9",
    );
  });

  it("keeps the query out of every error when the password must go there", async () => {
    await using simulator = await PacSimulator.start();
    simulator.password = "hunter2";
    for (const fault of [
      { refuse: true },
      { reply: { status: 500, body: "" } },
      {
        reply: { status: 302, body: "", headers: { location: "http://elsewhere.example/?password=hunter2" } },
      },
    ]) {
      simulator.faults.splice(0, 1, { path: /token/, ...fault, times: 9 });
      const failure = await failureOf(sessionFor(simulator, page(simulator, "query")));
      const all = [
        failure.message,
        failure.hint,
        failure.stack,
        JSON.stringify(failure.context),
        String(failure.cause),
      ];
      expect(all.join(" ")).not.toContain("hunter2");
      expect(all.join(" ")).not.toContain("password=");
    }
  });

  it.each(["logon", "post", "query"] as const)(
    "takes the password out of what a page repeats of the request (%s)",
    async (way) => {
      await using simulator = await PacSimulator.start();
      simulator.password = `hun<ter>2 & "x" 'y'`;
      const spellings = [
        simulator.password,
        encodeURIComponent(simulator.password),
        encodeURIComponent(simulator.password).replaceAll("'", "%27").toLowerCase(),
        new URLSearchParams({ password: simulator.password }).toString(),
        "hun&lt;ter&gt;2 &amp; &quot;x&quot; &#39;y&#39;",
        `hun&lt;ter&gt;2 &amp; "x" 'y'`,
        JSON.stringify(simulator.password),
      ];
      const pages = spellings.flatMap((spelling) =>
        [200, 404, 500].flatMap((status) => [
          { status, body: `cannot serve ${spelling} today` },
          { status, body: `<html><body>cannot serve ${spelling} today</body></html>` },
          {
            status,
            body: `<User><errMsg>cannot serve ${spelling.replaceAll("<", "&lt;")} today</errMsg></User>`,
          },
        ]),
      );
      for (const reply of pages) {
        simulator.faults.splice(0, 1, { path: /token|logon/, reply, times: 9 });
        const failure = await failureOf(sessionFor(simulator, way === "logon" ? {} : page(simulator, way)));
        const all = JSON.stringify([failure, failure.message, failure.context, String(failure.cause)]);
        expect([reply, all]).toEqual([reply, expect.not.stringMatching(/ter(?:>|%3e|&gt;)2/i)]);
        expect(all).toMatch(/cannot serve|HTTP|web page|unreadable/);
      }
    },
  );

  it("shows what the page says about a wrong password", async () => {
    await using simulator = await PacSimulator.start();
    const failure = await failureOf(
      resourceFor(simulator, page(simulator)).logIn({ userName: "u", password: "wrong" }),
    );
    expect(failure).toMatchObject({
      code: "AUTH_FAILED",
      message: "SCARF@STFC did not accept the log-in of u: Wrong username or password.",
    });
  });

  it("Mantid fault: a reply without a second line counted as a log-in", async () => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /token/, reply: { body: simulator.baseUrl } });
    const failure = await failureOf(sessionFor(simulator, page(simulator)));
    expect(failure).toMatchObject({
      code: "AUTH_FAILED",
      message: "SCARF@STFC accepted scarf362 but gave no token.",
    });
  });

  it("Mantid fault: any text that holds the portal's address counted as a log-in", async () => {
    await using simulator = await PacSimulator.start();
    const text = `Sorry, log in at ${simulator.baseUrl} again\nsecond line`;
    simulator.faults.push({ path: /token/, reply: { body: text } });
    expect((await failureOf(sessionFor(simulator, page(simulator)))).code).toBe("AUTH_FAILED");
  });

  it.each([
    "https://evil.example:8443/platform/",
    "http://127.0.0.1:1/platform/",
    "ftp://127.0.0.1/",
    "https://127.0.0.1.evil.example/",
  ])("Mantid fault: the token was sent wherever the reply said (%s)", async (told) => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /token/, reply: { body: `${told}\nu"2026-01-01T00:00:00Z"x"y\n` } });
    const failure = await failureOf(sessionFor(simulator, page(simulator)));
    expect(failure.code).toBe("AUTH_FAILED");
    expect(simulator.requests).toHaveLength(1);
  });

  it("takes another port of the expected host by https", async () => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({
      path: /token/,
      reply: { body: 'https://127.0.0.1:8443/platform/\r\nu"2026-01-01T00:00:00Z"x"y\r\n' },
    });
    const session = await sessionFor(simulator, page(simulator));
    expect(session.save().state).toMatchObject({
      baseUrl: "https://127.0.0.1:8443/platform/",
      token: 'u"2026-01-01T00:00:00Z"x"y',
    });
  });

  it("Mantid fault: logging in again kept the old token", async () => {
    await using simulator = await PacSimulator.start();
    const resource = resourceFor(simulator, page(simulator));
    const first = await resource.logIn({ userName: "scarf362", password: simulator.password });
    simulator.faults.push({
      path: /token/,
      reply: { body: `${simulator.baseUrl}\nscarf362"2026-02-02T00:00:00Z"new\n` },
    });
    const second = await resource.logIn({ userName: "scarf362", password: simulator.password });
    expect(second.save().state["token"]).not.toBe(first.save().state["token"]);
    simulator.faults.length = 0;
    expect((await failureOf(second.list())).code).toBe("SESSION_EXPIRED");
    expect(simulator.sent("jobs").at(-1)?.headers["cookie"]).toContain(
      "#quote#2026-02-02T00:00:00Z#quote#new",
    );
  });
});

describe("certificates", () => {
  let directory: string;
  let certificates: TestCertificates;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "scarf-pac-tls-"));
    certificates = await makeCertificates(directory);
  });

  afterAll(() => rm(directory, { recursive: true }));

  it("works with the authority's file", async () => {
    await using simulator = await PacSimulator.start({ certificates });
    const session = await sessionFor(simulator, { caFile: certificates.caFile });
    expect(await session.list()).toEqual([]);
    expect(simulator.connections).toBe(1);
  });

  it("Mantid fault: certificates were not verified", async () => {
    await using simulator = await PacSimulator.start({ certificates });
    const failure = await failureOf(sessionFor(simulator));
    expect(failure.code).toBe("TLS_UNTRUSTED");
    expect(failure.hint).toContain("caFile");
    expect(simulator.requests).toEqual([]);
  });

  it("refuses a certificate that was issued for another name", async () => {
    const others = await makeCertificates(join(directory, "other"), { dnsName: "other.example" });
    await using simulator = await PacSimulator.start({ certificates: others });
    const failure = await failureOf(sessionFor(simulator, { caFile: others.caFile }));
    expect(failure.message).toMatch(/can't be trusted: it was issued for another name/);
  });

  it("names a certificate file that is not there", async () => {
    await using simulator = await PacSimulator.start({ certificates });
    const failure = await failureOf(sessionFor(simulator, { caFile: join(directory, "none.pem") }));
    expect(failure).toMatchObject({ code: "CONFIG_INVALID" });
    expect(failure.message).toContain("none.pem");
  });
});

describe("session", () => {
  it("names resource, user and remedy when it has expired, on every call", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.files.set("1", [{ name: "a", content: Buffer.from("x") }]);
    simulator.expired = true;
    const task = { kind: "shell", commandLine: "true" } as const;
    const file = { sizeBytes: 0, async *read() {} };
    const calls: readonly Promise<unknown>[] = [
      session.list(),
      session.status(["1"]),
      session.job("1"),
      session.cancel("1"),
      session.suspend("1"),
      session.runUserCommand(["bstop", "1"]),
      session.submit({ task }, { submitKey: "k" }),
      session.jobFiles("1").list(),
      session.jobFiles("1").read("sub/a"),
      session.jobFiles("1").read("a"),
      session.files.write("/work", "a", file),
    ];
    for (const failure of await Promise.all(calls.map((call) => failureOf(call)))) {
      expect(failure).toMatchObject({
        code: "SESSION_EXPIRED",
        message: "The session of scarf362 on SCARF@STFC has ended.",
      });
      expect(failure.hint).toContain("scarf login --resource SCARF@STFC --user scarf362");
    }
  });

  it("takes the token out of what a page repeats of the request", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const token = session.save().state["token"] ?? "";
    const secretPart = token.split('"').at(-1) ?? "";
    expect(secretPart.length).toBeGreaterThan(8);
    const task = { kind: "shell", commandLine: "true" } as const;
    const calls: readonly (() => Promise<unknown>)[] = [
      () => session.list(),
      () => session.job("1"),
      () => session.cancel("1"),
      () => session.submit({ task }, { submitKey: "k" }),
      () => session.jobFiles("1").list(),
      () => session.jobFiles("1").read("a"),
      () => session.files.write("/work", "a", { sizeBytes: 0, async *read() {} }),
      () => session.runUserCommand(["bstop", "1"]),
    ];
    for (const status of [200, 404, 500])
      for (const repeated of [token.replaceAll('"', "#quote#"), token, token.replaceAll('"', "&quot;")])
        for (const body of [
          `<html><body>cannot serve ${repeated} today</body></html>`,
          `<x><errMsg>cannot serve ${repeated} today</errMsg></x>`,
          `cannot serve ${repeated} today`,
        ]) {
          simulator.faults.splice(0, 1, { path: /pacclient/, reply: { status, body }, times: Infinity });
          for (const call of calls) {
            const failure = await failureOf(call()).catch((error: unknown) => {
              throw new Error(`${String(call)} ${status} ${body}`, { cause: error });
            });
            const all = JSON.stringify([failure, failure.message, failure.context, String(failure.cause)]);
            expect([String(call), status, body, all]).toEqual([
              String(call),
              status,
              body,
              expect.not.stringContaining(secretPart),
            ]);
          }
        }
  });

  it("ends here and there, and says who is not logged in where", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    await session.logOut();
    expect(simulator.sent("logout/")).toHaveLength(1);
    const failure = await failureOf(session.list());
    expect(failure).toMatchObject({
      code: "NOT_LOGGED_IN",
      message: "scarf362 is not logged in on SCARF@STFC.",
    });
    expect(failure.hint).toBe("Log in first: scarf login --resource SCARF@STFC --user scarf362");
    expect(() => session.save()).toThrow("not logged in");
  });

  it("Mantid fault: after a failed log-out the user stayed logged in; any text counted as success", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /logout/, reply: { body: "database is down" } });
    expect((await failureOf(session.logOut())).message).toContain(
      "did not confirm the log-out: database is down",
    );
    expect((await failureOf(session.list())).code).toBe("NOT_LOGGED_IN");
  });

  it("is saved and taken up without asking the server", async () => {
    await using simulator = await PacSimulator.start();
    const saved = (await sessionFor(simulator)).save();
    const asked = simulator.requests.length;
    const session = resourceFor(simulator).resume(saved);
    expect(simulator.requests).toHaveLength(asked);
    expect(await session.list()).toEqual([]);
  });

  it("does not send a saved token to a server that is no longer the configured one", async () => {
    await using simulator = await PacSimulator.start();
    await using other = await PacSimulator.start();
    const saved = (await sessionFor(simulator)).save();
    expect(() => resourceFor(other).resume(saved)).toThrow("was not sent there");
  });
});

describe("ping", () => {
  it("needs no log-in and tells the round trip", async () => {
    await using simulator = await PacSimulator.start();
    const answer = await resourceFor(simulator).ping();
    expect(answer.message).toBe(`Web Services are ready on URL:${simulator.baseUrl}`);
    expect(answer.roundTripSeconds).toBeGreaterThan(0);
  });

  it("Mantid fault: an unexpected reply to a ping was only a warning", async () => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /ping/, reply: { body: "maintenance" } });
    expect(await failureOf(resourceFor(simulator).ping())).toMatchObject({ code: "SCHEDULER_UNAVAILABLE" });
  });

  it("says that nothing was sent when nobody listens", async () => {
    const simulator = await PacSimulator.start();
    const resource = resourceFor(simulator);
    await simulator[Symbol.asyncDispose]();
    const failure = await failureOf(resource.ping());
    expect(failure.code).toBe("CONNECTION_FAILED");
    expect(failure.message).toMatch(/^127\.0\.0\.1:\d+ can't be reached: the connection was refused\.$/);
    expect(failure.hint).toContain("Nothing was sent");
  });

  it("refuses addresses that are none", () => {
    for (const baseUrl of ["portal.scarf", "ftp://x/", "https://u:p@host/platform/", "https://host/?a"]) {
      expect(() => new PacResource({ id: "x", baseUrl })).toThrow("is no web address");
    }
  });
});
