import { isScarfError, type ScarfError, SchedulerError } from "../../errors/index.js";
import type { JobId, JobSpec, TransferProgress } from "../../model/index.js";
import { sleep } from "../../transports/abort.js";
import { RetryBudget, type RetryOptions } from "../../transports/retry.js";
import {
  mantidSubmitBody,
  type MantidSubmitAnswer,
  parseMantidSubmitAnswer,
  parseTransactionAnswer,
  withBodyDigest,
} from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { mayHaveArrived, wasDamaged } from "../may-have-arrived.js";
import type { MantidWebJobs } from "./mantid-web-jobs.js";
import type { MantidWebService } from "./mantid-web-service.js";
import { type MantidPlan, planSubmit, refuseProblems } from "./plan-submit.js";
import { specRejected } from "./refusals.js";
import { uploadToTransaction } from "./upload.js";

export interface SubmitSetup {
  readonly service: MantidWebService;
  readonly jobs: MantidWebJobs;
  readonly scripts: "python" | "shell";
  readonly requestVariables: Readonly<Record<string, string>>;
  readonly lookUpPausesSeconds: readonly number[];
  /** Of files that go along. */
  readonly retry: RetryOptions;
}

export type SubmitOptions = CallOptions & {
  readonly submitKey: string;
  readonly onProgress?: (progress: TransferProgress) => void;
};

const doing = "submit the job";

/** What would be sent for a spec to this service. */
export function planFor(setup: Omit<SubmitSetup, "jobs">, spec: JobSpec, submitKey: string): MantidPlan {
  const { service, scripts, requestVariables } = setup;
  const { submitVariables } = service.state;
  return planSubmit(spec, {
    gateway: service.isGateway,
    submitKey,
    submitVariables,
    requestVariables,
    scripts,
  });
}

/**
 * Submits so that one key makes one job. Each job gets a transaction of its own, which receives its files first. The script's
 * name is made of the key, and the service lists it: a job that was made already is found there before anything is sent, and after
 * a lost answer. What can't be found is told as ambiguous, never sent twice. Our gateway knows the key itself.
 */
export async function submitOnce(setup: SubmitSetup, spec: JobSpec, options: SubmitOptions): Promise<JobId> {
  const { service, jobs } = setup;
  const plan = planFor(setup, spec, options.submitKey);
  refuseProblems(plan);
  const earlier = await jobs.findByScript(plan.scriptName, options);
  if (earlier !== undefined) return earlier;
  const transactionId = await startTransaction(service, options);
  let isNeeded = false;
  try {
    await sendFiles(setup, transactionId, plan, options);
    isNeeded = true;
    const answer = await sendSubmit(setup, transactionId, plan, options);
    // An earlier submit with this key has made the job, in its own transaction.
    isNeeded = (answer.transactionId ?? transactionId) === transactionId;
    if (isNeeded) jobs.notePlace(answer.jobId, transactionId, plan);
    return answer.jobId;
  } catch (error) {
    // A stop would end the job that may be there, and the next try with this key would find that one.
    if (isScarfError(error) && !leavesItOpen.has(error.code) && !mayHaveArrived(error)) isNeeded = false;
    throw error;
  } finally {
    if (!isNeeded) await abandon(service, transactionId);
  }
}

/** What became of the job is not known by these. */
const leavesItOpen: ReadonlySet<string> = new Set(["ABORTED", "SUBMIT_AMBIGUOUS"]);

async function startTransaction(service: MantidWebService, { signal }: CallOptions): Promise<string> {
  return service.json(
    { call: "transaction", query: { Action: "Start" }, signal, doing: "start a transaction" },
    parseTransactionAnswer,
  );
}

