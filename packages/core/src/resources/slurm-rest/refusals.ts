import { NotSupportedError, SchedulerError } from "../../errors/index.js";
import { sentence, type Who } from "../session-errors.js";

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
