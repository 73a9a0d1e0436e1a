import { describe, expect, it } from "vitest";
import { PacResource } from "../pac-resource.js";
import type { PacResourceOptions } from "../pac-options.js";
import { refuse, serverPage } from "../testing/answer-current.js";
import { PacSimulator } from "../testing/pac-simulator.js";
import { failureOf, resourceFor, sessionFor, source } from "../testing/test-resource.js";

const auto: Partial<PacResourceOptions> = { generation: "auto" };
const task = { kind: "command", argv: ["true"] } as const;

function wsRequests({ requests }: PacSimulator): string[] {
  return requests.flatMap(({ method, url }) => {
    const path = /^\/platform\/ws\/(.*)$/.exec(url)?.[1];
    return path === undefined ? [] : [`${method} ${path}`];
  });
}

describe("which generation a server has", () => {
  it("the newer one is found out once, kept in the saved session, and told by a ping", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const resource = resourceFor(simulator, auto);
    const ping = await resource.ping();
    expect(ping.service).toBe(
      "IBM Spectrum LSF Application Center 10.2, current generation of the web service",
    );
    const session = await resource.logIn({ userName: "scarf362", password: simulator.password });
    expect(session.save().state["generation"]).toBe("current");
    await resource.resume(session.save()).list();
    expect(wsRequests(simulator)).toEqual(["GET version", "POST ping", "POST logon", "GET jobs/fullinfo"]);
    expect(simulator.requests.find(({ url }) => url.endsWith("version"))?.headers["cookie"]).toBe(
      "platform_token=",
    );
    expect(simulator.sent("")).toEqual([]);
  });

  it.each([
    ["a page with 404", serverPage],
    ["a page with 200", { body: "<!DOCTYPE html><html><title>Sign in</title></html>" }],
    ["nothing with 403", { status: 403, body: "" }],
    ["405", { status: 405, body: "no" }],
    [
      "a redirect to its log-in",
      { status: 302, body: "", headers: { location: "https://elsewhere.example/login" } },
    ],
    ["the legacy generation's own words", { body: "<Job><errMsg>x</errMsg><id>0</id></Job>" }],
    ["the wrong edition", refuse(503, "The operation is not in this edition.")],
  ])("%s means the legacy one", async (_what, reply) => {
    await using simulator = await PacSimulator.start({ current: {} });
    simulator.faults.push({ path: /ws\/version/, reply, times: 9 });
    const session = await sessionFor(simulator, auto);
    expect(session.save().state["generation"]).toBe("legacy");
    expect(await session.list()).toEqual([]);
    // 503 is asked again, as by any client that is patient.
    expect(new Set(wsRequests(simulator))).toEqual(new Set(["GET version"]));
  });

  it.each([
    ["a refused connection", { refuse: true }, "CONNECTION_LOST"],
    ["a lost answer", { loseAnswer: true }, "CONNECTION_LOST"],
    [
      "a proxy that can't reach it",
      { reply: { status: 502, body: "<html>Bad gateway</html>" } },
      "SCHEDULER_UNAVAILABLE",
    ],
    ["a service that is busy", { reply: { status: 503, body: "" } }, "SCHEDULER_UNAVAILABLE"],
  ])("%s does not", async (_what, fault, code) => {
    await using simulator = await PacSimulator.start({ current: {} });
    simulator.faults.push({ path: /ws\/version/, times: 3, ...fault });
    const resource = resourceFor(simulator, auto);
    const credentials = { userName: "scarf362", password: simulator.password };
    expect((await failureOf(resource.logIn(credentials))).code).toBe(code);
    expect(simulator.requests.some(({ url }) => url.includes("logon"))).toBe(false);
    // Nothing was remembered from it.
    expect((await resource.logIn(credentials)).save().state["generation"]).toBe("current");
  });

  it("an error in the current generation's form comes from it, though it hides its version", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    simulator.faults.push({ path: /ws\/version/, reply: refuse(403, "Forbidden.") });
    expect((await sessionFor(simulator, auto)).save().state["generation"]).toBe("current");
  });

  it("a server that is not there is not there", async () => {
    const resource = new PacResource({
      id: "x",
      baseUrl: "http://127.0.0.1:9/platform/",
      retry: { attempts: 1 },
    });
    expect((await failureOf(resource.ping())).code).toBe("CONNECTION_FAILED");
  });

  it("a pinned one that it does not have says what to set", async () => {
    await using old = await PacSimulator.start();
    const noCurrent = await failureOf(sessionFor(old, { generation: "current" }));
    expect([noCurrent.code, noCurrent.message, noCurrent.hint]).toEqual([
      "NOT_SUPPORTED",
      "SCARF@STFC has only the legacy generation of the web service, and its definition asks for the other one.",
      'Set generation = "legacy" for SCARF@STFC, or leave the setting out.',
    ]);
    await using recent = await PacSimulator.start({ current: {} });
    recent.faults.push({ path: /webservice/, reply: serverPage, times: 9 });
    const noLegacy = await failureOf(sessionFor(recent, { generation: "legacy" }));
    expect([noLegacy.code, noLegacy.hint]).toEqual([
      "NOT_SUPPORTED",
      'Set generation = "current" for SCARF@STFC, or leave the setting out.',
    ]);
  });

  it("a session that was saved before there were two goes on in the legacy one, which it was begun in", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const resource = resourceFor(simulator, auto);
    const saved = (await sessionFor(simulator, auto)).save();
    const { generation: _, ...state } = saved.state;
    simulator.requests.length = 0;
    expect(await resource.resume({ ...saved, state }).list()).toEqual([]);
    expect([wsRequests(simulator), simulator.sent("jobs").length]).toEqual([[], 1]);
  });

  it("SCARF's page gives a token for both", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const login = { kind: "token-page", url: `${simulator.origin}/cgi-bin/token.py` } as const;
    const session = await sessionFor(simulator, { ...auto, login });
    expect(await session.list()).toEqual([]);
    expect(wsRequests(simulator)).toEqual(["GET version", "GET jobs/fullinfo"]);
  });
});

