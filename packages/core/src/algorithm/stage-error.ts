import type { ScarfError } from "../errors/index.js";
import { typedError } from "../errors/typed-error.js";
import type { JobId } from "../model/index.js";
import { quoteWord } from "../wire/shell-words.js";
import type { ReconstructionStage, StageTime } from "./reconstruction-report.js";

export interface FailedStage {
  readonly stage: ReconstructionStage;
  /** Stages that were done. */
  readonly stages: readonly StageTime[];
  readonly jobId: JobId | undefined;
  readonly resourceId: string;
  /** Absent where commands need no user. */
  readonly userName?: string;
  /** Where the results are to go. */
  readonly directory: string;
}

/** The same error, saying also where on the way it happened, what goes on at the cluster and how to take it up. */
export function stageError(error: ScarfError, failed: FailedStage): ScarfError {
  const { stage, jobId, resourceId, stages } = failed;
  const reason = error.message.replace(/\.$/, "");
  const hint = [error.hint, takeUp(error, failed)].filter((text) => text !== undefined).join(" ");
  return typedError(error.code, `${doing[stage]}: ${reason}. ${goesOn(error, failed)}`, {
    hint,
    context: { ...error.context, stage, stages, resource: resourceId, ...(jobId !== undefined && { jobId }) },
    cause: error,
  });
}

const mayHaveSubmitted = new Set<string>([
  "SUBMIT_AMBIGUOUS",
  "CONNECTION_LOST",
  "RESPONSE_TIMEOUT",
  "ABORTED",
]);

const doing: Readonly<Record<ReconstructionStage, string>> = {
  upload: "While sending the scan",
  submit: "While submitting the job",
  queue: "While waiting for the job to start",
  run: "While the job was running",
  download: "While fetching the results",
};

function goesOn(error: ScarfError, { stage, jobId, resourceId }: FailedStage): string {
  if (stage === "upload") return "No job was submitted.";
  if (stage === "submit")
    return mayHaveSubmitted.has(error.code)
      ? "A job may have been created: look at the list of jobs before submitting again."
      : "No job was submitted.";
  if (error.code === "JOB_NOT_SUCCEEDED") return `The job's files are still at ${resourceId}.`;
  if (stage === "download") return `Job ${jobId} has succeeded; its files are still at ${resourceId}.`;
  return `Job ${jobId} is not affected by that and goes on at ${resourceId}.`;
}

function takeUp(error: ScarfError, failed: FailedStage): string | undefined {
  const { stage, jobId, resourceId, userName, directory } = failed;
  if (jobId === undefined || error.code === "JOB_NOT_SUCCEEDED" || stage === "upload" || stage === "submit")
    return undefined;
  const user = userName === undefined ? "" : ` --user ${quoteWord(userName)}`;
  const where = `--resource ${quoteWord(resourceId)}${user}`;
  const fetch = `scarf download ${quoteWord(jobId)} -o ${quoteWord(directory)} --skip-existing ${where}`;
  return `Take it up with: ${stage === "download" ? "" : `scarf wait ${quoteWord(jobId)} ${where} && `}${fetch}`;
}
