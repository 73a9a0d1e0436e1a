import { ValueError } from "../../errors/index.js";
import type { JobId, JobSpec } from "../../model/index.js";
import { submitOnce } from "../../sessions/submit-once.js";
import { defineAlgorithm } from "../define-algorithm.js";
import { openNoted, type Transaction } from "../transactions/index.js";
import { reportAs } from "../report-as.js";
import { findTransaction, type RemoteCaller } from "./remote-caller.js";
import {
  anyText,
  computeResource,
  mandatory,
  remoteVersion,
  textOutput,
  transactionId,
  userName,
} from "./remote-properties.js";
import { renderScriptCommand } from "./script-command.js";

const declaration = {
  name: "SubmitRemoteJob",
  ...remoteVersion,
  documentation: "Submits a job that belongs to a transaction.",
  properties: [
    computeResource,
    {
      name: "NumNodes",
      direction: "input",
      type: "integer",
      default: 1,
      validator: { kind: "at-least", minimum: 1 },
      documentation: "Nodes that the job gets.",
    },
    {
      name: "CoresPerNode",
      direction: "input",
      type: "integer",
      default: 1,
      validator: { kind: "at-least", minimum: 1 },
      documentation: "Cores that it gets on each node.",
    },
    {
      name: "TaskName",
      direction: "input",
      type: "text",
      default: "",
      validator: anyText,
      documentation: "Name for the job. When left out, Mantid_job_1, _2 and so on.",
    },
    transactionId,
    {
      name: "ScriptName",
      direction: "input",
      type: "text",
      default: "",
      validator: mandatory,
      documentation:
        "Script or program to run: the name of a file uploaded to this transaction, or a path that the cluster sees. Python scripts (`.py`) are run by `python`.",
    },
    {
      name: "ScriptParams",
      direction: "input",
      type: "text",
      default: "",
      validator: mandatory,
      documentation: "Its parameters, as you would type them behind its name.",
    },
    textOutput("JobID", "Id of the job that was submitted."),
    userName,
  ],
} as const;

/**
 * Mantid's algorithm of this name. One call never makes two jobs.
 * @throws {ValueError} `NOT_LOGGED_IN`; `PROPERTY_INVALID`: unknown transaction, or it was stopped meanwhile (then there is no job
 * left); wrong inputs. @throws {FileError} an uploaded file is gone. Otherwise as `Session.submit`.
 */
export const SubmitRemoteJob = defineAlgorithm(declaration, async (inputs, context) => {
  const caller = await findTransaction(declaration.name, inputs, context);
  const { session, transactions, transaction, call, retry } = caller;
  const { given } = context;
  const resources = {
    ...(given.has("NumNodes") && { nodes: inputs.NumNodes }),
    // Slots of LSF, which Mantid asked for, are cores that a node gives to tasks.
    ...(given.has("CoresPerNode") && { tasksPerNode: inputs.CoresPerNode }),
  };
  const spec: JobSpec = {
    ...(await placeFiles(transaction)),
    name: inputs.TaskName.trim() || nextJobName(),
    task: {
      kind: "shell",
      commandLine: renderScriptCommand({
        scriptName: inputs.ScriptName,
        parameters: inputs.ScriptParams,
        isUploaded: transaction.files.has(inputs.ScriptName),
      }),
    },
    ...(Object.keys(resources).length > 0 && { resources }),
  };
  const { jobId } = await submitOnce(session, spec, {
    ...call,
    retry,
    ...reportAs(`files of ${transaction.id}`, context),
  });
  if (!(await transactions.addJob(transaction, { jobId, scriptName: inputs.ScriptName })))
    throw await stoppedMeanwhile(caller, transaction, jobId);
  context.notice(`Submitted job ${jobId} (${spec.name ?? ""}) to ${session.resource.id}.`);
  return { JobID: jobId };
});

/** The job runs where the transaction's files are, or they travel with it. */
async function placeFiles(
  transaction: Transaction,
): Promise<Pick<JobSpec, "workingDirectory" | "attachments">> {
  const { directory, files } = transaction;
  if (directory !== undefined) return { workingDirectory: directory };
  const waiting = [...files].flatMap(([name, file]) => (file === undefined ? [] : [{ name, file }]));
  if (waiting.length === 0) return {};
  return {
    attachments: await Promise.all(
      waiting.map(async ({ name, file }) => ({ name, source: await openNoted(name, file) })),
    ),
  };
}

/** A job of no transaction is nothing that anybody asked for. */
async function stoppedMeanwhile(
  { session, call }: RemoteCaller,
  { id }: Transaction,
  jobId: JobId,
): Promise<ValueError> {
  const isCancelled = await session.cancel(jobId, call).then(
    () => true,
    () => false,
  );
  return new ValueError(
    "PROPERTY_INVALID",
    `Transaction ${id} was stopped while job ${jobId} was being submitted; the job ${isCancelled ? "is being cancelled" : "could not be cancelled"}.`,
    {
      hint: isCancelled
        ? "Start another transaction to submit it again."
        : `Cancel it: AbortRemoteJob with JobID ${JSON.stringify(jobId)}.`,
      context: { transaction: id, jobId },
    },
  );
}

let jobNumber = 0;

/** Counts up within the process, as Mantid did. */
function nextJobName(): string {
  jobNumber += 1;
  return `Mantid_job_${jobNumber}`;
}