describe("a server that has the current generation but not all of it", () => {
  it("is asked in the legacy one for what it lacks, and not twice in vain", async () => {
    await using simulator = await PacSimulator.start({
      current: {
        lacks: ["jobs/submit", "jobs/fullinfo", "jobs/kill"],
        wrongEdition: ["jobfiles/4", "jobs/getfullinfo"],
      },
    });
    const session = await sessionFor(simulator, auto);
    const id = await session.submit({ task }, { submitKey: "one" });
    expect(await session.submit({ task }, { submitKey: "two" })).not.toBe(id);
    simulator.files.set(id, [{ name: "a", content: Buffer.from("x") }]);
    expect((await session.jobFiles(id).list()).map(({ name }) => name)).toEqual(["a"]);
    expect((await session.list()).length).toBe(2);
    expect((await session.status([id, "7"])).get(id)?.phase).toBe("queued");
    expect(await session.cancel(id)).toBe("requested");
    const asked = wsRequests(simulator);
    for (const path of ["jobs/submit", "jobs/fullinfo", "jobs/kill"])
      expect([path, asked.filter((one) => one.endsWith(path)).length]).toEqual([path, 1]);
    expect(simulator.submits).toHaveLength(2);
  });

  it("a log-in that it lacks goes by the legacy one", async () => {
    await using simulator = await PacSimulator.start({ current: { lacks: ["logon"] } });
    const session = await sessionFor(simulator, auto);
    expect(session.save().state["generation"]).toBe("current");
    expect(simulator.sent("logon/")).toHaveLength(1);
    await using pinned = await PacSimulator.start({ current: { lacks: ["logon"] } });
    const failure = await failureOf(sessionFor(pinned, { generation: "current" }));
    expect([failure.code, failure.hint]).toEqual([
      "NOT_SUPPORTED",
      expect.stringContaining('"legacy" or "auto"'),
    ]);
  });

  it("pinned, it says what it lacks", async () => {
    await using simulator = await PacSimulator.start({ current: { lacks: ["jobs/fullinfo"] } });
    const session = await sessionFor(simulator, { generation: "current" });
    const failures = await Promise.all(
      [session.list(), session.applications(), session.files.write("/work", "a", source("x"))].map(failureOf),
    );
    expect(failures.map(({ code }) => code)).toEqual(["NOT_SUPPORTED", "NOT_SUPPORTED", "NOT_SUPPORTED"]);
    expect(failures[0]?.hint).toContain('generation = "auto"');
    expect(simulator.sent("")).toEqual([]);
  });

  it("applications and uploads to where no job is are asked for in the legacy one", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const session = await sessionFor(simulator, auto);
    expect(await session.applications()).toEqual([{ name: "generic", status: "Published" }]);
    await session.files.write("/work", "a", source("x"));
    await session.jobFiles("5").write("", "b", source("y"));
    expect(simulator.sent("upfile/0")).toHaveLength(1);
    expect(wsRequests(simulator).at(-1)).toBe("POST jobfiles/upload/5");
    expect(simulator.uploads.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("where neither has it, the error is about the one that was meant", async () => {
    await using simulator = await PacSimulator.start({ current: { lacks: ["userCmd"] } });
    const session = await sessionFor(simulator, auto);
    simulator.faults.push({ path: /pacclient\/userCmd/, reply: serverPage });
    const failure = await failureOf(session.runUserCommand(["bstop", "1"]));
    expect([failure.code, failure.message]).toEqual([
      "NOT_SUPPORTED",
      expect.stringContaining("has no userCmd"),
    ]);
  });

  it("a submit that a busy server may have taken is not sent again by another way", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const session = await sessionFor(simulator, auto);
    for (const reply of [
      refuse(503, "Busy."),
      refuse(500, "NullPointerException"),
      { status: 503, body: "" },
    ]) {
      simulator.faults.splice(0, 1, { path: /submit/, reply, times: 9 });
      const failure = await failureOf(session.submit({ task }, { submitKey: "k" }));
      expect(failure.code).toBe("SUBMIT_AMBIGUOUS");
    }
    expect(simulator.sent("submitapp")).toEqual([]);
    expect(simulator.requests.filter(({ url }) => url.endsWith("ws/jobs/submit"))).toHaveLength(3);
  });
});
