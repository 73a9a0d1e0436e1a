import { describe, expect, it } from "vitest";
import type { Job, JobStatus } from "../../model/index.js";
import { WireFormatError } from "../wire-format-error.js";
import { inPieces } from "../testing/in-pieces.js";
import {
  mantidSubmitBody,
  mantidUploadBody,
  parseMantidDate,
  parseMantidError,
  parseMantidFiles,
  parseMantidJobs,
  parseMantidStatus,
  parseMantidSubmitAnswer,
  parseServiceInfo,
  parseTransactionAnswer,
  readMantidForm,
  renderMantidDate,
  renderMantidError,
  renderMantidFiles,
  renderMantidJobs,
  renderMantidStatus,
  renderMantidSubmitAnswer,
  renderServiceInfo,
  renderTransactionAnswer,
} from "./index.js";

const evidence = { source: "test", observedAt: new Date("2026-01-02T03:04:05Z") };
const observedAt = evidence.observedAt;

describe("small answers", () => {
  it("come back as they were written", () => {
    expect(parseTransactionAnswer(renderTransactionAnswer("T1"))).toBe("T1");
    const answer = { jobId: "17", transactionId: "T1" };
    expect(parseMantidSubmitAnswer(renderMantidSubmitAnswer(answer))).toEqual(answer);
    expect(parseMantidError(renderMantidError("no such job"))).toBe("no such job");
    const info = {
      apiVersion: 1,
      extensions: ["JOB_DATES"],
      submitVariables: ["NumNodes"],
      authenticatedAs: "ada",
    };
    expect(parseServiceInfo(renderServiceInfo(info))).toEqual(info);
  });

  it("are read as the page of the interface shows them, ids that are numbers too", () => {
    const page =
      '{"API_Version": 1, "API_Extensions": ["JOB_DATES", "AUTH_USER_NAME"], "Implementation_Specific_Post_Variables": ["NumNodes", "CoresPerNode"]}';
    expect(parseServiceInfo(page)).toEqual({
      apiVersion: 1,
      extensions: ["JOB_DATES", "AUTH_USER_NAME"],
      submitVariables: ["NumNodes", "CoresPerNode"],
    });
    expect(parseTransactionAnswer('{"TransID": 57}')).toBe("57");
    expect(parseMantidSubmitAnswer('{"JobID": 3954}')).toEqual({ jobId: "3954" });
    expect(parseMantidError('{"error_msg": "x"}')).toBe("x");
    expect(parseMantidError("<html>")).toBeUndefined();
    expect(parseMantidError('{"Err_Msg": " "}')).toBeUndefined();
  });

  it.each(["", "<html>", "[]", "null", "{}", '{"TransID": ""}', '{"TransID": []}', "[".repeat(100_000)])(
    "that are none are refused: %.20s",
    (text) => {
      expect(() => parseTransactionAnswer(text)).toThrow(WireFormatError);
      expect(() => parseMantidSubmitAnswer(text)).toThrow(WireFormatError);
      expect(() => parseServiceInfo(text)).toThrow(WireFormatError);
    },
  );
});

describe("lists of files", () => {
  it("tell sizes and directories to our own client, names to all", () => {
    const files = [
      { path: "a b.txt", name: "a b.txt", kind: "file", sizeBytes: 3, readable: true },
      { path: "sub", name: "sub", kind: "directory", sizeBytes: 0, readable: true },
    ] as const;
    const text = renderMantidFiles(files);
    expect(JSON.parse(text)).toMatchObject({ Files: ["a b.txt"] });
    expect(parseMantidFiles(text)).toEqual([
      { name: "a b.txt", kind: "file", sizeBytes: 3, readable: true },
      { name: "sub", kind: "directory", sizeBytes: 0, readable: true },
    ]);
  });

  it("lead to no other directory", () => {
    const text = '{"Files": ["a.nxs", "../x", "/etc/passwd", "..", "", "a/b", "c\\u0000d", 7, {}]}';
    expect(parseMantidFiles(text)).toEqual([
      { name: "a.nxs", kind: "file", readable: true },
      { name: "7", kind: "file", readable: true },
    ]);
    expect(() => parseMantidFiles("{}")).toThrow(WireFormatError);
  });
});

