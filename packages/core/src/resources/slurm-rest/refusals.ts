import { NotSupportedError, SchedulerError, SpecError } from "../../errors/index.js";
import { sentence, type Who } from "../session-errors.js";

export function jobNotFound({ resourceId, userName }: Who, jobId: string): SchedulerError {
  return new SchedulerError("JOB_NOT_FOUND", `${resourceId} has no job ${jobId} of ${userName}.`, {
    hint: "List your jobs to see their ids: scarf jobs. Jobs that ended long ago are no longer listed.",
    context: { resource: resourceId, user: userName, jobId },
  });
}

/** @param what - as in "can't …" */
export function notSupported({ resourceId }: Who, what: string, hint: string): NotSupportedError {
  return new NotSupportedError("NOT_SUPPORTED", `Slurm's REST interface on ${resourceId} can't ${what}.`, {
    hint,
    context: { resource: resourceId },
  });
}

/** @param what - as in "can't …" */
export function noFiles(who: Who, what: string): NotSupportedError {
  return notSupported(
    who,
    what,
    "Name a folder that this machine shares with the cluster's nodes as sharedFolder in the resource's definition.",
  );
}

export function operationRefused({ resourceId }: Who, jobId: string, said: string): SchedulerError {
  return new SchedulerError(
    "OPERATION_REFUSED",
    `${resourceId} did not do it to job ${jobId}: ${sentence(said)}`,
    {
      hint: `Look at the job: scarf job ${jobId}.`,
      context: { resource: resourceId, jobId, said },
    },
  );
}

export function specRejected({ resourceId }: Who, said: string): SpecError {
  return new SpecError("SPEC_REJECTED", `${resourceId} refused the job: ${sentence(said)}`, {
    hint: "Change the job as the message says and submit again. No job was created.",
    context: { resource: resourceId, said },
  });
}

/** @param context - `mayHaveArrived: true` = a request that changes something may have been carried out */
export function unavailable(
  { resourceId, userName }: Who,
  said: string,
  context: Readonly<Record<string, unknown>> = {},
): SchedulerError {
  return new SchedulerError(
    "SCHEDULER_UNAVAILABLE",
    `${resourceId} can't answer at the moment: ${sentence(said)}`,
    {
      hint: "Your jobs are not affected. Try again in a few minutes.",
      context: { resource: resourceId, user: userName, said, ...context },
    },
  );
}
