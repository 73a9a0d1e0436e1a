import { NotSupportedError, SchedulerError, SpecError } from "../errors/index.js";
import type { SlurmSpecProblem } from "../schedulers/slurm/index.js";
import { sentence, type Who } from "./session-errors.js";

export function jobNotFound({ resourceId, userName }: Who, jobId: string): SchedulerError {
  return new SchedulerError("JOB_NOT_FOUND", `${resourceId} has no job ${jobId} of ${userName}.`, {
    hint: "List your jobs to see their ids: scarf jobs. Jobs that ended long ago are no longer listed.",
    context: { resource: resourceId, user: userName, jobId },
  });
}

export function operationRefused({ resourceId }: Who, jobId: string, said: string): SchedulerError {
  return new SchedulerError(
    "OPERATION_REFUSED",
    `${resourceId} did not do it to job ${jobId}: ${sentence(said)}`,
    { hint: `Look at the job: scarf job ${jobId}.`, context: { resource: resourceId, jobId, said } },
  );
}

export function specRejected({ resourceId }: Who, said: string): SpecError {
  return new SpecError("SPEC_REJECTED", `${resourceId} refused the job: ${sentence(said)}`, {
    hint: "Change the job as the message says and submit again. No job was created.",
    context: { resource: resourceId, said },
  });
}

/** @throws {SpecError} @throws {NotSupportedError} the first problem that refuses the job. */
export function refuseProblems(problems: readonly SlurmSpecProblem[]): void {
  const refused = problems.filter(({ severity }) => severity === "refused");
  const [first] = refused;
  if (first === undefined) return;
  const message = `The job can't be submitted: ${refused.map(({ field, message: why }) => `${field}: ${why}`).join("; ")}.`;
  const details = {
    hint: "Change what is named and submit again. No job was created.",
    context: { problems: refused.map(({ field }) => field) },
  };
  if (first.code === "NOT_SUPPORTED") throw new NotSupportedError("NOT_SUPPORTED", message, details);
  throw new SpecError(first.code ?? "SPEC_INVALID", message, details);
}

export function ambiguous({ resourceId, userName }: Who, submitKey: string, cause?: unknown): SchedulerError {
  return new SchedulerError(
    "SUBMIT_AMBIGUOUS",
    `The answer to the submit was lost, and no job with its key is found: nobody can say whether ${resourceId} will still make it. It was not sent again.`,
    {
      hint: `Look whether it has come (scarf jobs --resource ${resourceId}). Submit it again, with a new key, only if it has not.`,
      context: { resource: resourceId, user: userName, submitKey },
      ...(cause !== undefined && { cause }),
    },
  );
}
