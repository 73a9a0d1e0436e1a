import { describe, expect, it } from "vitest";
import { PacSimulator } from "./testing/pac-simulator.js";
import { failureOf, sessionFor } from "./testing/test-resource.js";

const html = {
  body: "<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
  headers: { "Content-Type": "text/html" },
};

describe("job lists", () => {
  it("Mantid fault: status words were matched loosely; ours go by a table, with evidence", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push(
      { id: "1", name: "a", status: "Pending" },
      { id: "2", name: "b", status: "Running", startTime: "2026-02-12T12:17:31Z" },
      { id: "3", name: "c", status: "Done", exitCode: "0" },
      { id: "4", name: "d", status: "Exit", exitCode: "3" },
      { id: "5", name: "e", status: "Suspended" },
      { id: "6", name: "f", status: "Suspended", startTime: "2026-02-12T12:17:31Z" },
      { id: "7", name: "g", status: "ZOMBI", extStatus: "lost host" },
      { id: "8[3]", name: "h", status: "running" },
    );
    const session = await sessionFor(simulator);
    const status = await session.status(["1", "2", "3", "4", "5", "6", "7", "8[3]", "99"]);
    expect(simulator.sent("jobs?user=&details=yes&past=168")).toHaveLength(1);
    const brief = [...status].map(([id, one]) => [
      id,
      one.phase,
      one.phase === "finished" ? `${one.outcome} ${one.exitCode}` : one.phase === "unknown" ? one.why : "",
      one.raw,
    ]);
    expect(brief).toEqual([
      ["1", "queued", "", "Pending"],
      ["2", "running", "", "Running"],
      ["3", "finished", "succeeded 0", "Done"],
      ["4", "finished", "failed 3", "Exit"],
      ["5", "held", "", "Suspended"],
      ["6", "suspended", "", "Suspended"],
      ["7", "unknown", "unrecognised", "ZOMBI"],
      ["8[3]", "running", "", "running"],
      ["99", "unknown", "not-listed", ""],
    ]);
    expect(status.get("7")?.reason).toBe("lost host");
    expect(status.get("3")?.evidence.source).toBe("PAC job list");
  });

  it("Mantid fault: the id was not sent in the query by id", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push(
      { id: "417666[3]", name: "a", status: "Running" },
      { id: "417667", name: "b", status: "Done" },
    );
    const session = await sessionFor(simulator);
    expect((await session.job("417666[3]")).name).toBe("a");
    expect(simulator.requests.at(-1)?.url).toContain("jobs?id=417666[3]&user=&details=yes");
    expect((await session.job("417667")).status).toMatchObject({ phase: "finished" });
  });

  it("Mantid fault: a job that is not there was Unknown! without an error", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push({ id: "1", name: "a", status: "Running" });
    const session = await sessionFor(simulator);
    const failure = await failureOf(session.job("2"));
    expect(failure).toMatchObject({
      code: "JOB_NOT_FOUND",
      message: "SCARF@STFC lists no job 2 of scarf362.",
    });
    expect((await failureOf(session.job("1&user=all"))).code).toBe("JOB_NOT_FOUND");
    expect((await session.status(["2"])).get("2")).toMatchObject({ phase: "unknown", why: "not-listed" });
  });

  it("Mantid fault: integer job ids made arrays impossible", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push(
      { id: "5[1]", name: "a", status: "Done" },
      { id: "5[2]", name: "a", status: "Exit", exitCode: "7" },
      { id: "5[10]", name: "a", status: "Running" },
    );
    const session = await sessionFor(simulator);
    expect((await session.job("5")).status.phase).toBe("running");
    const last = simulator.jobs[2];
    if (last !== undefined) last.status = "Done";
    expect((await session.status(["5"])).get("5")).toMatchObject({
      phase: "finished",
      outcome: "failed",
      exitCode: 7,
    });
  });

  it.each([
    ["an unrelated text", { body: "Hello" }, "OUTPUT_UNREADABLE"],
    ["a web page", html, "OUTPUT_UNREADABLE"],
    ["nothing", { body: "" }, "OUTPUT_UNREADABLE"],
    ["another document", { body: "<AppInfos><x>1</x></AppInfos>" }, "OUTPUT_UNREADABLE"],
    ["malformed XML", { body: "<Jobs><Job><id>1</id></Jobs>" }, "OUTPUT_UNREADABLE"],
    ["half of it", { body: "<Jobs><Job><id>1</id><name>a</name>" }, "OUTPUT_UNREADABLE"],
    ["an entity bomb", { body: '<!DOCTYPE x [<!ENTITY a "b">]><Jobs></Jobs>' }, "OUTPUT_UNREADABLE"],
    ["an error message", { body: "<Jobs><errMsg>LSF is down</errMsg></Jobs>" }, "OPERATION_REFUSED"],
    ["status 503", { status: 503, body: "busy" }, "SCHEDULER_UNAVAILABLE"],
    ["status 403", { status: 403, body: "" }, "PERMISSION_DENIED"],
  ])("Mantid fault: an unexpected job list was only a warning (%s)", async (_what, reply, code) => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /jobs/, reply, times: 9 });
    expect((await failureOf(session.list())).code).toBe(code);
    expect((await failureOf(session.status(["1"]))).code).toBe(code);
  });

  it("Mantid fault: one job without an id spoiled the whole list", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.faults.push({
      path: /jobs/,
      reply: { body: "<Jobs><Job><name>x</name></Job><Job><id>1</id><name>a\u0001b</name></Job></Jobs>" },
    });
    const jobs = await session.list();
    expect(jobs.map(({ id, name, status }) => [id, name, status.phase])).toEqual([
      ["1", "a\uFFFDb", "unknown"],
    ]);
  });

  it("reads a cut list as lost, never as a shorter list", async () => {
    await using simulator = await PacSimulator.start();
    for (let id = 1; id <= 50; id++) simulator.jobs.push({ id: String(id), name: "a", status: "Running" });
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /jobs/, cutAtByte: 700, times: 99 });
    expect((await failureOf(session.list())).code).toBe("CONNECTION_LOST");
  });

  it("repeats a question whose answer was lost", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /jobs/, loseAnswer: true, times: 1 });
    expect(await session.list()).toEqual([]);
    expect(simulator.sent("jobs")).toHaveLength(2);
  });

  it("filters by name, phase, outcome and end; asks by name and by state as the wire can", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push(
      { id: "1", name: "recon_1", status: "Running" },
      {
        id: "2",
        name: "recon_2",
        status: "Done",
        endTime: "2026-01-01T00:00:00Z",
        submitTime: "2026-01-01T00:00:00Z",
      },
      { id: "10", name: "other", status: "Exit" },
    );
    const session = await sessionFor(simulator);
    const ids = async (call: Promise<readonly { id: string }[]>) => (await call).map(({ id }) => id);
    expect(await ids(session.list())).toEqual(["2", "10", "1"]);
    expect(await ids(session.list({ name: "recon_*" }))).toEqual(["2", "1"]);
    expect(await ids(session.list({ name: "recon.1" }))).toEqual([]);
    expect(await ids(session.list({ phases: ["finished"], outcomes: ["failed"] }))).toEqual(["10"]);
    expect(await ids(session.list({ endedSince: new Date("2026-01-02T00:00:00Z") }))).toEqual(["10", "1"]);
    expect(await ids(session.fetchJobs({ kind: "name", name: "recon_*" }))).toEqual(["1", "2"]);
    expect(simulator.requests.at(-1)?.url).toContain("jobs?name=recon_*&user=");
    expect(await ids(session.fetchJobs({ kind: "state", state: "Exit" }))).toEqual(["10"]);
  });

  it("knows precise outcomes only from our gateway", async () => {
    const job = { id: "1", name: "a", status: "Exit", extStatus: "cancelled (SIGTERM): by user" };
    await using real = await PacSimulator.start();
    real.jobs.push(job);
    const plain = await (await sessionFor(real)).job("1");
    expect(plain.status).toMatchObject({ outcome: "failed", reason: "cancelled (SIGTERM): by user" });
    await using gateway = await PacSimulator.start({ gateway: true });
    gateway.jobs.push(job);
    const precise = await (await sessionFor(gateway)).job("1");
    expect(precise.status).toMatchObject({ outcome: "cancelled", signal: "SIGTERM", reason: "by user" });
  });
});

