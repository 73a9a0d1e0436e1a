import type { Job, JobId } from "../../model/index.js";
import { isJsonObject, type JsonObject, parseJsonObject, textOf } from "../json-object.js";
import { parseMantidDate, renderMantidDate } from "./mantid-date.js";
import { parseDetailedStatus, parseJobDetails, renderJobDetails } from "./mantid-job-details.js";
import { parseMantidStatus, renderMantidStatus } from "./mantid-status.js";

/** A job with what this interface tells of it besides. Both are empty where nobody knows. */
export interface MantidJob {
  readonly job: Job;
  readonly transactionId: string;
  readonly scriptName: string;
}

/** Answer to `query`: an object with one member for each job, named by its id. */
export function renderMantidJobs(jobs: readonly MantidJob[]): string {
  const members = jobs.map(({ job, transactionId, scriptName }): [JobId, JsonObject] => [
    job.id,
    {
      TransID: transactionId,
      JobName: job.name,
      ScriptName: scriptName,
      JobStatus: renderMantidStatus(job.status),
      SubmitDate: renderMantidDate(job.submittedAt),
      StartDate: renderMantidDate(job.startedAt),
      CompletionDate: renderMantidDate(job.endedAt),
      Scarf_Tomo: renderJobDetails(job),
    },
  ]);
  return JSON.stringify(Object.fromEntries(members));
}

export interface ReadMantidJobsOptions {
  /** When the answer came. */
  readonly observedAt: Date;
  /** What our gateway writes is believed; elsewhere it is not looked at. */
  readonly extended: boolean;
  readonly owner: string;
}

/** A member that is no job spoils none of the others: it is a job of which nothing is known. @throws {WireFormatError} */
export function parseMantidJobs(text: string, options: ReadMantidJobsOptions): readonly MantidJob[] {
  return Object.entries(parseJsonObject(text)).map(([id, member]) => parseJob(id, member, options));
}

function parseJob(
  id: JobId,
  member: unknown,
  { observedAt, extended, owner }: ReadMantidJobsOptions,
): MantidJob {
  const fields = isJsonObject(member) ? member : {};
  const details = extended ? fields["Scarf_Tomo"] : undefined;
  const [submittedAt, startedAt, endedAt] = ["SubmitDate", "StartDate", "CompletionDate"].map((name) =>
    parseMantidDate(textOf(fields[name])),
  );
  const evidence = { source: "Mantid web service", observedAt };
  return {
    transactionId: textOf(fields["TransID"]) ?? "",
    scriptName: textOf(fields["ScriptName"]) ?? "",
    job: {
      id,
      name: textOf(fields["JobName"]) ?? "",
      owner,
      status:
        parseDetailedStatus(details, observedAt) ??
        parseMantidStatus(textOf(fields["JobStatus"]) ?? "", evidence),
      ...(submittedAt !== undefined && { submittedAt }),
      ...(startedAt !== undefined && { startedAt }),
      ...(endedAt !== undefined && { endedAt }),
      ...parseJobDetails(details),
    },
  };
}
