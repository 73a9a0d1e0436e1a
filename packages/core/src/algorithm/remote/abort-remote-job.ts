import { defineAlgorithm } from "../define-algorithm.js";
import { findRemoteCaller } from "./remote-caller.js";
import { computeResource, jobId, remoteVersion, userName } from "./remote-properties.js";

const declaration = {
  name: "AbortRemoteJob",
  ...remoteVersion,
  documentation: "Cancels a job. One that has ended already stays as it is.",
  properties: [computeResource, jobId, userName],
} as const;

/** Mantid's algorithm of this name. @throws {ValueError} `NOT_LOGGED_IN`. @throws {SchedulerError} `JOB_NOT_FOUND`. */
export const AbortRemoteJob = defineAlgorithm(declaration, async (inputs, context) => {
  const { session, call } = await findRemoteCaller(declaration.name, inputs, context);
  const answer = await session.cancel(inputs.JobID, call);
  context.notice(
    answer === "requested"
      ? `Job ${inputs.JobID} is being cancelled.`
      : `Job ${inputs.JobID} had ended already.`,
  );
  return {};
});
