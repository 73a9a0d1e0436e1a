import { describe, expect, it } from "vitest";
import {
  findSlurmApiVersions,
  getSlurmDialect,
  isUnchanged,
  parseRestAccounting,
  parseRestJobs,
  parseRestPartitions,
  parseRestStates,
  parseSlurmRestAnswer,
  readCancelCode,
  readControllerIsUp,
  readControllerSeconds,
  readSubmitAnswer,
  type SlurmDialect,
  type SlurmRestAnswer,
  slurmApiVersions,
  type SlurmRestJob,
} from "./index.js";
import { type Recording, type RecordedExchange, readRecordings } from "./testing/recorded-exchanges.js";

/** What an exchange must mean to us. */
type Meaning = (answer: SlurmRestAnswer, exchange: RecordedExchange, recording: Recording) => void;

const isFlat = ({ api }: Recording): boolean => api <= "v0.0.38";
const firstJob = (answer: SlurmRestAnswer): SlurmRestJob => {
  const [job] = parseRestJobs(answer.body);
  if (job === undefined) throw new Error("The answer holds no job");
  return job;
};

const made: Meaning = (answer) => {
  const { jobId, advice } = readSubmitAnswer(answer);
  expect(jobId).toBeGreaterThan(0);
  expect(advice).toEqual([]);
};

const codes = ({ errors }: SlurmRestAnswer): readonly (number | undefined)[] =>
  errors.map(({ code }) => code);

/** No job; one of these numbers is the reason. */
const refused =
  (...numbers: readonly number[]): Meaning =>
  (answer, { status }) => {
    expect(readSubmitAnswer(answer).jobId).toBeUndefined();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(codes(answer).some((code) => code !== undefined && numbers.includes(code))).toBe(true);
  };

/** Later versions take what older ones refuse, or the other way about. */
const either =
  (isOne: (recording: Recording) => boolean, one: Meaning, other: Meaning): Meaning =>
  (answer, exchange, recording) =>
    (isOne(recording) ? one : other)(answer, exchange, recording);

const madeWithWarning: Meaning = (answer, _exchange, { api }) => {
  const { jobId, advice } = readSubmitAnswer(answer);
  expect(jobId).toBeGreaterThan(0);
  // v0.0.39 ignores what it does not know without a word.
  if (api !== "v0.0.39") expect(advice.join()).toMatch(/Ignoring unknown field|Expected OpenAPI type/);
};

const ended =
  (words: readonly string[], exit: SlurmRestJob["exit"]): Meaning =>
  (answer) => {
    const job = firstJob(answer);
    expect(job.words).toEqual(words);
    expect(job.exit).toEqual(exit);
    expect(job.workingDirectory).toBe("/home/alice");
    expect(job.endsAt?.getTime()).toBeGreaterThanOrEqual(job.submittedAt?.getTime() ?? Number.NaN);
  };

const accounted =
  (word: string, exit: (dialect: SlurmDialect) => SlurmRestJob["exit"]): Meaning =>
  (answer, _exchange, { api }) => {
    const dialect = getSlurmDialect(api);
    const [job] = parseRestAccounting(answer.body, dialect.accountingExitCodes);
    expect(job).toMatchObject({ words: [word], userName: "alice", partition: "debug" });
    expect(job?.exit).toEqual(exit(dialect));
    expect(job?.submittedAt?.getTime()).toBeGreaterThan(1.79e12);
    expect(job?.workingDirectory).toBe("/home/alice");
  };

const nothing: Meaning = (answer) => {
  expect(answer.errors.filter(({ code }) => code !== 9003)).toEqual([]);
};

const badToken: Meaning = (answer, { status, label }) => {
  if (label.includes("ping") && status === 200) {
    // From 24.11 on the ping of somebody with a bad token says that the controller is down.
    expect(readControllerIsUp(answer.body)).toBe(false);
    return;
  }
  // v0.0.36 gives no error at all beside its 500.
  if (answer.errors.length === 0) expect([status, answer.body["jobs"]]).toEqual([500, []]);
  else expect(codes(answer).some((code) => [-1, 1007, 5005, 7000].includes(code ?? 0))).toBe(true);
};

const noJson: Meaning = () => {
  throw new Error("is looked at below");
};

