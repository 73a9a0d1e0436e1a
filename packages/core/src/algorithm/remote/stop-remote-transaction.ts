import { isScarfError, type ScarfError, SchedulerError } from "../../errors/index.js";
import type { JobId } from "../../model/index.js";
import type { CallOptions, Session } from "../../resources/compute-resource.js";
import { defineAlgorithm } from "../define-algorithm.js";
import { findTransaction } from "./remote-caller.js";
import { computeResource, remoteVersion, transactionId, userName } from "./remote-properties.js";

const declaration = {
  name: "StopRemoteTransaction",
  ...remoteVersion,
  documentation:
    "Cancels the jobs of a transaction that have not ended yet, and forgets the transaction. Files on the cluster stay.",
  properties: [computeResource, transactionId, userName],
} as const;

/**
 * Mantid's algorithm of this name. @throws {ValueError} `NOT_LOGGED_IN`; `PROPERTY_INVALID`: unknown transaction.
 * If a job can't be cancelled, throws `OPERATION_REFUSED`, and the transaction stays, to be stopped again.
 */
export const StopRemoteTransaction = defineAlgorithm(declaration, async (inputs, context) => {
  const { session, transactions, transaction, call } = await findTransaction(
    declaration.name,
    inputs,
    context,
  );
  const known = transaction.jobs.map(({ jobId }) => jobId);
  const first = await cancelUnended(session, known, call);
  if (first.failures.length > 0)
    throw notCancelled(first.failures, `${inputs.TransactionID} was not stopped.`);
  const last = await transactions.take(transaction);
  // Submitted by another call since.
  const late = last.jobs.map(({ jobId }) => jobId).filter((jobId) => !known.includes(jobId));
  const second = await cancelUnended(session, late, call);
  if (second.failures.length > 0) throw notCancelled(second.failures, `Cancel them with AbortRemoteJob.`);
  const cancelled = [...first.cancelled, ...second.cancelled];
  context.notice(
    `Transaction ${inputs.TransactionID} is stopped${cancelled.length === 0 ? "" : `; being cancelled: ${cancelled.join(", ")}`}.`,
  );
  return {};
});

interface Cancellation {
  readonly cancelled: readonly JobId[];
  readonly failures: readonly { readonly jobId: JobId; readonly error: ScarfError }[];
}

/** Mantid's LSF manager killed finished jobs too, and stopped at the first that could not be. */
async function cancelUnended(
  session: Session,
  jobIds: readonly JobId[],
  call: CallOptions,
): Promise<Cancellation> {
  const cancelled: JobId[] = [];
  const failures: Cancellation["failures"][number][] = [];
  if (jobIds.length === 0) return { cancelled, failures };
  const states = await session.status(jobIds, call);
  for (const jobId of jobIds) {
    if (states.get(jobId)?.phase === "finished") continue;
    try {
      // Not listed is no proof of an end: a list may be late.
      if ((await session.cancel(jobId, call)) === "requested") cancelled.push(jobId);
    } catch (error) {
      if (!isScarfError(error) || error.code === "ABORTED" || error.code === "SESSION_EXPIRED") throw error;
      if (error.code !== "JOB_NOT_FOUND") failures.push({ jobId, error });
    }
  }
  return { cancelled, failures };
}

function notCancelled(failures: Cancellation["failures"], consequence: string): SchedulerError {
  const list = failures
    .map(({ jobId, error }) => `${jobId} (${error.message.replace(/\.$/, "")})`)
    .join(", ");
  return new SchedulerError(
    "OPERATION_REFUSED",
    `${failures.length === 1 ? "This job" : "These jobs"} could not be cancelled: ${list}. ${consequence}`,
    {
      hint: "Try again, or look at the jobs with QueryRemoteJob.",
      context: { jobIds: failures.map(({ jobId }) => jobId), codes: failures.map(({ error }) => error.code) },
      cause: failures[0]?.error,
    },
  );
}