describe("status words", () => {
  it("never claim a result that they don't tell", () => {
    expect(parseMantidStatus("COMPLETED", evidence)).toMatchObject({ phase: "unknown", why: "no-evidence" });
    expect(parseMantidStatus("REMOVED", evidence)).toMatchObject({ phase: "finished", outcome: "cancelled" });
    expect(parseMantidStatus("UNKNOWN", evidence)).toMatchObject({ phase: "unknown", why: "unrecognised" });
    expect(parseMantidStatus("VACATED", evidence)).toMatchObject({ phase: "unknown", raw: "VACATED" });
    expect(parseMantidStatus("", evidence)).toMatchObject({ phase: "unknown" });
    expect(parseMantidStatus("running", evidence)).toMatchObject({ phase: "running", raw: "running" });
  });

  it.each([
    [{ phase: "queued" }, "QUEUED"],
    [{ phase: "held" }, "DEFERRED"],
    [{ phase: "running" }, "RUNNING"],
    [{ phase: "suspended" }, "IDLE"],
    [{ phase: "finished", outcome: "succeeded" }, "COMPLETED"],
    [{ phase: "finished", outcome: "failed" }, "COMPLETED"],
    [{ phase: "finished", outcome: "timed-out" }, "REMOVED"],
    [{ phase: "finished", outcome: "cancelled" }, "REMOVED"],
    [{ phase: "unknown", why: "no-evidence" }, "UNKNOWN"],
  ] as const)("say %j as %s", (status, word) => {
    expect(renderMantidStatus({ ...status, raw: "", evidence })).toBe(word);
  });
});

describe("dates", () => {
  it("are UTC to the second, and empty when not known", () => {
    expect(renderMantidDate(new Date("2015-02-12T10:21:33.999Z"))).toBe("2015-02-12T10:21:33Z");
    expect(renderMantidDate(undefined)).toBe("");
    expect(renderMantidDate(new Date(Number.NaN))).toBe("");
  });

  it.each([
    ["2015-02-12T10:21:33", "2015-02-12T10:21:33.000Z"],
    ["2015-02-12 10:21:33.123456", "2015-02-12T10:21:33.123Z"],
    ["2015-02-12T10:21:33+01:00", "2015-02-12T09:21:33.000Z"],
    ["2015-02-12T10:21:33z", "2015-02-12T10:21:33.000Z"],
  ])("are read from %s", (text, expected) => {
    expect(parseMantidDate(text)?.toISOString()).toBe(expected);
  });

  it.each(["", "yesterday", "2015-13-40T99:99:99", undefined])("that are none are absent: %s", (text) => {
    expect(parseMantidDate(text)).toBeUndefined();
  });
});