async function sendFiles(
  { service, retry }: SubmitSetup,
  transactionId: string,
  { files }: MantidPlan,
  { signal, onProgress }: SubmitOptions,
): Promise<void> {
  const bytesTotal = files.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  let before = 0;
  for (const { name, source } of files) {
    const upload = {
      transactionId,
      name,
      source,
      overwrite: true,
      checksum: true,
      signal,
      onProgress:
        onProgress &&
        (({ bytesDone }: TransferProgress) => onProgress({ bytesDone: before + bytesDone, bytesTotal })),
    };
    const budget = new RetryBudget(retry, signal);
    // What came of it, or was damaged, is replaced by the next try.
    for (;;) {
      try {
        await uploadToTransaction(service, upload);
        break;
      } catch (error) {
        await budget.waitAfter(error);
      }
    }
    before += source.sizeBytes;
  }
}

/** Sends it, and after a lost answer asks again (our gateway) or looks for the job (others). */
async function sendSubmit(
  setup: SubmitSetup,
  transactionId: string,
  plan: MantidPlan,
  options: SubmitOptions,
): Promise<MantidSubmitAnswer> {
  const { service, jobs, lookUpPausesSeconds } = setup;
  try {
    return await sendForm(service, transactionId, plan, options);
  } catch (error) {
    if (!isScarfError(error) || !(mayHaveArrived(error) || wasDamaged(error))) throw error;
    for (const seconds of lookUpPausesSeconds) {
      await sleep(seconds, options.signal);
      const again = await (
        service.isGateway
          ? sendForm(service, transactionId, plan, options)
          : jobs.findByScript(plan.scriptName, options).then((jobId) => jobId && { jobId })
      ).catch((later: unknown) => {
        // What became of the first request is not told by a second one that failed in passing.
        if (
          isScarfError(later) &&
          (later.code === "CONNECTION_FAILED" || mayHaveArrived(later) || wasDamaged(later))
        )
          return undefined;
        throw later;
      });
      if (again !== undefined && again !== "") return again;
    }
    throw service.isGateway ? error : ambiguous(service, options, error);
  }
}

async function sendForm(
  service: MantidWebService,
  transactionId: string,
  plan: MantidPlan,
  options: SubmitOptions,
): Promise<MantidSubmitAnswer> {
  const form = mantidSubmitBody(submitFields(service, transactionId, plan, options.submitKey));
  const body = service.isGateway ? withBodyDigest(form) : form;
  return service.json(
    {
      call: "submit",
      method: "POST",
      body,
      contentType: body.contentType,
      // A pooled connection may die in the moment of use, and nobody would know whether the job exists.
      ownConnection: true,
      signal: options.signal,
      doing,
      explain: (refusal) => specRejected(service.who, refusal),
    },
    parseMantidSubmitAnswer,
  );
}

/** In the order of the interface's own page. */
export function submitFields(
  service: MantidWebService,
  transactionId: string,
  plan: MantidPlan,
  submitKey: string,
): readonly (readonly [name: string, value: string])[] {
  return [
    ["TransID", transactionId],
    ["JobName", plan.jobName],
    ["ScriptName", plan.scriptName],
    ...plan.variables,
    ...(service.isGateway ? [["SubmitKey", submitKey] as const] : []),
    [plan.scriptName, plan.scriptText],
  ];
}

function ambiguous(
  { who }: MantidWebService,
  { submitKey }: SubmitOptions,
  cause: ScarfError,
): SchedulerError {
  const { resourceId, userName } = who;
  return new SchedulerError(
    "SUBMIT_AMBIGUOUS",
    `The answer to the submit was lost: nobody can say whether ${resourceId} has made the job. It was not sent again.`,
    {
      hint: `Look whether it is there (scarf jobs --resource ${resourceId}). Submit it again only if it is not.`,
      context: { resource: resourceId, user: userName, submitKey },
      cause,
    },
  );
}

/** Frees what was sent for a job that there will not be. The error that led here matters more than one of this. */
async function abandon(service: MantidWebService, transactionId: string): Promise<void> {
  await service
    .text({
      call: "transaction",
      query: { Action: "Stop", TransID: transactionId },
      doing: "stop the transaction",
    })
    .catch(() => undefined);
}
