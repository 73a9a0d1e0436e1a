import type { Job } from "../../model/index.js";
import type { TransactionJob } from "../transactions/index.js";
import { renderStatusWord } from "../../wire/jobs/status-word.js";

/** What the remote algorithms tell of a job; empty where nobody knows. */
export interface JobRecord {
  readonly jobName: string;
  readonly scriptName: string;
  readonly statusWord: string;
  readonly transactionId: string;
  readonly submitDate: string;
  readonly startDate: string;
  readonly completionDate: string;
  readonly commandLine: string;
}

/** What is known of the job from the transaction it was submitted in. */
type OurJob = TransactionJob & { readonly id: string };

export function readJobRecord(job: Job, ours: OurJob | undefined): JobRecord {
  return {
    jobName: job.name,
    scriptName: ours?.scriptName ?? "",
    statusWord: renderStatusWord(job.status),
    transactionId: ours?.id ?? "",
    submitDate: renderDate(job.submittedAt),
    startDate: renderDate(job.startedAt),
    completionDate: renderDate(job.endedAt),
    commandLine: job.command ?? "",
  };
}

function renderDate(date: Date | undefined): string {
  return date === undefined || Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
