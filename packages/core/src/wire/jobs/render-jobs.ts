import type { Job } from "../../model/index.js";
import { escapeXml, maskNote, xmlDeclaration, xmlElement } from "../xml/xml-text.js";
import { renderExtStatus } from "./ext-status.js";
import { renderJobTime } from "./job-times.js";
import { runTimeSeconds } from "./run-time.js";
import { renderStatusWord } from "./status-word.js";
import { renderKeyedDescription } from "./submit-key-text.js";

/** One job as the clients read it: children in alphabetical order, `id`, `name` and `extStatus` never empty, `note` masked. */
export function renderJob(job: Job, { details }: { readonly details: boolean }): string {
  return `<Job>${details ? renderAll(job) : renderShort(job)}</Job>`;
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

function renderShort(job: Job): string {
  return (
    child("cmd", job.command) +
    child("extStatus", renderExtStatus(job.status)) +
    child("id", job.id) +
    child("name", job.name) +
    child("status", renderStatusWord(job.status))
  );
}

// Written out one after the other: with an object of fields for each job a long list takes three times as long.
function renderAll(job: Job): string {
  const { status } = job;
  const exitCode = status.phase === "finished" ? status.exitCode : undefined;
  const waits = status.phase === "queued" || status.phase === "held";
  return (
    child("app", undefined) +
    child("appType", job.application) +
    child("cmd", job.command) +
    child("cwd", job.workingDirectory) +
    child("description", renderKeyedDescription(job.description, job.submitKey)) +
    child("endTime", renderJobTime(job.endedAt)) +
    child("errfile", job.errorPath) +
    child("exHosts", job.executionHosts?.join(":")) +
    child("execCwd", job.workingDirectory) +
    child("exitCode", exitCode?.toString()) +
    child("extStatus", renderExtStatus(status)) +
    child("graphicJob", "no") +
    child("groupName", job.group) +
    child("id", job.id) +
    child("infile", undefined) +
    // Any other text makes clients print two more fields.
    child("jobForwarding", "None") +
    child("name", job.name) +
    child("outfile", job.outputPath) +
    child("pendReason", waits ? status.reason : undefined) +
    child("projectName", job.account) +
    child("queue", job.queue) +
    child("runTime", runTimeSeconds(job)?.toString()) +
    child("startTime", renderJobTime(job.startedAt)) +
    child("status", renderStatusWord(status)) +
    child("submitTime", renderJobTime(job.submittedAt)) +
    child("user", job.owner)
  );
}

function child(name: string, value: string | undefined): string {
  return `<${name}>${value === undefined || value === "" ? "-" : maskNote(escapeXml(value))}</${name}>`;
}
