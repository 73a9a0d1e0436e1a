import { isScarfError, type ScarfError, SchedulerError } from "../../errors/index.js";
import type { JobId, JobSpec, JobStatus, Queue, TransferProgress } from "../../model/index.js";
import { sleep, throwIfAborted } from "../../transports/abort.js";
import { isPassing } from "../../transports/retry.js";
import { readSubmitAnswer, renderSubmitBody, slurmErrorNumbers } from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { ambiguous, refuseProblems, specRejected } from "../slurm-refusals.js";
import { planJob, type RestPlan } from "./plan-job.js";
import { findQueueProblems } from "../../schedulers/slurm/index.js";
import { unavailable } from "./refusals.js";
import type { SlurmRestJobs } from "./slurm-rest-jobs.js";
import {
  isAboutRequest,
  type SlurmRestReply,
  type SlurmRestService,
  submitPath,
} from "./slurm-rest-service.js";
import type { SubmitRecord, UserFolder } from "./user-folder.js";

export interface SubmitSetup {
  readonly service: SlurmRestService;
  readonly jobs: SlurmRestJobs;
  readonly folder: UserFolder | undefined;
  readonly lookUpPausesSeconds: readonly number[];
  readonly fetchQueues: (options: CallOptions) => Promise<readonly Queue[]>;
  /** Told what the scheduler said about a job that it took, e.g. that it may wait for ever. */
  readonly onAdvice: (jobId: JobId, advice: readonly string[]) => void;
}

export type SubmitOptions = CallOptions & {
  readonly submitKey: string;
  readonly onProgress?: (progress: TransferProgress) => void;
};

export function planFor({ folder }: Pick<SubmitSetup, "folder">, spec: JobSpec, submitKey: string): RestPlan {
  return planJob(spec, { submitKey, ownDirectory: folder?.jobDirectory(submitKey) });
}

/**
 * Submits so that one key makes one job. The key travels in the job's comment. With a shared folder it is taken there first, so that
 * also another process with the same key finds this one's job; after a lost answer the job is looked for by its comment, and what
 * can't be found is told as ambiguous, never sent twice.
 */
export async function submitOnce(setup: SubmitSetup, spec: JobSpec, options: SubmitOptions): Promise<JobId> {
  const { folder } = setup;
  const { submitKey } = options;
  const plan = planFor(setup, spec, submitKey);
  const earlier = await folder?.read(submitKey);
  if (earlier !== undefined) return await findEarlier(setup, earlier, options);
  refuseProblems(plan.problems);
  refuseProblems(findQueueProblems(spec, await setup.fetchQueues(options)));
  await checkDependencies(setup, spec, options);
  await sendFiles(folder, plan, options);
  // All that may fail or be stopped comes before the claim: a key that was taken and never sent would stay ambiguous.
  const body = renderSubmitBody(plan.request, await setup.service.dialect(options.signal));
  const record: SubmitRecord = { sentAt: new Date().toISOString(), ...describe(spec) };
  const other = await folder?.claim(submitKey, record);
  if (other !== undefined) return await findEarlier(setup, other, options);
  if (options.signal?.aborted === true) {
    await folder?.release(submitKey);
    throwIfAborted(options.signal);
  }
  let jobId: JobId;
  try {
    jobId = await send(setup, body, record, options);
  } catch (error) {
    if (isScarfError(error) && error.code !== "SUBMIT_AMBIGUOUS" && error.code !== "ABORTED")
      await folder?.release(submitKey);
    throw error;
  }
  setup.jobs.noteSubmitted(jobId, plan.request);
  await keepId(setup, options, { ...record, jobId });
  return jobId;
}

/** A folder that is full takes nobody's job away: the job's comment still tells its key. */
async function keepId(
  { folder }: SubmitSetup,
  { submitKey }: SubmitOptions,
  record: SubmitRecord,
): Promise<void> {
  await folder?.update(submitKey, record).catch(() => undefined);
}

function describe({ task }: JobSpec): Pick<SubmitRecord, "command"> {
  if (task.kind === "shell") return { command: task.commandLine };
  return task.kind === "command" ? { command: task.argv.join(" ") } : {};
}

/** 22.05 starts a job at once that waits for one it does not know; and the controller soon forgets those that have ended. */
async function checkDependencies(
  { service, jobs }: SubmitSetup,
  { dependencies = [] }: JobSpec,
  options: CallOptions,
): Promise<void> {
  const ids = dependencies.map(({ jobId }) => jobId);
  const statuses = ids.length === 0 ? new Map<JobId, JobStatus>() : await jobs.status(ids, options);
  for (const { jobId, condition } of dependencies) {
    const status = statuses.get(jobId);
    if (status === undefined || (status.phase === "unknown" && status.why === "not-listed"))
      throw specRejected(service.who, `it should wait for job ${jobId}, which is not there or not yours`);
    if (status.phase !== "finished") continue;
    const isLost =
      condition === "succeeded"
        ? status.outcome !== "succeeded"
        : condition === "failed" && status.outcome === "succeeded";
    if (isLost)
      throw specRejected(service.who, `it would wait for ever: job ${jobId} has ended (${status.outcome})`);
  }
}

async function sendFiles(
  folder: UserFolder | undefined,
  { files, request }: RestPlan,
  { submitKey, signal, onProgress }: SubmitOptions,
): Promise<void> {
  if (folder === undefined) return;
  const directory = folder.jobDirectory(submitKey);
  await folder.files.makeDirectory(directory, { ...(signal !== undefined && { signal }) });
  if (request.workingDirectory !== directory) await checkDirectory(folder, request.workingDirectory, signal);
  const bytesTotal = files.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  let before = 0;
  for (const { name, source } of files) {
    await folder.files.write(directory, name, source, {
      overwrite: true,
      ...(signal !== undefined && { signal }),
      ...(onProgress !== undefined && {
        onProgress: ({ bytesDone }: TransferProgress) =>
          onProgress({ bytesDone: before + bytesDone, bytesTotal }),
      }),
    });
    before += source.sizeBytes;
  }
}

