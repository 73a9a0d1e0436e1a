import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { JobSpec } from "../../model/index.js";
import { MantidWebResource } from "./mantid-web-resource.js";
import { awaitEnd, open, shell } from "./testing/open-plain-service.js";
import { password, userName } from "./testing/plain-service.js";
import { scriptResultsCase } from "./testing/script-results.js";

async function codeOf(call: () => Promise<unknown>): Promise<unknown> {
  const error: unknown = await call().then(
    (result) => ({ code: `no failure but ${JSON.stringify(result)}` }),
    (thrown: unknown) => thrown,
  );
  return typeof error === "object" && error !== null && "code" in error ? error.code : error;
}

describe("a service that knows the interface and no more", () => {
  scriptResultsCase("shell");

  it("claims no result where nothing tells it", async () => {
    await using opened = await open();
    const { service, session } = opened;
    service.jobs.set("1", { transaction: "57", script: "theirs.py", status: "COMPLETED" });
    service.jobs.set("2", { transaction: "57", script: "theirs.py", status: "EXPLODED" });
    const id = await session.submit(shell("kill -9 $PPID"), { submitKey: "killed" });
    await awaitEnd(session, id);
    const states = await session.status(["1", "2", id, "3", "4"]);
    expect(states.get("1")).toMatchObject({ phase: "unknown", why: "no-evidence", raw: "COMPLETED" });
    expect(states.get("2")).toMatchObject({ phase: "unknown", why: "unrecognised", raw: "EXPLODED" });
    expect(states.get(id)).toMatchObject({ phase: "unknown", why: "no-evidence" });
    expect(states.get("3")).toMatchObject({ phase: "unknown", why: "not-listed" });
  });

  it("cancels", async () => {
    await using opened = await open();
    const { session } = opened;
    const long = await session.submit(shell("sleep 5"), { submitKey: "long" });
    expect(await session.cancel(long)).toBe("requested");
    expect(await awaitEnd(session, long)).toMatchObject({
      phase: "finished",
      outcome: "cancelled",
      raw: "REMOVED",
    });
    expect(await codeOf(() => session.cancel("999"))).toBe("JOB_NOT_FOUND");
    expect(await codeOf(() => session.job("999"))).toBe("JOB_NOT_FOUND");
  });

  it("refuses what it has nothing for, and makes no transaction for it", async () => {
    await using opened = await open();
    const { service, session } = opened;
    const before = service.requests.length;
    const specs: readonly (readonly [JobSpec, string])[] = [
      [{ ...shell("true"), queue: "night" }, "SPEC_REJECTED"],
      [{ ...shell("true"), resources: { wallTimeSeconds: 60 } }, "NOT_SUPPORTED"],
      [{ ...shell("true"), outputPath: "%J.out" }, "NOT_SUPPORTED"],
      [{ ...shell("true"), array: { indices: "1-3" } }, "NOT_SUPPORTED"],
      [shell(" "), "SPEC_INVALID"],
      [{ task: { kind: "application", application: "generic", parameters: {} } }, "NOT_SUPPORTED"],
    ];
    for (const [spec, code] of specs) {
      expect([spec, await codeOf(() => session.submit(spec, { submitKey: "x" }))]).toEqual([spec, code]);
    }
    for (const call of [
      () => session.files.write(),
      () => session.jobFiles("1").list("sub"),
      () => session.jobFiles("1").read("x", { offset: 1 }),
      () => session.hold("1"),
    ])
      expect(await codeOf(call)).toBe("NOT_SUPPORTED");
    expect(service.requests.slice(before)).toEqual([]);
  });
});