const meanings: Readonly<Record<string, Meaning>> = {
  ping: ({ body }) => expect(readControllerIsUp(body)).toBe(true),
  "submit: ok, will exit 3": made,
  "submit: ok, will die by SIGSEGV": made,
  "submit: ok, full": made,
  "submit: ok, to be sent SIGTERM": made,
  "submit: ok, to be cancelled": made,
  "submit: script inside job": either(isFlat, refused(2009), made),
  "submit: environment in the other form": either(isFlat, refused(-1), madeWithWarning),
  "submit: environment missing": either(isFlat, refused(2127), refused(2019, 2127, 9200)),
  "submit: environment empty": either(isFlat, refused(2127), refused(2019, 2127, 9200)),
  "submit: no working directory": either(isFlat, made, refused(2063)),
  "submit: no shebang": made,
  "submit: CRLF script": made,
  "submit: empty script": either(isFlat, made, refused(9000)),
  "submit: unknown partition": refused(2000),
  "submit: unknown field": either(isFlat, refused(9001), madeWithWarning),
  "submit: time_limit of wrong type": refused(-1, 9001, 9202, 9209),
  "submit: time_limit as number": (answer) => expect(readSubmitAnswer(answer).jobId).toBeGreaterThan(0),
  "submit: time_limit as object": either(isFlat, refused(9202), made),
  "submit: required_nodes": either(isFlat, refused(9001), made),
  "submit: nodelist": either(isFlat, made, madeWithWarning),
  // Held as asked for is no advice.
  "submit: held": made,
  "submit: array 0-3%2": made,
  "submit: unknown node": refused(2018),
  "submit: time above the partition limit": (answer, _exchange, { release }) => {
    const { jobId, advice } = readSubmitAnswer(answer);
    expect(jobId).toBeGreaterThan(0);
    if (release < "24")
      expect(advice.join()).toContain("Requested partition configuration not available now");
    else expect(advice).toEqual([]);
  },
  "submit: more memory than any node": refused(2014),
  "submit: dependency on an unknown job": either(({ release }) => release < "23", made, refused(2038)),
  "submit: body is not JSON": noJson,
  "submit: {}": refused(2009, 9000),
  "job: failed with exit 3": ended(["FAILED"], { exitCode: 3 }),
  "job: killed by signal": ended(["FAILED"], { signalNumber: 11 }),
  "job: cancelled": ended(["CANCELLED"], { signalNumber: 15 }),
  "job: running or pending": (answer, _exchange, { api }) => {
    const job = firstJob(answer);
    expect(job).toMatchObject({
      words: ["RUNNING"],
      name: "full",
      nodes: "n3",
      comment: "token-123",
      restarts: 0,
    });
    expect(job.userName).toBe(getSlurmDialect(api).tellsUserNames ? "alice" : undefined);
    expect(job.userId).toBe(2001);
    expect(job.startedAt?.getTime()).toBeGreaterThanOrEqual(job.submittedAt?.getTime() ?? Number.NaN);
    expect(["/home/alice/o-%j.txt", "/home/alice/o-3.txt"]).toContain(job.outputPath);
  },
  "job: array": (answer) => {
    const jobs = parseRestJobs(answer.body);
    const waiting = jobs.find(({ array }) => array?.waiting !== undefined);
    expect(waiting?.array?.id).toBe(waiting?.id);
    expect(waiting?.array?.waiting).toMatch(/^[02]-3%2$/);
    expect(waiting?.words).toEqual(["PENDING"]);
    for (const { array } of jobs.filter((job) => job !== waiting))
      expect([array?.id, typeof array?.index]).toEqual([waiting?.id, "number"]);
  },
  "job: array task": (answer, { path }, { api }) => {
    const jobs = parseRestJobs(answer.body);
    // Later versions show all of the array.
    if (api < "v0.0.39")
      expect(jobs.map(({ array }) => `${array?.id}_${array?.index}`)).toEqual([path.split("/").pop()]);
    else expect(jobs[0]?.array?.waiting).toBe("0-3%2");
  },
  "cancel a running job": nothing,
  "signal TERM": nothing,
  "cancel a held job": (answer) => expect([undefined, 2021]).toContain(readCancelCode(answer.body)),
  "cancel: bogus signal": (answer, { status }) => {
    // 24.11 and 26.05 say 200, and kill the job.
    if (status !== 200) expect(answer.errors).not.toEqual([]);
  },
  "job after the bogus signal": (answer, _exchange, { api, release }) => {
    const { words, reason } = firstJob(answer);
    expect(words).toEqual([api >= "v0.0.41" ? "CANCELLED" : "PENDING"]);
    expect([reason, release]).toEqual(["JobHeldUser", release]);
  },
  "cancel a finished job": (answer, _exchange, { api }) =>
    expect(readCancelCode(answer.body)).toBe(api >= "v0.0.42" ? 2021 : undefined),
  "cancel someone else's job": (answer, _exchange, { api, release }) => {
    const told = getSlurmDialect(api).cancelTells || release < "24";
    expect([...codes(answer), readCancelCode(answer.body)].includes(2002)).toBe(told);
  },
  "cancel unknown job": (answer, _exchange, { api, release }) => {
    const told = getSlurmDialect(api).cancelTells || release < "24";
    expect([...codes(answer), readCancelCode(answer.body)].includes(2017)).toBe(told);
  },
  "cancel: id is not a number": ({ errors }) => expect(errors).not.toEqual([]),
  "job: unknown": (answer, { status }) => {
    expect(parseRestJobs(answer.body)).toEqual([]);
    expect([status >= 400, codes(answer)]).toEqual([true, [2017]]);
  },
  "job: id is not a number": ({ body, errors }) => {
    expect(parseRestJobs(body)).toEqual([]);
    expect(errors).not.toEqual([]);
  },
  "partition: unknown": (answer) => {
    expect(parseRestPartitions(answer.body)).toEqual([]);
    expect([...answer.warnings, ...answer.errors].length).toBeGreaterThan(0);
  },
  "node: unknown": ({ errors }) => expect(errors).not.toEqual([]),
  "unknown path": noJson,
  "unknown API version": noJson,
  "method not allowed": noJson,
  partitions: (answer, _exchange, { api }) => {
    expect(parseRestPartitions(answer.body)).toEqual([
      {
        name: "debug",
        isDefault: api < "v0.0.39" || api === "v0.0.45",
        acceptsJobs: true,
        maxWallTimeSeconds: 3600,
        totalCores: 8,
      },
      { name: "long", isDefault: false, acceptsJobs: true, maxWallTimeSeconds: 604_800, totalCores: 4 },
    ]);
  },
  partition: ({ body }) => expect(parseRestPartitions(body).map(({ name }) => name)).toEqual(["debug"]),
  nodes: nothing,
  node: nothing,
  jobs: (answer) => expect(parseRestJobs(answer.body)).toHaveLength(3),
  "jobs: update_time in the future": (answer, { status }, { api }) => {
    const unchanged = isUnchanged(status, answer);
    expect(unchanged).toBe(getSlurmDialect(api).changedSince);
    // Where the table says that it can't be asked, it is not asked.
    if (!unchanged) expect(api === "v0.0.36" || status >= 400).toBe(true);
  },
  "jobs/state": (answer, { status }, { api }) => {
    expect(status).toBe(getSlurmDialect(api).jobStates ? 200 : 404);
    expect([...parseRestStates(answer.body)]).toEqual([
      ["1", ["FAILED"]],
      ["2", ["FAILED"]],
      ["3", ["RUNNING"]],
    ]);
  },
  "jobs/state of two": noJson,
  diag: ({ body }) => expect(readControllerSeconds(body)).toBeGreaterThan(1.79e9),
  "slurmdb job: exit 3": accounted("FAILED", ({ accountingExitCodes }) =>
    accountingExitCodes ? { exitCode: 3 } : undefined,
  ),
  "slurmdb job: signal": accounted("FAILED", () => ({ signalNumber: 11 })),
  "slurmdb job: cancelled": accounted("CANCELLED", ({ accountingExitCodes }) =>
    accountingExitCodes ? { exitCode: 0 } : undefined,
  ),
  "slurmdb job: unknown": (answer) => {
    nothing(
      answer,
      { label: "", auth: "", method: "", path: "", status: 200, text: "" },
      recordings[0] ?? never(),
    );
    expect(parseRestAccounting(answer.body, true)).toEqual([]);
  },
  "slurmdb jobs by state": nothing,
  auth: (answer, { auth, status }) => {
    if (status === 200) expect(["tokenOnly", "bearer"]).toContain(auth);
    else
      badToken(
        answer,
        { label: "auth", auth, method: "", path: "", status, text: "" },
        recordings[0] ?? never(),
      );
  },
  "auth: ping": badToken,
  "auth: slurmdb": badToken,
  "auth: submit": (answer, exchange, recording) => {
    expect(readSubmitAnswer(answer).jobId).toBeUndefined();
    badToken(answer, exchange, recording);
  },
  "auth: openapi": nothing,
};

