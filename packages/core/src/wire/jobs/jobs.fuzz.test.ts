import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Job, JobStatus } from "../../model/index.js";
import { fuzzRuns } from "../../testing/fuzz-runs.js";
import { anyJob, anyText, cutAt, mutated, pieceSizes } from "../testing/arbitraries.js";
import { toWellFormed } from "../well-formed.js";
import { WireFormatError } from "../wire-format-error.js";
import { readWsJobs } from "../ws/read-ws-jobs.js";
import { renderWsJobs } from "../ws/render-ws-jobs.js";
import { replaceForbidden } from "../xml/xml-text.js";
import { parseExtStatus, renderExtStatus } from "./ext-status.js";
import { parseJobTime, renderJobTime } from "./job-times.js";
import { readJobs } from "./parse-jobs.js";
import { renderJobs } from "./render-jobs.js";
import { parseStatusWord, present } from "./status-word.js";
import { parseKeyedDescription, renderKeyedDescription } from "./submit-key-text.js";

const context = { evidence: { source: "test", observedAt: new Date(0) }, extended: true };
const self = 'http://h:8080/platform/ws/jobs?a="<&';

type Carry = (text: string) => string;
const inXml: Carry = (text) => replaceForbidden(toWellFormed(text));
const inJson: Carry = (text) => text;

/** What of a status a wire carries: all that a user acts upon. */
function essence(status: JobStatus, carry: Carry): unknown {
  const reason = carry(status.reason?.replaceAll(/\s+/g, " ").trim() ?? "");
  const common = { phase: status.phase, reason: reason === "" ? undefined : reason };
  if (status.phase === "unknown") return { ...common, why: status.why };
  if (status.phase !== "finished") return common;
  const exitCode = status.exitCode === undefined ? {} : { exitCode: status.exitCode };
  return {
    ...common,
    outcome: status.outcome,
    ...exitCode,
    ...(status.signal !== undefined && { signal: status.signal }),
  };
}

/** The texts of a job as they come out at the other end: trimmed, `-` for nothing. */
function texts(job: Job, carry: Carry): unknown {
  const text = (value: string | undefined): string | undefined =>
    present(value === undefined ? undefined : carry(value));
  return {
    id: job.id,
    name: text(job.name) ?? "",
    owner: text(job.owner),
    command: text(job.command),
    application: text(job.application),
    queue: text(job.queue),
    account: text(job.account),
    workingDirectory: text(job.workingDirectory),
    outputPath: text(job.outputPath),
    submittedAt: job.submittedAt,
    startedAt: job.startedAt,
    endedAt: job.endedAt,
    executionHosts: job.executionHosts,
  };
}

const jobs = fc.array(anyJob, { maxLength: 4 });
const legacy = jobs.map((all) => ({ all, text: [...renderJobs(all, { details: true })].join("") }));
const formats = fc.constantFrom("xml" as const, "json" as const);
const current = fc.tuple(jobs, formats).map(([all, format]) => ({
  all,
  format,
  text: [...renderWsJobs(all, { detail: "full", format, self })].join(""),
}));

describe("job lists, legacy generation", () => {
  it("carry any jobs to our client, with whatever texts, however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(legacy, pieceSizes, async ({ all, text }, sizes) => {
        const read = await readJobs(cutAt(Buffer.from(text), sizes), context);
        expect(read.jobs.map((job) => [texts(job, inXml), essence(job.status, inXml)])).toEqual(
          all.map((job) => [texts(job, inXml), essence(job.status, inXml)]),
        );
        expect([read.withoutId, read.errorMessage, read.note === undefined]).toEqual([
          0,
          undefined,
          all.length > 0,
        ]);
        // IBM's Python 2 client and lsf_faas take these letters anywhere for an error.
        expect(text.includes("note")).toBe(all.length === 0);
      }),
      fuzzRuns(0.05),
    );
  });

  it("damaged ones give an error, or jobs whose outcome stands in their own words", async () => {
    await fc.assert(
      fc.asyncProperty(mutated(legacy.map(({ text }) => text)), fc.boolean(), async (text, extended) => {
        const read = await orWireError(readJobs(cutAt(Buffer.from(text), []), { ...context, extended }));
        for (const { id, status } of read?.jobs ?? []) {
          expect(id.trim()).not.toBe("");
          expectHonest(status);
        }
      }),
      fuzzRuns(0.1),
    );
  });

  it("a list that is cut is an error, wherever", async () => {
    await fc.assert(
      fc.asyncProperty(legacy, fc.double({ min: 0, max: 0.9999, noNaN: true }), async ({ text }, share) => {
        const whole = Buffer.from(text);
        const cut = whole.subarray(0, Math.floor(whole.length * share));
        await expect(readJobs(cutAt(cut, []), context)).rejects.toThrow(WireFormatError);
      }),
      fuzzRuns(0.1),
    );
  });
});

