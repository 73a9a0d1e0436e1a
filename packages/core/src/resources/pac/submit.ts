import {
  isScarfError,
  NotSupportedError,
  type ScarfError,
  SchedulerError,
  SpecError,
} from "../../errors/index.js";
import type { JobId, JobSpec, TransferProgress } from "../../model/index.js";
import { saysSessionEnded, withBodyDigest } from "../../wire/index.js";
import { sleep } from "../../transports/abort.js";
import type { CallOptions } from "../compute-resource.js";
import { mayHaveArrived, wasDamaged } from "../may-have-arrived.js";
import type { PacJobs } from "./pac-jobs.js";
import type { PacService } from "./pac-service.js";
import type { PacWire } from "./pac-wire.js";
import { oneLine, sentence } from "../session-errors.js";
import { applicationUnknown, jobRefusal, saysNoSuchApplication } from "./refusals.js";
import { submitBody } from "./submit-body.js";
import { planSubmit, type SubmitPlan } from "./submit-plan.js";

export interface SubmitSetup {
  readonly wire: PacWire;
  readonly jobs: PacJobs;
  readonly lookUpPausesSeconds: readonly number[];
}

export type SubmitOptions = CallOptions & {
  readonly submitKey: string;
  readonly onProgress?: (progress: TransferProgress) => void;
};

const doing = "submit the job";

/**
 * Submits so that one key makes one job. Our gateway knows the key: a lost answer is asked for again. A real server does not: there the key
 * is in the job's description, and after a lost answer the job is looked for; what can't be found is told as ambiguous, never sent twice.
 */
export async function submitOnce(setup: SubmitSetup, spec: JobSpec, options: SubmitOptions): Promise<JobId> {
  const { wire } = setup;
  const { service } = wire;
  const plan = planSubmit(spec, { gateway: service.isGateway, submitKey: options.submitKey });
  refuseProblems(plan);
  if (plan.keyTravels) {
    // This program, or one before it, may have sent it already and not have lived to read the answer.
    const earlier = await setup.jobs.findByKey(options.submitKey, options);
    if (earlier !== undefined) return earlier;
  }
  try {
    return await sendSubmit(wire, plan, options);
  } catch (error) {
    if (!isScarfError(error) || !(mayHaveArrived(error) || wasDamaged(error))) throw error;
    if (service.isGateway) return askAgain(setup, plan, options, error);
    return findOrConfess(setup, plan, options, error);
  }
}

/** @throws {SpecError} `SPEC_INVALID` naming every field that can't be sent. */
export function refuseProblems(plan: SubmitPlan): void {
  const refused = plan.problems.filter(({ severity }) => severity === "refused");
  const [first] = refused;
  if (first === undefined) return;
  const list = refused.map(({ field, message }) => `${field}: ${message}`).join("; ");
  const details = {
    hint: "Change these fields and submit again. No job was created.",
    context: { fields: refused.map(({ field }) => field) },
  };
  if (refused.every(({ field, message }) => field === "beginAt" && message !== "is no time")) {
    throw new NotSupportedError(
      "NOT_SUPPORTED",
      `This service can't do what the job asks for: ${list}.`,
      details,
    );
  }
  throw new SpecError("SPEC_INVALID", `The job can't be submitted: ${list}.`, details);
}

async function sendSubmit(wire: PacWire, plan: SubmitPlan, options: SubmitOptions): Promise<JobId> {
  const body = submitBody(countProgress(plan, options.onProgress));
  const sent = wire.service.isGateway ? withBodyDigest(body) : body;
  const answer = await wire.submit(sent, options.submitKey, options);
  if ("jobId" in answer) return answer.jobId;
  throw submitRefusal(wire.service, plan, answer.errorMessage);
}

function submitRefusal(service: PacService, plan: SubmitPlan, said: string): ScarfError {
  if (saysSessionEnded(said)) return jobRefusal(service.who, said, doing);
  const { resourceId, userName } = service.who;
  if (saysNoSuchApplication(said)) return applicationUnknown(service.who, plan.application, said);
  const details = {
    hint: "Change the job as the message says and submit again. No job was created.",
    context: { resource: resourceId, user: userName, application: plan.application, said: oneLine(said) },
  };
  return new SpecError("SPEC_REJECTED", `${resourceId} refused the job: ${sentence(said)}`, details);
}

/** The gateway gives the first job's id for the same key, however often it is asked. */
async function askAgain(
  { wire, lookUpPausesSeconds }: SubmitSetup,
  plan: SubmitPlan,
  options: SubmitOptions,
  first: ScarfError,
): Promise<JobId> {
  for (const seconds of lookUpPausesSeconds) {
    await sleep(seconds, options.signal);
    try {
      return await sendSubmit(wire, plan, options);
    } catch (error) {
      // Not even a refusal of the second request would say what became of the first, except where it was read and refused.
      if (!isScarfError(error)) throw error;
      if (error.code !== "CONNECTION_FAILED" && !mayHaveArrived(error) && !wasDamaged(error)) throw error;
    }
  }
  throw first;
}

async function findOrConfess(
  { wire, jobs, lookUpPausesSeconds }: SubmitSetup,
  plan: SubmitPlan,
  options: SubmitOptions,
  cause: ScarfError,
): Promise<JobId> {
  if (plan.keyTravels) {
    for (const seconds of lookUpPausesSeconds) {
      await sleep(seconds, options.signal);
      const found = await jobs.findByKey(options.submitKey, options).catch((error: unknown) => {
        if (isScarfError(error) && error.code !== "ABORTED") return undefined;
        throw error;
      });
      if (found !== undefined) return found;
    }
  }
  const { resourceId, userName } = wire.service.who;
  throw new SchedulerError(
    "SUBMIT_AMBIGUOUS",
    `The answer to the submit was lost: nobody can say whether ${resourceId} has made the job. It was not sent again.`,
    {
      hint: `Look whether it is there (scarf jobs --resource ${resourceId}). Submit it again only if it is not.`,
      context: {
        resource: resourceId,
        user: userName,
        application: plan.application,
        submitKey: options.submitKey,
      },
      cause,
    },
  );
}

/** Reports bytes of attachments as they leave. */
function countProgress(plan: SubmitPlan, onProgress: SubmitOptions["onProgress"]): SubmitPlan {
  if (onProgress === undefined || plan.attachments.length === 0) return plan;
  const bytesTotal = plan.attachments.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  let bytesDone = 0;
  return {
    ...plan,
    attachments: plan.attachments.map(({ name, source }, index) => ({
      name,
      source: {
        sizeBytes: source.sizeBytes,
        async *read(offset = 0) {
          if (index === 0) bytesDone = 0;
          for await (const chunk of source.read(offset)) {
            yield chunk;
            bytesDone += chunk.byteLength;
            onProgress({ bytesDone, bytesTotal });
          }
        },
      },
    })),
  };
}