describe("a submit", () => {
  it("whose answer is lost is found, and not sent again", async () => {
    await using opened = await open();
    const { service, session } = opened;
    service.mishaps.push({ call: "submit", kind: "cut", times: 1 });
    const id = await session.submit(shell("true"), { submitKey: "lost" });
    expect([...service.jobs.keys()]).toEqual([id]);
    // Another program with the same key.
    const other = opened.resource.resume(session.save());
    expect(await other.submit(shell("true"), { submitKey: "lost" })).toBe(id);
    expect(service.jobs.size).toBe(1);
  });

  it("that can't be found is ambiguous, and keeps its transaction", async () => {
    await using opened = await open();
    const { service, session } = opened;
    service.mishaps.push({ call: "submit", kind: "cut", times: 1 });
    const submitting = codeOf(() => session.submit(shell("true"), { submitKey: "lost" }));
    // From the lost answer on the list can't be had.
    while (!service.requests.some((line) => line.startsWith("POST submit"))) await sleep(5);
    service.mishaps.push({ call: "query", kind: "refuse", status: 500, times: 100 });
    expect(await submitting).toBe("SUBMIT_AMBIGUOUS");
    expect(service.requests.filter((line) => line.startsWith("POST submit"))).toHaveLength(1);
    expect(await service.transactions()).toHaveLength(1);
  });

  it("that is refused leaves no transaction behind", async () => {
    await using opened = await open();
    const { service, session } = opened;
    service.mishaps.push({ call: "submit", kind: "refuse", status: 422, times: 1 });
    expect(await codeOf(() => session.submit(shell("true"), { submitKey: "no" }))).toBe("SPEC_REJECTED");
    expect(await service.transactions()).toEqual([]);
    service.mishaps.push({ call: "upload", kind: "refuse", status: 409, times: 1 });
    expect(await codeOf(() => session.submit(shell("true"), { submitKey: "no" }))).toBe("TRANSFER_REFUSED");
    expect(await service.transactions()).toEqual([]);
    expect(await session.submit(shell("true"), { submitKey: "no" })).toBe("3954");
  });
});

describe("a session", () => {
  it("follows the cookies of the last answer, and is taken up again without a password", async () => {
    await using opened = await open();
    const { service, session, resource } = opened;
    await session.list();
    await session.list();
    expect(service.cookie).toBeGreaterThan(2);
    const saved = session.save();
    expect(JSON.stringify(saved)).not.toContain(password);
    expect(await resource.resume(saved).list()).toEqual([]);
    expect(() => resource.resume({ ...saved, resourceId: "other" })).toThrow(/not one of Fermi/);
    await session.logOut();
    expect(await codeOf(() => session.list())).toBe("NOT_LOGGED_IN");
  });

  it("that has ended is told from what is forbidden", async () => {
    await using opened = await open();
    const { service, session } = opened;
    service.mishaps.push({ call: "abort", kind: "refuse", status: 403, times: 1 });
    service.jobs.set("1", { transaction: "57", script: "theirs.py", status: "RUNNING" });
    expect(await codeOf(() => session.cancel("1"))).toBe("PERMISSION_DENIED");
    service.cookie = 99;
    expect(await codeOf(() => session.list())).toBe("SESSION_EXPIRED");
    service.mishaps.push({ call: "query", kind: "refuse", status: 403, times: 1 });
    expect(await codeOf(() => session.list())).toBe("SESSION_EXPIRED");
  });

  it("is refused for a wrong password, another version, or a page in the way", async () => {
    await using opened = await open();
    const { service, resource } = opened;
    expect(await codeOf(() => resource.logIn({ userName, password: "wrong" }))).toBe("AUTH_FAILED");
    expect(await codeOf(() => resource.logIn({ userName: "a:b", password }))).toBe("PROPERTY_INVALID");
    service.mishaps.push({ call: "info", kind: "page", times: 2 });
    expect(await codeOf(() => resource.logIn({ userName, password }))).toBe("OUTPUT_UNREADABLE");
    expect(await codeOf(() => resource.ping())).toBe("OUTPUT_UNREADABLE");
    expect((await resource.ping()).message).toMatch(/version 1/);
    service.apiVersion = 2;
    const before = service.requests.length;
    expect(await codeOf(() => resource.logIn({ userName, password }))).toBe("NOT_SUPPORTED");
    expect(service.requests.slice(before)).toEqual(["GET info"]);
  });

  it("never sends a password over plain http to another machine", () => {
    const make = (baseUrl: string, insecure = false) => new MantidWebResource({ id: "x", baseUrl, insecure });
    expect(() => make("http://fermi.example/MantidRemote")).toThrow(/clear text/);
    expect(() => make("http://fermi.example/MantidRemote", true)).not.toThrow();
    for (const address of [
      "https://fermi.example/M",
      "http://localhost:1/M",
      "http://[::1]:1/M",
      "http://127.1.2.3/",
    ])
      expect(() => make(address)).not.toThrow();
    for (const address of ["fermi", "ftp://x/", "https://u:p@x/", "https://x/?a", "https://x/#a"])
      expect(() => make(address)).toThrow(/no web address/);
  });
});