describe("job lists, current generation", () => {
  it("carry any jobs to our client in XML and JSON, with whatever texts, however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(current, pieceSizes, async ({ all, format, text }, sizes) => {
        const carry = format === "xml" ? inXml : inJson;
        const read = await readWsJobs(cutAt(Buffer.from(text), sizes), context);
        expect(read.jobs.map((job) => [texts(job, carry), essence(job.status, carry)])).toEqual(
          all.map((job) => [texts(job, carry), essence(job.status, carry)]),
        );
        expect(read.withoutId).toBe(0);
      }),
      fuzzRuns(0.06),
    );
  });

  it("damaged or cut ones give an error, or jobs whose outcome stands in their own words", async () => {
    const damaged = fc.oneof(
      mutated(current.map(({ text }) => text)),
      fc
        .tuple(current, fc.double({ min: 0, max: 0.9999, noNaN: true }))
        .map(([{ text }, share]) => text.slice(0, Math.floor(text.length * share))),
      fc.json({ maxDepth: 3 }).map((json) => `{"@total":"1","job":${json}}`),
    );
    await fc.assert(
      fc.asyncProperty(damaged, fc.boolean(), async (text, extended) => {
        const read = await orWireError(readWsJobs(cutAt(Buffer.from(text), []), { ...context, extended }));
        for (const { id, status } of read?.jobs ?? []) {
          expect(id.trim()).not.toBe("");
          expectHonest(status);
        }
      }),
      fuzzRuns(0.1),
    );
  });
});

describe("what a list's elements say", () => {
  it("the extended status comes back; any other text is a reason and nothing more", () => {
    fc.assert(
      fc.property(anyJob, anyText, ({ status }, text) => {
        const read = parseExtStatus(renderExtStatus(status));
        const { outcome } = { outcome: undefined, ...status };
        if (outcome !== undefined && outcome !== "succeeded") expect(read.outcome).toBe(outcome);
        if (outcome === undefined || outcome === "succeeded")
          expect(read.outcome ?? "succeeded").toBe("succeeded");
        const other = parseExtStatus(`${text}.`);
        expect(other.exitCode === undefined || other.outcome !== undefined).toBe(true);
      }),
      fuzzRuns(0.6),
    );
  });

  it("times: whole seconds come back, nothing else becomes a time without a zone", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), anyText, (seconds, text) => {
        const time = new Date(seconds * 1000);
        expect(parseJobTime(renderJobTime(time))).toEqual(time);
        expect(parseJobTime(text)).toBeUndefined();
      }),
      fuzzRuns(),
    );
  });

  it("a description and its submit key come back", () => {
    fc.assert(
      fc.property(anyText, fc.option(anyText, { nil: undefined }), (description, key) => {
        const read = parseKeyedDescription(renderKeyedDescription(description, key));
        if (key === undefined) return;
        expect(read.submitKey).toBe(toWellFormed(key));
        expect(read.description ?? "").toBe(description.trim());
      }),
      fuzzRuns(),
    );
  });
});

async function orWireError<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    expect(error).toBeInstanceOf(WireFormatError);
    return undefined;
  }
}

/** Only the scheduler's own word ends a job, and only `Done` ends it well. */
function expectHonest(status: JobStatus): void {
  const said = parseStatusWord(status.raw);
  if (status.phase === "finished") expect(said).toBe(status.outcome === "succeeded" ? "Done" : "Exit");
  else expect(["Done", "Exit"]).not.toContain(said);
}
