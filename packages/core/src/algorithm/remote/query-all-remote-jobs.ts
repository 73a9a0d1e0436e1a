import { defineAlgorithm } from "../define-algorithm.js";
import { readJobRecord } from "./job-record.js";
import { findRemoteCaller } from "./remote-caller.js";
import { computeResource, listOutput, remoteVersion, userName } from "./remote-properties.js";

const declaration = {
  name: "QueryAllRemoteJobs",
  ...remoteVersion,
  documentation:
    "Lists your jobs, newest first, those of no transaction included. Index i of every list belongs to the same job; what is not known is empty.",
  properties: [
    computeResource,
    listOutput("JobID", "Ids of the jobs."),
    listOutput("JobStatusString", "Status words: Pending, Running, Suspended, Done, Exit, or Unknown."),
    listOutput("JobName", "Names of the jobs."),
    listOutput("ScriptName", "Scripts or programs, as they were given to SubmitRemoteJob."),
    listOutput("TransID", "Transactions that the jobs belong to."),
    listOutput("SubmitDate", "When they were submitted, ISO 8601."),
    listOutput("StartDate", "When they started, ISO 8601."),
    listOutput("CompletionDate", "When they ended, ISO 8601."),
    listOutput("CommandLine", "Command lines, as the cluster shows them."),
    userName,
  ],
} as const;

/** Mantid's algorithm of this name. @throws {ValueError} `NOT_LOGGED_IN`. */
export const QueryAllRemoteJobs = defineAlgorithm(declaration, async (inputs, context) => {
  const { session, owner, transactions, call } = await findRemoteCaller(declaration.name, inputs, context);
  const jobs = await session.list({}, call);
  const ours = await transactions.jobsOf(owner);
  const records = jobs.map((job) => readJobRecord(job, ours.get(job.id)));
  context.notice(`${session.userName} has ${jobs.length} jobs at ${session.resource.id}.`);
  return {
    JobID: jobs.map(({ id }) => id),
    JobStatusString: records.map(({ statusWord }) => statusWord),
    JobName: records.map(({ jobName }) => jobName),
    ScriptName: records.map(({ scriptName }) => scriptName),
    TransID: records.map(({ transactionId }) => transactionId),
    SubmitDate: records.map(({ submitDate }) => submitDate),
    StartDate: records.map(({ startDate }) => startDate),
    CompletionDate: records.map(({ completionDate }) => completionDate),
    CommandLine: records.map(({ commandLine }) => commandLine),
  };
});
