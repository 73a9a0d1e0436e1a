import type { Job } from "../../model/index.js";
import { escapeXml, maskNote, xmlDeclaration, xmlElement } from "../xml/xml-text.js";
import { renderExtStatus } from "./ext-status.js";
import { renderJobTime } from "./job-times.js";
import { runTimeSeconds } from "./run-time.js";
import { renderStatusWord } from "./status-word.js";
import { renderKeyedDescription } from "./submit-key-text.js";

/** One job as the clients read it: children in alphabetical order, `id`, `name` and `extStatus` never empty, `note` masked. */
export function renderJob(job: Job, { details }: { readonly details: boolean }): string {
  const fields = details ? { ...shortFields(job), ...longFields(job) } : shortFields(job);
  const children = Object.keys(fields)
    .sort()
    .map((name) => `<${name}>${maskNote(escapeXml(fields[name] ?? "-"))}</${name}>`);
  return `<Job>${children.join("")}</Job>`;
}

/** A whole list, in pieces to be sent as they come. An empty one has a `note` instead. */
export function* renderJobs(
  jobs: Iterable<Job>,
  options: { readonly details: boolean },
): Generator<string, void, undefined> {
  let any = false;
  for (const job of jobs) {
    yield (any ? "" : `${xmlDeclaration}<Jobs>`) + renderJob(job, options);
    any = true;
  }
  yield any ? "</Jobs>" : renderJobsNote("No matching job found");
}

/** The answer when nothing was found. */
export function renderJobsNote(message: string): string {
  return `${xmlDeclaration}<Jobs>${xmlElement("note", message)}</Jobs>`;
}

/** The answer, in HTTP status 200, when the list can't be given. */
export function renderJobsError(message: string): string {
  return `${xmlDeclaration}<Jobs><errMsg>${maskNote(escapeXml(message))}</errMsg></Jobs>`;
}

type Fields = Readonly<Record<string, string | undefined>>;

function shortFields(job: Job): Fields {
  return {
    cmd: job.command ?? "-",
    extStatus: renderExtStatus(job.status),
    id: job.id,
    name: job.name === "" ? "-" : job.name,
    status: renderStatusWord(job.status),
  };
}

function longFields(job: Job): Fields {
  const { status } = job;
  const exitCode = status.phase === "finished" ? status.exitCode : undefined;
  const waits = status.phase === "queued" || status.phase === "held";
  const description = renderKeyedDescription(job.description, job.submitKey);
  return {
    app: "-",
    appType: job.application ?? "-",
    cwd: job.workingDirectory ?? "-",
    description: description === "" ? "-" : description,
    endTime: renderJobTime(job.endedAt),
    exHosts: (job.executionHosts ?? []).join(":") || "-",
    execCwd: job.workingDirectory ?? "-",
    exitCode: exitCode === undefined ? "-" : String(exitCode),
    errfile: job.errorPath ?? "-",
    graphicJob: "no",
    groupName: job.group ?? "-",
    infile: "-",
    // Any other text makes clients print two more fields.
    jobForwarding: "None",
    outfile: job.outputPath ?? "-",
    pendReason: (waits ? status.reason : undefined) ?? "-",
    projectName: job.account ?? "-",
    queue: job.queue ?? "-",
    runTime: String(runTimeSeconds(job) ?? "-"),
    startTime: renderJobTime(job.startedAt),
    submitTime: renderJobTime(job.submittedAt),
    user: job.owner ?? "-",
  };
}
