import { describe, expect, it } from "vitest";
import { refuse, serverPage } from "../testing/answer-current.js";
import { PacSimulator, type SimulatedJob } from "../testing/pac-simulator.js";
import { collect, failureOf, sessionFor, source } from "../testing/test-resource.js";

const options = { generation: "auto" } as const;
const task = { kind: "command", argv: ["true"] } as const;

function job(id: string, status = "Running", more: Partial<SimulatedJob> = {}): SimulatedJob {
  return { id, name: `job_${id}`, status, ...more };
}

describe.each([
  ["XML", {}],
  ["XML with prefixes", { prefix: "ns2:" }],
  ["JSON", { json: true }],
])("answers in %s", (_form, current) => {
  it("lists: none, one, several; by name; and many ids in one request", async () => {
    await using simulator = await PacSimulator.start({ current });
    const session = await sessionFor(simulator, options);
    expect(await session.list()).toEqual([]);
    simulator.jobs.push(job("1"));
    expect((await session.list()).map(({ id, name, status }) => [id, name, status.phase])).toEqual([
      ["1", "job_1", "running"],
    ]);
    for (let id = 2; id <= 60; id++) simulator.jobs.push(job(String(id), "Done", { exitCode: "0" }));
    simulator.jobs.push(job("99", "Exit", { exitCode: "3" }), job("7[2]", "Pending"));
    expect((await session.list({ name: "job_9*" })).map(({ id }) => id)).toEqual(["99", "9"]);
    expect((await session.fetchJobs({ kind: "state", state: "Exit" })).map(({ id }) => id)).toEqual(["99"]);
    simulator.requests.length = 0;
    const ids = simulator.jobs.map(({ id }) => id);
    const status = await session.status([...ids, "1000"]);
    expect(simulator.requests.map(({ url }) => url)).toEqual([
      "/platform/ws/jobs/getfullinfo",
      "/platform/ws/jobhistory?ids=1000",
    ]);
    expect(simulator.requests[0]?.body.toString()).toMatch(/^ids=1,2,3,.*,7\[2\],1000$/);
    expect(status.get("99")).toMatchObject({ outcome: "failed", exitCode: 3, raw: "EXIT" });
    expect(status.get("60")).toMatchObject({ outcome: "succeeded" });
    expect(status.get("7[2]")?.phase).toBe("queued");
    expect(status.get("1000")).toMatchObject({ phase: "unknown", why: "not-listed" });
    expect((await failureOf(session.job("1000"))).code).toBe("JOB_NOT_FOUND");
  });

  it("a job's way: submit, files, action, log-out", async () => {
    await using simulator = await PacSimulator.start({ current });
    const session = await sessionFor(simulator, options);
    const id = await session.submit({ task, name: "a" }, { submitKey: "k" });
    expect(id).toMatch(/^\d+$/);
    simulator.files.set(id, [
      { name: "out", content: Buffer.from("\0binary\r\n") },
      { name: "err", content: Buffer.alloc(0) },
    ]);
    expect((await session.jobFiles(id).list()).map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ["out", 9],
      ["err", 0],
    ]);
    const read: string[] = [];
    for await (const { path, chunks } of session.jobFiles(id).readMany(["err", "out"]))
      read.push(`${path}: ${JSON.stringify((await collect(chunks)).toString())}`);
    expect(read).toEqual(['err: ""', String.raw`out: "\u0000binary\r\n"`]);
    expect((await failureOf(session.jobFiles(id).read("none"))).code).toBe("FILE_NOT_FOUND");
    expect((await failureOf(session.jobFiles("777").list())).code).toBe("JOB_NOT_FOUND");
    expect(await session.cancel(id)).toBe("requested");
    expect(await session.cancel(id)).toBe("already-finished");
    expect((await failureOf(session.cancel("777"))).code).toBe("JOB_NOT_FOUND");
    await session.logOut();
    expect(simulator.requests.at(-1)?.url).toBe("/platform/ws/logout");
    expect(simulator.sent("")).toEqual([]);
  });
});

