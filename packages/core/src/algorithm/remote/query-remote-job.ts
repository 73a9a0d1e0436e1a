import { defineAlgorithm } from "../define-algorithm.js";
import { readJobRecord } from "./job-record.js";
import { findRemoteCaller } from "./remote-caller.js";
import { computeResource, jobId, remoteVersion, textOutput, userName } from "./remote-properties.js";

const declaration = {
  name: "QueryRemoteJob",
  ...remoteVersion,
  documentation: "Tells what is known of one job. What is not known is empty.",
  properties: [
    computeResource,
    jobId,
    textOutput("JobName", "Name of the job."),
    textOutput("ScriptName", "Script or program, as it was given to SubmitRemoteJob."),
    textOutput("JobStatusString", "Status word: Pending, Running, Suspended, Done, Exit, or Unknown."),
    textOutput("TransID", "Transaction that the job belongs to; empty for a job of none that is open."),
    textOutput("SubmitDate", "When it was submitted, ISO 8601."),
    textOutput("StartDate", "When it started, ISO 8601."),
    textOutput("CompletionDate", "When it ended, ISO 8601."),
    textOutput("CommandLine", "Command line, as the cluster shows it."),
    userName,
  ],
} as const;

/** Mantid's algorithm of this name. @throws {ValueError} `NOT_LOGGED_IN`. @throws {SchedulerError} `JOB_NOT_FOUND`. */
export const QueryRemoteJob = defineAlgorithm(declaration, async (inputs, context) => {
  const { session, owner, transactions, call } = await findRemoteCaller(declaration.name, inputs, context);
  const job = await session.job(inputs.JobID, call);
  const record = readJobRecord(job, (await transactions.jobsOf(owner)).get(job.id));
  return {
    JobName: record.jobName,
    ScriptName: record.scriptName,
    JobStatusString: record.statusWord,
    TransID: record.transactionId,
    SubmitDate: record.submitDate,
    StartDate: record.startDate,
    CompletionDate: record.completionDate,
    CommandLine: record.commandLine,
  };
});