const recordings = readRecordings();

describe("every recorded answer", () => {
  it("is of every version in the table, and of four releases", () => {
    expect(new Set(recordings.map(({ api }) => api))).toEqual(new Set(slurmApiVersions));
    expect(recordings).toHaveLength(13);
  });

  it.each(recordings.map((recording) => [recording.release, recording.api, recording] as const))(
    "of %s over %s means what it should",
    (_release, _api, recording) => {
      expect(recording.exchanges.length).toBeGreaterThan(70);
      for (const exchange of recording.exchanges) {
        const meaning = meanings[exchange.label];
        if (meaning === undefined) throw new Error(`Nobody says what "${exchange.label}" means`);
        if (!exchange.text.startsWith("{")) {
          const silent = exchange.status === 304 && exchange.label.startsWith("jobs: update_time");
          if (silent || exchange.status >= 400) continue;
          throw new Error(`${exchange.label}: ${exchange.status} without JSON`);
        }
        try {
          meaning(parseSlurmRestAnswer(exchange.text), exchange, recording);
        } catch (error) {
          throw new Error(`${exchange.label} (${exchange.auth}): ${String(error)}`, { cause: error });
        }
      }
    },
  );

  it("names the release that gave it", () => {
    for (const { release, exchanges } of recordings) {
      const [first] = exchanges;
      expect(parseSlurmRestAnswer(first?.text ?? "").release).toBe(release);
    }
  });
});