describe("lists of jobs", () => {
  const statuses: readonly JobStatus[] = [
    { phase: "finished", outcome: "failed", exitCode: 3, raw: "EXIT", reason: "why", evidence },
    { phase: "finished", outcome: "failed", signal: "SIGKILL", raw: "EXIT", evidence },
    { phase: "suspended", raw: "USUSP", evidence },
    { phase: "unknown", why: "no-evidence", raw: "ZOMBIE", evidence },
  ];
  const job = (id: string, status: JobStatus): Job => ({
    id,
    name: `job ${id} "&<'`,
    owner: "ada",
    status,
    submittedAt: new Date("2026-01-01T00:00:00Z"),
    command: "run me",
    outputPath: "/a/b.output",
    submitKey: "key / ü",
  });

  it("come back whole to our own client", () => {
    const jobs = statuses.map((status, index) => ({
      job: job(String(index), status),
      transactionId: "T1",
      scriptName: "reduce.py",
    }));
    expect(parseMantidJobs(renderMantidJobs(jobs), { observedAt, extended: true, owner: "ada" })).toEqual(
      jobs,
    );
  });

  it("are believed only in the interface's own words where no gateway of ours wrote them", () => {
    const [first] = statuses;
    if (first === undefined) throw new Error("no status");
    const text = renderMantidJobs([{ job: job("1", first), transactionId: "", scriptName: "" }]);
    const [read] = parseMantidJobs(text, { observedAt, extended: false, owner: "ada" });
    expect(read?.job.status).toMatchObject({ phase: "unknown", why: "no-evidence", raw: "COMPLETED" });
    expect(read?.job).not.toHaveProperty("command");
  });

  it("are not spoilt by one that is none", () => {
    const text = '{"1": null, "2": [], "3": {"JobStatus": "RUNNING"}, "4": {"JobStatus": {}}}';
    const jobs = parseMantidJobs(text, { observedAt, extended: true, owner: "ada" });
    expect(jobs.map(({ job: { id, status } }) => [id, status.phase])).toEqual([
      ["1", "unknown"],
      ["2", "unknown"],
      ["3", "running"],
      ["4", "unknown"],
    ]);
    expect(parseMantidJobs("{}", { observedAt, extended: false, owner: "ada" })).toEqual([]);
    expect(() => parseMantidJobs("[]", { observedAt, extended: false, owner: "ada" })).toThrow(
      WireFormatError,
    );
  });

  it("with an outcome nobody knows are unknown", () => {
    const text = '{"1": {"Scarf_Tomo": {"Phase": "finished", "Outcome": "perfect"}}}';
    const [read] = parseMantidJobs(text, { observedAt, extended: true, owner: "ada" });
    expect(read?.job.status).toMatchObject({ phase: "unknown", why: "unrecognised" });
  });
});

describe("forms", () => {
  const readAll = async (body: { contentType: string; read(): AsyncIterable<Uint8Array> }) => {
    const pieces: Buffer[] = [];
    for await (const piece of body.read()) pieces.push(Buffer.from(piece));
    const whole = Buffer.concat(pieces);
    const boundary = /boundary=(.*)$/.exec(body.contentType)?.[1];
    const items: unknown[] = [];
    for await (const item of readMantidForm(inPieces(whole, 7), { boundary, maxFieldBytes: 1000 })) {
      if (item.kind === "field") items.push([item.name, item.value]);
      else {
        const content: Buffer[] = [];
        for await (const chunk of item.chunks) content.push(Buffer.from(chunk));
        items.push([item.fileName, Buffer.concat(content).toString()]);
      }
    }
    return { items, sizeBytes: whole.length };
  };

  it("carry a script in the field that is called as it", async () => {
    const body = mantidSubmitBody([
      ["TransID", "T1"],
      ["ScriptName", "reduce.py"],
      ["reduce.py", "print('é')\r\n--x\n"],
    ]);
    expect(body.contentType).toMatch(/^multipart\/form-data; boundary=/);
    const { items, sizeBytes } = await readAll(body);
    expect(items).toEqual([
      ["TransID", "T1"],
      ["ScriptName", "reduce.py"],
      ["reduce.py", "print('é')\r\n--x\n"],
    ]);
    expect(body.sizeBytes).toBe(sizeBytes);
  });

  it.each(["a b.nxs", 'quo"te\\.txt', "ünï.txt", "-x;y,z.txt"])("carry a file called %s", async (name) => {
    const content = Buffer.from("data\r\n");
    const body = mantidUploadBody({
      fields: [["TransID", "T1"]],
      name,
      content: {
        sizeBytes: content.length,
        async *read() {
          yield content;
        },
      },
      anyName: true,
    });
    const { items, sizeBytes } = await readAll(body);
    expect(items).toEqual([
      ["TransID", "T1"],
      [name, "data\r\n"],
    ]);
    expect(body.sizeBytes).toBe(sizeBytes);
  });
});
