import type { Job, JobStatus } from "../../model/index.js";
import { renderExtStatus } from "../jobs/ext-status.js";
import { runTimeSeconds } from "../jobs/run-time.js";
import { renderStatusWord } from "../jobs/status-word.js";
import { renderKeyedDescription } from "../jobs/submit-key-text.js";
import { escapeXml, xmlDeclaration } from "../xml/xml-text.js";
import { renderWsJson, renderWsXml, type WsElement } from "./ws-document.js";
import type { WsFormat } from "./ws-format.js";
import { renderWsTime } from "./ws-time.js";

export interface RenderWsJobsOptions {
  /** `basic`: elements `pseudoJob`. `full`: elements `job` with all that is known. */
  readonly detail: "basic" | "full";
  readonly format: WsFormat;
  /** Address of this list, for the link in it. */
  readonly self: string;
  /** The jobs are a page of a longer list. Absent = they are all. */
  readonly page?: WsPage;
}

/** Part of a list, as our gateway gives it when asked with `startIndex` and `count`. */
export interface WsPage {
  /** How many jobs the whole list has. */
  readonly total: number;
  /** Of the first job of the page, from 0. */
  readonly startIndex: number;
}

/** A whole list, in pieces to be sent as they come. In JSON one job is an object, several are a list. */
export function* renderWsJobs(
  jobs: readonly Job[],
  { detail, format, self, page }: RenderWsJobsOptions,
): Generator<string, void, undefined> {
  const name = detail === "full" ? "job" : "pseudoJob";
  const fields = detail === "full" ? fullFields : basicFields;
  const total = page?.total ?? jobs.length;
  if (format === "xml") {
    const startIndex = page === undefined ? "" : ` startIndex="${page.startIndex}"`;
    yield (
      `${xmlDeclaration}<jobs xmlns:atom="http://www.w3.org/2005/Atom" total="${total}"${startIndex}>` +
        `<atom:link rel="self" href="${escapeXml(self)}"/>`
    );
    for (const job of jobs) yield renderWsXml(name, present(fields(job)));
    yield "</jobs>";
    return;
  }
  yield `{"@total":"${total}"${page === undefined ? "" : `,"@startIndex":"${page.startIndex}"`}`;
  for (const [index, job] of jobs.entries()) {
    const before = index > 0 ? "," : `,"${name}":${jobs.length > 1 ? "[" : ""}`;
    yield before + renderWsJson(present(fields(job)));
  }
  yield jobs.length > 1 ? "]}" : "}";
}

/** `PENDING RUNNING SUSPENDED DONE EXIT`, and `UNKNOWN` for a job nobody knows the state of. */
export function renderWsStatus(status: JobStatus): string {
  return renderStatusWord(status).toUpperCase();
}

type Fields = Readonly<Record<string, string | number | undefined>>;

/** What is not known is left out: BatchEuphoria and Bridge take a missing element for nothing, but a `-` for a number. */
function present(fields: Fields): WsElement {
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== "") known[name] = String(value);
  }
  return known;
}

function basicFields({ id, name, status, queue, owner }: Job): Fields {
  const extStatus = renderExtStatus(status);
  return {
    ...(extStatus !== "-" && { extStatus }),
    jobId: id,
    jobName: name === "" ? "-" : name,
    jobStatus: renderWsStatus(status),
    queue,
    user: owner,
  };
}

function fullFields(job: Job): Fields {
  const { status } = job;
  const waits = status.phase === "queued" || status.phase === "held";
  const submitted = renderWsTime(job.submittedAt);
  return {
    ...basicFields(job),
    application: job.application,
    command: job.command,
    cwd: job.workingDirectory,
    description: renderKeyedDescription(job.description, job.submitKey),
    endTime: renderWsTime(job.endedAt),
    errfile: job.errorPath,
    exHosts: job.executionHosts?.join(":"),
    execCwd: job.workingDirectory,
    exitStatus: status.phase === "finished" ? status.exitCode : undefined,
    jobGroup: job.group,
    // BatchEuphoria reads this spelling, IBM's pages list the other.
    outFile: job.outputPath,
    outfile: job.outputPath,
    pendReason: waits ? status.reason : undefined,
    projectName: job.account,
    runTime: runTimeSeconds(job),
    startTime: renderWsTime(job.startedAt),
    submitTime: submitted,
    submitTimeGMT: submitted,
  };
}