/** Slurm would run the job in /tmp. */
async function checkDirectory(
  folder: UserFolder,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const said = await folder.files
    .stat(path, { ...(signal !== undefined && { signal }) })
    .then(({ kind }) => (kind === "directory" ? undefined : "it is a file"))
    .catch((error: unknown) => {
      if (isScarfError(error) && error.code !== "ABORTED") return error.message;
      throw error;
    });
  if (said === undefined) return;
  refuseProblems([
    {
      field: "workingDirectory",
      message: said.replace(/\.$/, ""),
      severity: "refused",
      code: "SPEC_REJECTED",
    },
  ]);
}

/** The job of a submit that was begun before, by this process or by another. */
async function findEarlier(setup: SubmitSetup, record: SubmitRecord, options: SubmitOptions): Promise<JobId> {
  if (record.jobId !== undefined) return record.jobId;
  const since = new Date(record.sentAt);
  for (const seconds of [0, ...setup.lookUpPausesSeconds]) {
    await sleep(seconds, options.signal);
    const now = await setup.folder?.read(options.submitKey);
    if (now?.jobId !== undefined) return now.jobId;
    const found = await setup.jobs.findByKey(options.submitKey, since, options).catch((error: unknown) => {
      // Nothing is concluded from a question that failed.
      if (isScarfError(error) && isPassing(error)) return undefined;
      throw error;
    });
    if (found !== undefined) {
      await keepId(setup, options, { ...record, jobId: found });
      return found;
    }
  }
  throw ambiguous(setup.service.who, options.submitKey);
}

/** Sends it once. @throws {SchedulerError} `SUBMIT_AMBIGUOUS`. Any other error: no job was made. */
async function send(
  setup: SubmitSetup,
  body: string,
  record: SubmitRecord,
  options: SubmitOptions,
): Promise<JobId> {
  const { service } = setup;
  let reply: SlurmRestReply;
  try {
    reply = await service.call({
      method: "POST",
      path: submitPath,
      body,
      signal: options.signal,
      doing: "submit the job",
    });
  } catch (error) {
    if (!isScarfError(error) || !mayHaveArrived(error)) throw error;
    return await lookUp(setup, record, options, error);
  }
  const { jobId, advice } = readSubmitAnswer(reply.answer);
  if (jobId === undefined && isDefinite(reply)) throw refusal(service, reply);
  if (jobId === undefined) {
    const said = service.mask(reply.answer.errors.map(({ message }) => message).join("; "));
    return await lookUp(setup, record, options, unavailable(service.who, said, { httpStatus: reply.status }));
  }
  if (advice.length > 0)
    setup.onAdvice(
      String(jobId),
      advice.map((text) => service.mask(text)),
    );
  return String(jobId);
}

/** A refusal by the daemon, or one of Slurm's own numbers for what is wrong with a job; any other may come from a controller that was ended. */
function isDefinite({ status, answer }: SlurmRestReply): boolean {
  return (
    (status >= 400 && status < 500) ||
    answer.errors.some(({ code }) => code === slurmErrorNumbers.tryAgain || isAboutRequest(code))
  );
}

/** True if a job may exist although no answer says so. */
function mayHaveArrived({ code, context }: ScarfError): boolean {
  if (code === "CONNECTION_LOST" || code === "RESPONSE_TIMEOUT") return true;
  if (code === "OUTPUT_UNREADABLE") {
    const { httpStatus } = context;
    return !(typeof httpStatus === "number" && httpStatus >= 300 && httpStatus < 500);
  }
  return code === "SCHEDULER_UNAVAILABLE" && context["mayHaveArrived"] === true;
}

/** A controller that was killed is asked until it is back; what can't be asked is ambiguous. */
async function lookUp(
  setup: SubmitSetup,
  record: SubmitRecord,
  options: SubmitOptions,
  lost: ScarfError,
): Promise<JobId> {
  const { lookUpPausesSeconds, jobs } = setup;
  let last: ScarfError | undefined;
  for (const [at, seconds] of lookUpPausesSeconds.entries()) {
    await sleep(seconds, options.signal);
    last = undefined;
    try {
      const since = at === lookUpPausesSeconds.length - 1 ? new Date(record.sentAt) : undefined;
      const found = await jobs.findByKey(options.submitKey, since, options);
      if (found !== undefined) return found;
    } catch (error) {
      if (!isScarfError(error) || error.code === "ABORTED") throw error;
      last = error;
    }
  }
  // To the end it is refused in the words in which the submit was: it was the token, and no controller has seen the job.
  if (last?.code === "SESSION_EXPIRED" && lost.context["vague"] === true) throw last;
  throw ambiguous(setup.service.who, options.submitKey, lost);
}

function refusal(service: SlurmRestService, { answer }: SlurmRestReply): Error {
  const said = service.mask(answer.errors.map(({ message }) => message).join("; "));
  const codes = new Set(answer.errors.map(({ code }) => code));
  if (codes.has(slurmErrorNumbers.tryAgain)) return unavailable(service.who, said, { notSent: true });
  if (codes.has(slurmErrorNumbers.accountingPolicy)) {
    return new SchedulerError(
      "QUOTA_EXCEEDED",
      `${service.who.resourceId} takes no more jobs now: ${said}.`,
      {
        hint: "Wait until some of your jobs have ended, then submit again.",
        context: { resource: service.who.resourceId, said },
      },
    );
  }
  return specRejected(service.who, said === "" ? "it gave no reason" : said);
}