describe("actions", () => {
  it("cancels, and says when there was nothing left to cancel", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push({ id: "1[2]", name: "a", status: "Running" });
    const session = await sessionFor(simulator);
    expect(await session.cancel("1[2]")).toBe("requested");
    expect(simulator.requests.at(-1)?.url).toBe("/platform/webservice/pacclient/jobOperation/kill/1[2]");
    expect(await session.cancel("1[2]")).toBe("already-finished");
  });

  it("Mantid fault: an errMsg to a cancel was only a warning", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const failure = await failureOf(session.cancel("7"));
    expect(failure).toMatchObject({
      code: "JOB_NOT_FOUND",
      message: "SCARF@STFC has no such job: Job <7>: No matching job found.",
    });
  });

  it("Mantid fault: an answer to a cancel with neither message was only a warning", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /jobOperation/, reply: { body: "<Job><id>1</id></Job>" } });
    expect((await failureOf(session.cancel("1"))).code).toBe("OUTPUT_UNREADABLE");
  });

  it("never repeats an action whose answer was lost", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push({ id: "1", name: "a", status: "Running" });
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /kill/, loseAnswer: true });
    expect((await failureOf(session.cancel("1"))).code).toBe("CONNECTION_LOST");
    expect(simulator.sent("jobOperation")).toHaveLength(1);
  });

  it("holds what is queued, suspends what runs, and refuses the other way round", async () => {
    await using simulator = await PacSimulator.start();
    simulator.jobs.push(
      { id: "1", name: "a", status: "Pending" },
      { id: "2", name: "b", status: "Running", startTime: "2026-01-01T00:00:00Z" },
    );
    const session = await sessionFor(simulator);
    expect((await failureOf(session.suspend("1"))).message).toBe("Job 1 can't be suspended: it is queued.");
    expect((await failureOf(session.hold("2"))).message).toBe("Job 2 can't be held: it is running.");
    expect(simulator.sent("jobOperation")).toEqual([]);
    await session.hold("1");
    await session.suspend("2");
    const phases = async () => [...(await session.status(["1", "2"])).values()].map(({ phase }) => phase);
    expect(await phases()).toEqual(["held", "suspended"]);
    expect((await failureOf(session.resume("1"))).code).toBe("OPERATION_REFUSED");
    await session.release("1");
    await session.resume("2");
    expect(await phases()).toEqual(["queued", "running"]);
    await session.requeue("2");
    expect(simulator.requests.at(-1)?.url).toContain("jobOperation/requeue/2");
  });

  it("runs user commands with their arguments quoted and escaped", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    expect(await session.runUserCommand(["bpost", "417666", "-d", 'a "b" <c> & $x'])).toBe(
      String.raw`ran bpost "417666" "-d" "a \"b\" <c> & \$x"`,
    );
    simulator.faults.push({
      path: /userCmd/,
      reply: { body: "<UserCmd><errMsg>Command not allowed</errMsg></UserCmd>" },
    });
    expect((await failureOf(session.runUserCommand(["rm", "x"]))).code).toBe("PERMISSION_DENIED");
    expect((await failureOf(session.runUserCommand(["a;b"]))).code).toBe("OPERATION_REFUSED");
    simulator.faults.splice(0, 1, {
      path: /userCmd/,
      reply: { body: "<UserCmd><cmdMsg></cmdMsg></UserCmd>" },
    });
    expect(await session.runUserCommand(["bstop", "1"])).toBe("");
  });

  it("lists applications and their fields, and does not pretend to know queues", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    expect(await session.applications()).toEqual([{ name: "generic", status: "Published" }]);
    const form = await session.applicationForm("generic");
    expect(form.complete).toBe(false);
    expect(form.fields).toMatchObject([
      { id: "COMMANDTORUN", label: "Command to run", mandatory: true, type: "text", defaultValue: "" },
    ]);
    expect(simulator.requests.at(-1)?.body.toString()).toBe("generic");
    expect((await failureOf(session.queues())).code).toBe("NOT_SUPPORTED");
    expect((await failureOf(session.files.list("/"))).code).toBe("NOT_SUPPORTED");
  });
});
