import { describe, expect, it } from "vitest";
import type { Job, JobStatus } from "../../model/index.js";
import { inPieces } from "../testing/in-pieces.js";
import { parseExtStatus, renderExtStatus } from "./ext-status.js";
import { parseJobTime, renderJobTime } from "./job-times.js";
import { readJobs } from "./parse-jobs.js";
import { renderJob, renderJobs, renderJobsError } from "./render-jobs.js";
import { parseKeyedDescription, renderKeyedDescription } from "./submit-key-text.js";

const evidence = { source: "test", observedAt: new Date("2026-02-12T12:20:00Z") };
const context = { evidence, extended: true };
const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

function job(status: JobStatus, more: Partial<Job> = {}): Job {
  return { id: "417666[3]", name: "Mantid_tomography_1", status, ...more };
}

const running: JobStatus = { phase: "running", raw: "Running", evidence };

const statuses: readonly JobStatus[] = [
  { phase: "queued", raw: "Pending", evidence },
  { phase: "held", raw: "Suspended", evidence },
  running,
  { phase: "suspended", raw: "Suspended", evidence },
  { phase: "finished", outcome: "succeeded", exitCode: 0, raw: "Done", evidence },
  { phase: "finished", outcome: "succeeded", exitCode: 0, raw: "Done", evidence, reason: "requeued once" },
  { phase: "finished", outcome: "failed", exitCode: 3, raw: "Exit", evidence },
  { phase: "finished", outcome: "failed", signal: "SIGSEGV", raw: "Exit", evidence },
  { phase: "finished", outcome: "cancelled", signal: "SIGTERM", raw: "Exit", evidence },
  { phase: "finished", outcome: "cancelled", raw: "Exit", evidence },
  { phase: "finished", outcome: "timed-out", raw: "Exit", evidence, reason: "ran 60 s (limit: 60 s)" },
  { phase: "finished", outcome: "out-of-memory", exitCode: 137, raw: "Exit", evidence },
  { phase: "finished", outcome: "node-failure", raw: "Exit", evidence },
  { phase: "finished", outcome: "preempted", raw: "Exit", evidence },
  { phase: "unknown", why: "no-evidence", raw: "Unknown", evidence },
];

