import { describe, expect, it } from "vitest";
import { isScarfError } from "../../errors/index.js";
import type { JobStatus } from "../../model/index.js";
import type { Session } from "../compute-resource.js";
import { SlurmRestResource } from "./slurm-rest-resource.js";
import { mintToken } from "./slurm-token.js";
import { type ScriptedAnswer, startScriptedDaemon } from "./testing/scripted-daemon.js";

const key = Buffer.from("a key of the site of 32 bytes ..");
const hourAgo = Math.floor(Date.now() / 1000) - 3600;
const number = (value: number) => ({ set: true, infinite: false, number: value });

/** Element 7_INDEX, as the controller shows it. */
function element(index: number, state: string) {
  return {
    job_id: 10 + index,
    array_job_id: number(7),
    array_task_id: number(index),
    job_state: [state],
    name: "scan",
    user_name: "alice",
    submit_time: number(hourAgo),
    end_time: number(hourAgo + 5),
    nodes: state === "PENDING" ? "" : "n1",
  };
}

/** The same, as the accounting shows it. */
function accounted(index: number, state: string) {
  return {
    job_id: 10 + index,
    array: { job_id: 7, task_id: number(index) },
    state: { current: [state], reason: "None" },
    name: "scan",
    user: "alice",
    time: { submission: hourAgo, start: hourAgo + 1, end: state === "RUNNING" ? 0 : hourAgo + 5 },
    nodes: "n1",
  };
}

const unknownJob = {
  status: 404,
  body: { jobs: [], errors: [{ error_number: 2017, error: "Invalid job id specified" }] },
};
const noAccounting = { status: 502, body: { errors: [{ error_number: 7000, error: "Unable to connect" }] } };
const nothingFound = { body: { jobs: [], errors: [{ error_number: 9003, error: "Nothing found" }] } };
const timedOut = { error_number: 5004, error: "Socket timed out on send/recv operation" };

async function withDaemon(
  answer: (request: string) => ScriptedAnswer,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  await using daemon = await startScriptedDaemon(answer);
  const resource = new SlurmRestResource({ id: "scripted", baseUrl: daemon.baseUrl, retry: { attempts: 1 } });
  const token = mintToken(key, { userName: "alice", issuedAt: new Date(), lifetimeSeconds: 600 });
  try {
    await use(
      resource.resume({
        resourceId: "scripted",
        userName: "alice",
        savedAt: "",
        state: { token, apiVersion: "v0.0.42" },
      }),
    );
  } finally {
    await resource.close();
  }
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    (result) => `gave ${JSON.stringify(result)}`,
    (error: unknown) => {
      if (isScarfError(error)) return error.code;
      throw error;
    },
  );
}

/** What is told of the array 7. */
async function statusOf(answers: Readonly<Record<string, ScriptedAnswer>>): Promise<JobStatus | undefined> {
  let status: JobStatus | undefined;
  await withDaemon(
    (request) => answers[request] ?? unknownJob,
    async (session) => void (status = (await session.status(["7"])).get("7")),
  );
  return status;
}

describe("a question that failed", () => {
  it.each([
    [500, "where the status says so"],
    [200, "where only the error says so"],
  ])("is no empty answer (HTTP %i)", async (status) => {
    let isBad = true;
    const bad = { status, body: { jobs: [], errors: [timedOut] } };
    const good = { body: { jobs: [element(1, "RUNNING")], errors: [], statistics: { req_time: hourAgo } } };
    await withDaemon(
      (request) => {
        if (request.includes("update_time")) return { status: 304, body: {} };
        return isBad && request !== "GET diag" ? bad : good;
      },
      async (session) => {
        expect(await codeOf(session.list())).toBe("SCHEDULER_UNAVAILABLE");
        expect(await codeOf(session.status(["7"]))).toBe("SCHEDULER_UNAVAILABLE");
        expect(await codeOf(session.job("7"))).toBe("SCHEDULER_UNAVAILABLE");
        isBad = false;
        expect((await session.list()).map(({ id }) => id)).toEqual(["7_1"]);
        expect((await session.list()).map(({ id }) => id)).toEqual(["7_1"]);
      },
    );
  });

  it("is none of a list that was refused", async () => {
    const errors = [{ error_number: 2002, error: "Access/permission denied" }];
    await withDaemon(
      () => ({ status: 500, body: { jobs: [], errors } }),
      async (session) => expect(await codeOf(session.list())).toBe("SCHEDULER_UNAVAILABLE"),
    );
  });
});