describe("errors of the current generation", () => {
  it("403 in unknown words is an ended session if nothing else is allowed, else a lack of rights", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const session = await sessionFor(simulator, options);
    simulator.faults.push({ path: /fullinfo/, reply: refuse(403, "Forbidden."), times: 9 });
    expect((await failureOf(session.list())).code).toBe("PERMISSION_DENIED");
    simulator.faults.splice(0);
    simulator.expired = true;
    for (const call of [
      () => session.list(),
      () => session.status(["1"]),
      () => session.submit({ task }, { submitKey: "k" }),
      () => session.cancel("1"),
      () => session.jobFiles("1").list(),
      () => session.jobFiles("1").read("x"),
      () => session.jobFiles("1").write("", "x", source("x")),
      () => session.applicationForm("generic"),
    ]) {
      expect((await failureOf(call())).code).toBe("SESSION_EXPIRED");
    }
    await session.logOut();
  });

  it("a wrong password is AUTH_FAILED with the service's words, and without the password", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    simulator.faults.push({ path: /ws\/logon/, reply: refuse(403, "No entry with hunter2&lt;x") });
    const failure = await failureOf(sessionFor(Object.assign(simulator, { password: "hunter2<x" }), options));
    expect([failure.code, failure.message]).toEqual([
      "AUTH_FAILED",
      "SCARF@STFC did not accept the log-in of scarf362: No entry with ….",
    ]);
  });

  it.each([
    ["a submit, 400", /submit/, refuse(400, "No such queue: x"), "SPEC_REJECTED"],
    ["a submit, 404", /submit/, refuse(404, "The application a is not published"), "APPLICATION_UNKNOWN"],
    ["a submit, a page", /submit/, { body: "<html><title>Down</title></html>" }, "SUBMIT_AMBIGUOUS"],
    ["a submit, neither id nor message", /submit/, { body: "<Job></Job>" }, "SUBMIT_AMBIGUOUS"],
  ])("%s", async (_what, path, reply, code) => {
    await using simulator = await PacSimulator.start({ current: {} });
    const session = await sessionFor(simulator, options);
    simulator.faults.push({ path, reply, times: 9 });
    expect((await failureOf(session.submit({ task }, { submitKey: "k" }))).code).toBe(code);
    expect(simulator.sent("submitapp")).toEqual([]);
  });

  it.each([
    ["a page", { body: "<html><title>Sign in</title></html>" }, "OUTPUT_UNREADABLE"],
    ["nothing", { body: "" }, "OUTPUT_UNREADABLE"],
    ["half a list", { body: '<jobs total="2"><job><jobId>1</jobId>' }, "OUTPUT_UNREADABLE"],
    ["half a JSON", { body: '{"@total":"1","job":{"jobId":' }, "OUTPUT_UNREADABLE"],
    ["an error in status 200", { body: "<error><message>no</message></error>" }, "OUTPUT_UNREADABLE"],
    ["500", refuse(500, "NullPointerException"), "SCHEDULER_UNAVAILABLE"],
    [
      "a page of a proxy",
      { status: 502, body: "<html><title>Bad Gateway</title></html>" },
      "SCHEDULER_UNAVAILABLE",
    ],
  ])("%s is no list", async (_what, reply, code) => {
    await using simulator = await PacSimulator.start({ current: {} });
    const session = await sessionFor(simulator, options);
    simulator.faults.push({ path: /ws\/jobs/, reply, times: 9 });
    expect((await failureOf(session.list())).code).toBe(code);
    expect((await failureOf(session.status(["1", "2"]))).code).toBe(code);
  });

  it("an id that the server does not want spoils none of the others", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    for (let id = 1; id <= 20; id++) simulator.jobs.push(job(String(id)));
    const session = await sessionFor(simulator, options);
    const status = await session.status([...simulator.jobs.map(({ id }) => id), "no-number"]);
    expect([...status.values()].filter(({ phase }) => phase === "running")).toHaveLength(20);
    expect(status.get("no-number")?.phase).toBe("unknown");
    // LSF takes 0 for all jobs of the user, and a minus for an option.
    simulator.requests.length = 0;
    expect((await failureOf(session.cancel("0"))).code).toBe("JOB_NOT_FOUND");
    expect((await failureOf(session.cancel("-1"))).code).toBe("JOB_NOT_FOUND");
    expect(simulator.requests).toEqual([]);
  });

  it("an upload has arrived by its status, unless the message says otherwise; and large ones are numbered in the address", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const session = await sessionFor(simulator, { ...options, uploadChunkBytes: 4 });
    await session.jobFiles("5").write("sub", "big file", source("0123456789"));
    expect(simulator.requests.slice(-3).map(({ url }) => url)).toEqual(
      [1, 2, 3].map(
        (id) => `/platform/ws/jobfiles/upload/5?chunkid=${id}&chunkbase=big%20file&chunkamount=3`,
      ),
    );
    const write = () => session.jobFiles("5").write("", "error.log", source("x"));
    simulator.faults.push({
      path: /upload/,
      reply: { body: "<Message><message>error.log stored</message></Message>" },
    });
    expect(await write()).toEqual({ sizeBytes: 1 });
    for (const reply of [
      { body: "<Message><message>Cannot write: no space left</message></Message>" },
      { body: "<Message><message>The file was not successfully uploaded</message></Message>" },
      refuse(500, "Quota exceeded"),
      refuse(404, "No such directory"),
    ]) {
      simulator.faults.splice(0, 1, { path: /upload/, reply, times: 9 });
      expect((await failureOf(write())).code).toBe("TRANSFER_REFUSED");
    }
    simulator.faults.splice(0, 1, { path: /upload/, reply: { body: "<html><title>x</title></html>" } });
    expect((await failureOf(write())).code).toBe("OUTPUT_UNREADABLE");
  });

  it("an action is done by its status, whatever stands in the body", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    simulator.jobs.push(job("1"));
    const session = await sessionFor(simulator, options);
    simulator.faults.push({ path: /kill/, reply: { body: "" } });
    expect(await session.cancel("1")).toBe("requested");
    simulator.faults.splice(0, 1, { path: /ws\/jobs\/kill/, reply: serverPage });
    // The server has no such address: the legacy one is asked.
    expect(await session.cancel("1")).toBe("requested");
    expect(simulator.sent("jobOperation/kill/1")).toHaveLength(1);
  });

  it("an unknown application is told as one", async () => {
    await using simulator = await PacSimulator.start({ current: {} });
    const session = await sessionFor(simulator, options);
    expect((await session.applicationForm("generic")).fields[0]).toMatchObject({
      id: "COMMANDTORUN",
      mandatory: true,
    });
    simulator.faults.push({ path: /appParams/, reply: refuse(404, "Not Published.") });
    expect((await failureOf(session.applicationForm("nothing"))).code).toBe("APPLICATION_UNKNOWN");
  });
});