describe("versions", () => {
  it("are found in an OpenAPI document, newest first, unknown ones too", () => {
    const paths = String.raw`{"paths":{"/slurm/v0.0.39/jobs":{},"\/slurm\/v0.0.40\/job\/{job_id}":{},"/slurm/v0.0.39/diag/":{},"/slurmdb/v0.0.99/jobs":{},"/slurm/v0.0.101/ping/":{}}}`;
    expect(findSlurmApiVersions(paths)).toEqual(["v0.0.101", "v0.0.40", "v0.0.39"]);
    expect(findSlurmApiVersions("<html>")).toEqual([]);
  });
});

describe("what no daemon has written yet", () => {
  it("is kept where it is a word, and spoils nothing else", () => {
    const jobs = [
      { job_id: 1, job_state: ["HIBERNATING", "NEW_FLAG"], name: "a" },
      { job_id: "x", job_state: "RUNNING" },
      null,
      { job_id: 2, job_state: 7, exit_code: { status: [] }, submit_time: "soon", array_job_id: {} },
      { job_id: 3, job_state: "running", exit_code: 1e9, end_time: 1e300, name: 5 },
    ];
    expect(parseRestJobs({ jobs })).toEqual([
      { id: 1, words: ["HIBERNATING", "NEW_FLAG"], name: "a", restarts: 0 },
      { id: 2, words: [], name: "", restarts: 0 },
      { id: 3, words: ["RUNNING"], name: "", restarts: 0 },
    ]);
    expect(parseRestJobs({ jobs: "none" })).toEqual([]);
    expect(parseRestAccounting({ jobs: [{ job_id: 4, state: null, time: 3 }] }, true)).toEqual([
      { id: 4, words: [], name: "", restarts: 0 },
    ]);
    const mask = { job_id: 373, state: { current: "PENDING" }, array: { job_id: 373, task: "0x105" } };
    expect(parseRestAccounting({ jobs: [mask] }, true)[0]?.array).toEqual({ id: 373, waiting: "0,2,8" });
    expect(() => parseSlurmRestAnswer("Unable to parse query.")).toThrow("It is no JSON.");
  });
});

function never(): never {
  throw new Error("There are no recordings");
}