describe("an array of which the controller has the last elements only, all succeeded", () => {
  const rest = { body: { jobs: [element(2, "COMPLETED"), element(3, "COMPLETED")], errors: [] } };
  const both = [accounted(2, "COMPLETED"), accounted(3, "COMPLETED")];

  it("is told by the accounting", async () => {
    const told = (jobs: readonly unknown[]): Promise<JobStatus | undefined> =>
      statusOf({ "GET job/7": rest, "GET slurmdb/job/7": { body: { jobs, errors: [] } } });
    expect(await told([accounted(1, "FAILED"), ...both])).toMatchObject({ outcome: "failed" });
    expect(await told([accounted(1, "COMPLETED"), ...both])).toMatchObject({ outcome: "succeeded" });
  });

  it("has not succeeded where nobody can tell of the others", async () => {
    const told = (accounting: ScriptedAnswer): Promise<JobStatus | undefined> =>
      statusOf({ "GET job/7": rest, "GET slurmdb/job/7": accounting });
    expect(await told(noAccounting)).toMatchObject({ phase: "unknown", why: "unreachable" });
    expect(await told(nothingFound)).toMatchObject({ phase: "unknown", why: "no-evidence" });
    // It lags: what it does not know of these, it may not know of others.
    expect(await told({ body: { jobs: both.slice(0, 1), errors: [] } })).toMatchObject({ phase: "unknown" });
  });

  it("is failed all the same where one that is left has", async () => {
    const jobs = [element(2, "COMPLETED"), element(3, "FAILED")];
    expect(
      await statusOf({ "GET job/7": { body: { jobs, errors: [] } }, "GET slurmdb/job/7": noAccounting }),
    ).toMatchObject({ phase: "finished", outcome: "failed" });
  });

  it("has succeeded without any accounting where all are told of that this session has submitted", async () => {
    const told = async (indices: string): Promise<string | undefined> => {
      let phase: string | undefined;
      const answers: Readonly<Record<string, ScriptedAnswer>> = {
        "GET partitions": { body: { partitions: [], errors: [] } },
        "POST job/submit": { body: { job_id: 7, errors: [] } },
        "GET job/7": rest,
      };
      await withDaemon(
        (request) => answers[request] ?? noAccounting,
        async (session) => {
          const task = { kind: "command", argv: ["true"] } as const;
          const spec = { name: "scan", task, workingDirectory: "/tmp", array: { indices } };
          await session.submit(spec, { submitKey: "k" });
          phase = (await session.status(["7"])).get("7")?.phase;
        },
      );
      return phase;
    };
    expect([await told("2-3"), await told("1-3")]).toEqual(["finished", "unknown"]);
  });

  it("is cancelled where this session has cancelled one that waited, and that left no trace", async () => {
    let isStruck = false;
    const before = { body: { jobs: [element(2, "RUNNING"), element(4, "PENDING")], errors: [] } };
    const answers: Readonly<Record<string, ScriptedAnswer>> = {
      "GET slurmdb/job/7": { body: { jobs: both, errors: [] } },
      "DELETE job/7_4": { body: { errors: [] } },
    };
    await withDaemon(
      (request) => {
        if (request.startsWith("DELETE")) isStruck = true;
        if (request === "GET job/7") return isStruck ? rest : before;
        return answers[request] ?? unknownJob;
      },
      async (session) => {
        expect(await session.cancel("7_4")).toBe("requested");
        expect((await session.status(["7"])).get("7")).toMatchObject({ outcome: "cancelled" });
      },
    );
  });
});

describe("a job that only the accounting knows", () => {
  it("gets what the accounting learns of its end a moment later, and stays ended when it can't be asked", async () => {
    const now = Math.floor(Date.now() / 1000);
    const end = (exit: object) => ({
      body: {
        jobs: [
          { ...accounted(1, "FAILED"), exit_code: exit, time: { submission: now, start: now, end: now } },
        ],
        errors: [],
      },
    });
    const signal = { status: ["SIGNALED"], signal: { id: number(11) } };
    const answers = [end({ status: ["SUCCESS"], return_code: number(0) }), end(signal), noAccounting];
    await withDaemon(
      (request) => (request === "GET slurmdb/job/7" ? (answers.shift() ?? noAccounting) : unknownJob),
      async (session) => {
        const look = async (): Promise<JobStatus | undefined> => (await session.status(["7_1"])).get("7_1");
        expect(await look()).toMatchObject({ outcome: "failed" });
        expect(await look()).toMatchObject({ outcome: "failed", signal: "SIGSEGV" });
        expect(await look()).toMatchObject({ outcome: "failed", signal: "SIGSEGV" });
      },
    );
  });

  it("runs no more because it says so: a controller may have lost it", async () => {
    for (const state of ["RUNNING", "PENDING"])
      expect(
        await statusOf({ "GET slurmdb/job/7": { body: { jobs: [accounted(1, state)], errors: [] } } }),
      ).toMatchObject({ phase: "unknown", why: "no-evidence", raw: state });
    expect(
      await statusOf({ "GET slurmdb/job/7": { body: { jobs: [accounted(1, "COMPLETED")], errors: [] } } }),
    ).toMatchObject({ outcome: "succeeded" });
  });
});