describe("job lists", () => {
  it("carry every status from a gateway to our client unchanged", async () => {
    for (const status of statuses) {
      const startedAt = new Date("2026-02-12T12:17:31Z");
      const sent = job(status, status.phase === "queued" || status.phase === "held" ? {} : { startedAt });
      for (const details of [true, false]) {
        const text = [...renderJobs([sent], { details })].join("");
        const { jobs } = await readJobs(inPieces(text, 7), context);
        expect(jobs[0]?.status).toEqual(status);
      }
    }
  });

  it("carry all fields of the long form", async () => {
    const sent: Job = job(running, {
      owner: "scarf362",
      command: "python /work/notebook.py <in >out & 'q'",
      application: "TOMOPY_0_1_9",
      description: "flat fields",
      submitKey: "k [1]",
      queue: "q",
      account: "imat",
      group: "/tomo/night",
      submittedAt: new Date("2026-02-12T12:17:30Z"),
      startedAt: new Date("2026-02-12T12:17:31Z"),
      workingDirectory: "/home/isisg/J",
      outputPath: "417666.output",
      errorPath: "417666.error",
      executionHosts: ["cn001", "cn002"],
    });
    const text = [...renderJobs([sent], { details: true })].join("");
    expect(text).not.toContain("note");
    expect((await readJobs(inPieces(text, 64), context)).jobs).toEqual([sent]);
  });

  it("have what each client's search needs", () => {
    const text = renderJob(job(running, { name: "" }), { details: false });
    expect(text).toBe(
      "<Job><cmd>-</cmd><extStatus>-</extStatus><id>417666[3]</id><name>-</name><status>Running</status></Job>",
    );
    expect([...renderJobs([], { details: true })].join("")).toMatch(
      /^<\?xml.*\?><Jobs><note>.+<\/note><\/Jobs>$/,
    );
    expect(renderJobsError("no keynote")).toBe(`${xml}<Jobs><errMsg>no keyn&#111;te</errMsg></Jobs>`);
  });

  it("read the reply quoted from SCARF, by words alone", async () => {
    const reply = `${xml}<Jobs><Job><cmd>python /work/imat/webservice_test/test.py.py /work/imat/webservice_test/test_out/</cmd><extStatus>-</extStatus><id>417666</id><name>Mantid_tomography_1</name><status>Running</status></Job></Jobs>`;
    const { jobs } = await readJobs(inPieces(reply, 50), { evidence, extended: false });
    expect(jobs).toEqual([
      {
        id: "417666",
        name: "Mantid_tomography_1",
        command: "python /work/imat/webservice_test/test.py.py /work/imat/webservice_test/test_out/",
        status: { phase: "running", raw: "Running", evidence },
      },
    ]);
  });

  it("give messages instead of jobs, and count what has no id", async () => {
    const read = (text: string) => readJobs(inPieces(text, 9), context);
    expect(await read("<Jobs><note> none </note></Jobs>")).toEqual({ jobs: [], withoutId: 0, note: "none" });
    expect(await read("<Jobs><errMsg>a &lt;b&gt;</errMsg></Jobs>")).toMatchObject({ errorMessage: "a <b>" });
    expect(await read("<Job><errMsg>x</errMsg><id>0</id></Job>")).toMatchObject({
      jobs: [],
      errorMessage: "x",
    });
    expect(await read("<Jobs><Job><name>a</name></Job></Jobs>")).toEqual({ jobs: [], withoutId: 1 });
    expect(await read("<Jobs/>")).toEqual({ jobs: [], withoutId: 0 });
    await expect(read("<AppInfos/>")).rejects.toThrow("not a job list");
  });

  it("never take the exit code of a killed job for success", async () => {
    const text = "<Jobs><Job><id>1</id><status>Exit</status><exitCode>0</exitCode></Job></Jobs>";
    const [first] = (await readJobs(inPieces(text, 99), { evidence, extended: false })).jobs;
    expect(first?.status).toEqual({ phase: "finished", outcome: "failed", raw: "Exit", evidence });
  });

  it("become typed objects twenty thousand at a time, in bounded time", async () => {
    const text = Buffer.from(
      [
        ...renderJobs(
          Array.from({ length: 20_000 }, (_, id) =>
            job(statuses[id % statuses.length] ?? running, { id: String(id) }),
          ),
          { details: true },
        ),
      ].join(""),
    );
    const startedAt = performance.now();
    const { jobs } = await readJobs(inPieces(text, 65_536), context);
    expect(jobs).toHaveLength(20_000);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe("extStatus", () => {
  it("reads well", () => {
    expect(statuses.map(renderExtStatus)).toEqual([
      "-",
      "held",
      "-",
      "-",
      "-",
      "succeeded: requeued once",
      "failed (exit code 3)",
      "failed (SIGSEGV)",
      "cancelled (SIGTERM)",
      "cancelled",
      "timed out: ran 60 s (limit: 60 s)",
      "out of memory (exit code 137)",
      "node failure",
      "preempted",
      "unknown (no-evidence)",
    ]);
  });

  it("takes a site's own text for a reason and nothing more", () => {
    for (const text of [
      "cancelled by operator",
      "step 3 of 5",
      "failed (see log)",
      "Succeeded",
      "succeeding: x",
    ]) {
      expect(parseExtStatus(text)).toEqual({ reason: text });
    }
    expect(parseExtStatus("-")).toEqual({});
  });
});

describe("small texts", () => {
  it("keep submit keys in descriptions", () => {
    for (const [description, key] of [
      ["a b", "k"],
      [undefined, "x y]é"],
      ["see [1]", undefined],
      [undefined, undefined],
    ] as const) {
      expect(parseKeyedDescription(renderKeyedDescription(description, key))).toEqual({
        ...(description !== undefined && { description }),
        ...(key !== undefined && { submitKey: key }),
      });
    }
  });

  it("keep a submit key that can't be written as UTF-8 from stopping a whole list", () => {
    expect(renderKeyedDescription("x", "a\uD800")).toBe("x [submit-key a%EF%BF%BD]");
  });

  it("read a description of a million spaces at once", () => {
    const spaces = " ".repeat(1_000_000);
    const begun = performance.now();
    expect(parseKeyedDescription(`a${spaces}b`)).toEqual({ description: `a${spaces}b` });
    expect(parseKeyedDescription("[submit-key ".repeat(90_000)).submitKey).toBeUndefined();
    expect(parseKeyedDescription(`a${spaces}[submit-key k]${spaces}`)).toEqual({
      description: "a",
      submitKey: "k",
    });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it("read times with a zone and guess none", () => {
    expect(parseJobTime("2017-03-31T13:06:41+0200")?.toISOString()).toBe("2017-03-31T11:06:41.000Z");
    expect(["2017-03-31T13:06:41", "Thu Feb 12 12:17:30 2015", "-", "", undefined].map(parseJobTime)).toEqual(
      Array(5).fill(undefined),
    );
    expect(renderJobTime(new Date("2015-02-12T12:17:30.900Z"))).toBe("2015-02-12T12:17:30Z");
  });
});
