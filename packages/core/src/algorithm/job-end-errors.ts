import { SchedulerError } from "../errors/index.js";
import type { FinishedStatus, JobId, JobStatus } from "../model/index.js";

/** Nobody can tell how the job ended. That is no success. */
export function lostJob(
  jobId: JobId,
  resourceId: string,
  result: { readonly status?: JobStatus },
): SchedulerError {
  const why = result.status?.phase === "unknown" ? ` (${result.status.why})` : "";
  return new SchedulerError(
    "JOB_NOT_SUCCEEDED",
    `${resourceId} can no longer tell how job ${jobId} ended${why}`,
    {
      hint: "Look at the job's files: what it had written by then is there.",
      context: { jobId },
    },
  );
}

/** The job ended, and not well: how, why, and what it said last. */
export function unsuccessfulJob(
  jobId: JobId,
  resourceId: string,
  status: FinishedStatus,
  /** What it printed last, errors after ordinary output. */
  lastLines: readonly string[],
): SchedulerError {
  const code = status.exitCode === undefined ? status.signal : `exit code ${status.exitCode}`;
  const why = status.reason?.trim().replace(/\.$/, "") ?? code;
  const how = why === undefined ? "" : `: ${why}`;
  const lastLine = lastLines.findLast((line) => line.trim() !== "");
  const said = lastLine === undefined ? "" : `. It last said: ${lastLine.trim()}`;
  return new SchedulerError("JOB_NOT_SUCCEEDED", `Job ${jobId} ended as ${status.outcome}${how}${said}`, {
    hint: `Read what it printed: scarf logs ${jobId} --resource ${resourceId}`,
    context: { jobId, outcome: status.outcome, lastLines },
  });
}
