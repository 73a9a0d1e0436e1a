import { describe, expect, it } from "vitest";
import type { Job, JobStatus } from "../../model/index.js";
import { inPieces } from "../testing/in-pieces.js";
import { WireFormatError } from "../wire-format-error.js";
import { parseJobHistory, renderJobHistory } from "./job-history.js";
import { parseJobIds, renderJobIds } from "./job-ids.js";
import { readWsJobs } from "./read-ws-jobs.js";
import { renderWsJobs } from "./render-ws-jobs.js";

const evidence = { source: "test", observedAt: new Date("2026-02-12T12:20:00Z") };
const context = { evidence, extended: true };
const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const self = "http://h:8080/platform/ws/jobs";
const formats = ["xml", "json"] as const;

const done: JobStatus = { phase: "finished", outcome: "succeeded", exitCode: 0, raw: "DONE", evidence };
const failed: JobStatus = { phase: "finished", outcome: "failed", exitCode: 3, raw: "EXIT", evidence };
const cancelled: JobStatus = { phase: "finished", outcome: "cancelled", raw: "EXIT", evidence };

function job(id: string, status: JobStatus, more: Partial<Job> = {}): Job {
  return { id, name: "a", status, ...more };
}

function render(jobs: readonly Job[], format: "xml" | "json", detail: "basic" | "full" = "full"): string {
  return [...renderWsJobs(jobs, { detail, format, self })].join("");
}

describe("job documents of the current generation", () => {
  it("are IBM's basic list to the byte", () => {
    const running: JobStatus = { phase: "running", raw: "", evidence };
    expect(render([job("236", running)], "xml", "basic")).toBe(
      `${xml}<jobs xmlns:atom="http://www.w3.org/2005/Atom" total="1"><atom:link rel="self" href="${self}"/>` +
        "<pseudoJob><jobId>236</jobId><jobName>a</jobName><jobStatus>RUNNING</jobStatus></pseudoJob></jobs>",
    );
  });

  it("in JSON have one job as an object, several as a list, and a total that is a text", () => {
    const one = '{"jobId":"1","jobName":"a","jobStatus":"DONE"}';
    expect(render([job("1", done)], "json", "basic")).toBe(`{"@total":"1","pseudoJob":${one}}`);
    expect(render([job("1", done), job("1", done)], "json", "basic")).toBe(
      `{"@total":"2","pseudoJob":[${one},${one}]}`,
    );
    expect(render([], "json")).toBe('{"@total":"0"}');
  });

  it("carry every field from a gateway to a client in both forms", async () => {
    const sent = job("417666[3]", failed, {
      name: ']]> & <script>"q"\' note',
      owner: "scarf362",
      command: "python /work/a.py <in >out & 'q'",
      application: "TOMOPY_0_1_9",
      description: "flat fields",
      submitKey: "k [1]",
      queue: "q",
      account: "imat",
      group: "/tomo/night",
      submittedAt: new Date("2026-02-12T12:17:30Z"),
      startedAt: new Date("2026-02-12T12:17:31Z"),
      endedAt: new Date("2026-02-12T12:18:31Z"),
      workingDirectory: "/home/ü",
      outputPath: "1.out",
      errorPath: "1.err",
      executionHosts: ["cn001", "cn002"],
    });
    for (const format of formats) {
      const text = render([sent, job("2", cancelled)], format);
      expect(text).toContain("2026-02-12T12:17:31+0000");
      const { jobs, withoutId } = await readWsJobs(inPieces(Buffer.from(text), 7), context);
      expect(withoutId).toBe(0);
      expect(jobs).toEqual([sent, job("2", cancelled)]);
    }
  });

  it("of a real server are read, a stranger among them spoils nothing", async () => {
    const text =
      `<jobs xmlns:atom="a" total="3">\n  <job>\n<jobId>7</jobId><jobStatus>EXIT</jobStatus><exitStatus>2</exitStatus>` +
      "<submitTimeGMT>2017-03-31T13:06:41+0200</submitTimeGMT><exHosts>a:b</exHosts></job><job><jobName>x</jobName></job>" +
      "<job><jobId>8</jobId><jobStatus>ZOMBI</jobStatus></job></jobs>";
    const { jobs, withoutId } = await readWsJobs(inPieces(text, 1000), { evidence, extended: false });
    expect(withoutId).toBe(1);
    expect(jobs.map(({ id, status }) => [id, status.phase, status.raw])).toEqual([
      ["7", "finished", "EXIT"],
      ["8", "unknown", "ZOMBI"],
    ]);
    expect(jobs[0]).toMatchObject({
      submittedAt: new Date("2017-03-31T11:06:41Z"),
      status: { exitCode: 2, outcome: "failed" },
    });
  });

  it.each(["", "<html></html>", '{"message":"no"}', '{"job":[{', "<jobs><job>", "[]", "{"])(
    "anything else is no empty list: %j",
    async (text) => {
      await expect(readWsJobs(inPieces(text, 5), context)).rejects.toThrow(WireFormatError);
    },
  );
});

describe("histories", () => {
  const now = new Date("2026-02-12T13:00:00Z");
  const times = {
    submittedAt: new Date("2026-02-12T12:17:30Z"),
    startedAt: new Date("2026-02-12T12:17:40Z"),
    endedAt: new Date("2026-02-12T12:18:40Z"),
  };

  it("come back in both forms, and the text tells how each job ended", () => {
    for (const format of formats) {
      const histories = parseJobHistory(
        renderJobHistory([job("1", done, times), job("2", failed, times)], now, format),
      );
      expect(histories).toMatchObject([
        { jobId: "1", pendSeconds: 10, runSeconds: 60 },
        { jobId: "2", pendSeconds: 10, runSeconds: 60 },
      ]);
      expect(histories[0]?.text).toMatch(/Done successfully\.$/);
      expect(histories[1]?.text).toMatch(/Exited with exit code 3\.\n.*Completed <exit>\.$/);
    }
  });

  it("of a failed job never hold the words of success, whatever its owner calls it", () => {
    const name = "Done successfully.";
    const text = renderJobHistory(
      [job("1", failed, { name, command: name, description: name })],
      now,
      "json",
    );
    expect(text).not.toContain("Done successfully.");
    expect(renderJobHistory([job("1", cancelled)], now, "json")).toContain("<KILL>");
  });
});

describe("lists of ids", () => {
  it("are read as any client writes them", () => {
    expect(parseJobIds("1,2[3], 4[1,3] ,,1")).toEqual(["1", "2[3]", "4[1,3]"]);
    expect(parseJobIds(renderJobIds(["5[1,2]", "6"]))).toEqual(["5[1,2]", "6"]);
    expect(parseJobIds(" ")).toEqual([]);
  });
});