describe("the history of jobs that are no longer listed", () => {
  const time = "Fri Mar 20 13:06:41";
  const head = `Job <1>, Job Name <Done successfully.>, User <u>, Command <echo\n${time}: no\nDone successfully.>\n${time}: Submitted from host <h>;\n${time}: Starting (Pid 4711);`;

  it("tells an outcome only where it proves one", async () => {
    const histories = new Map([
      ["1", `${head}\n${time}: Done successfully. The CPU time used is 0.2 seconds;`],
      [
        "2",
        `${head}\n${time}: Exited with exit code 3. The CPU time used is 1 second;\n${time}: Completed <exit>;`,
      ],
      ["3", head],
      ["4", `${head}\n${time}: Done successfully.\n${time}: Requeued;\n${time}: Starting (Pid 4712);`],
      ["5", "2026-02-12T12:18:40+0000: Exited.\n2026-02-12T12:18:40+0000: Completed <exit>."],
      ["6", "Done successfully."],
    ]);
    await using simulator = await PacSimulator.start({ current: { histories } });
    const session = await sessionFor(simulator, options);
    const status = await session.status(["1", "2", "3", "4", "5", "6", "7"]);
    expect(
      [...status].map(([id, one]) => [
        id,
        one.phase,
        one.phase === "finished" ? [one.outcome, one.exitCode] : "",
      ]),
    ).toEqual([
      ["1", "finished", ["succeeded", 0]],
      ["2", "finished", ["failed", 3]],
      ["3", "unknown", ""],
      ["4", "unknown", ""],
      ["5", "finished", ["failed", undefined]],
      ["6", "unknown", ""],
      ["7", "unknown", ""],
    ]);
    expect(status.get("1")?.evidence.source).toBe("PAC job history");
  });

  it("that can't be had changes nothing, and is not asked for again where there is none", async () => {
    await using simulator = await PacSimulator.start({ current: { lacks: ["jobhistory"] } });
    const session = await sessionFor(simulator, options);
    for (let round = 0; round < 3; round++)
      expect((await session.status(["7"])).get("7")).toMatchObject({ phase: "unknown", why: "not-listed" });
    expect(simulator.requests.filter(({ url }) => url.includes("jobhistory"))).toHaveLength(1);
    simulator.current = {};
    const other = await sessionFor(simulator, options);
    simulator.faults.push({ path: /jobhistory/, reply: refuse(500, "boom"), times: 9 });
    expect((await other.status(["7"])).get("7")).toMatchObject({ phase: "unknown", why: "not-listed" });
  });
});
