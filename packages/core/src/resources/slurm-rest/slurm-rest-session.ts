import { AbortedError } from "../../errors/index.js";
import type {
  Capabilities,
  Job,
  JobId,
  JobPhase,
  JobQuery,
  JobSpec,
  JobStatus,
  Queue,
  SpecProblem,
} from "../../model/index.js";
import { findQueueProblems, parseSlurmJobId, renderSlurmJobId } from "../../schedulers/slurm/index.js";
import { orAborted } from "../../transports/abort.js";
import {
  parseRestPartitions,
  readCancelCode,
  renderChangeBody,
  type SlurmJobChanges,
  slurmErrorNumbers,
} from "../../wire/index.js";
import type {
  CallOptions,
  ComputeResource,
  JobFiles,
  RemoteFiles,
  SavedSession,
  Session,
} from "../compute-resource.js";
import { NoFiles, NoJobFiles } from "../no-files.js";
import { notLoggedIn } from "../session-errors.js";
import { explainSubmit } from "./explain.js";
import { jobNotFound, operationRefused } from "../slurm-refusals.js";
import { noFiles, notSupported } from "./refusals.js";
import { remember } from "./remember.js";
import { SlurmRestJobFiles } from "./slurm-rest-job-files.js";
import { SlurmRestJobs } from "./slurm-rest-jobs.js";
import type { SlurmRestReply, SlurmRestService } from "./slurm-rest-service.js";
import { planFor, submitOnce, type SubmitOptions, type SubmitSetup } from "./submit.js";
import type { UserFolder } from "./user-folder.js";

export interface SlurmRestSessionSetup {
  readonly resource: ComputeResource;
  readonly service: SlurmRestService;
  readonly folder: UserFolder | undefined;
  readonly lookUpPausesSeconds: readonly number[];
}

const queuesAgeSeconds = 60;
/** Signals that may be sent. 24.11 and 26.05 kill a job for a name that they don't know. */
const signals = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGABRT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGTERM",
  "SIGALRM",
  "SIGCONT",
  "SIGSTOP",
  "SIGTSTP",
  "SIGURG",
  "SIGKILL",
] as const;
/** A signal that Slurm sends to the processes of a job. */
export type SlurmSignal = (typeof signals)[number];

/** One user of a cluster behind slurmrestd. */
export class SlurmRestSession implements Session {
  readonly resource: ComputeResource;
  readonly capabilities: Capabilities;
  readonly #setup: SlurmRestSessionSetup;
  readonly #jobs: SlurmRestJobs;
  readonly #files: RemoteFiles;
  readonly #submitted = new Map<string, Promise<JobId>>();
  readonly #advice = new Map<JobId, readonly string[]>();
  #queues: { readonly at: number; readonly queues: readonly Queue[] } | undefined;

  constructor(setup: SlurmRestSessionSetup) {
    this.#setup = setup;
    this.resource = setup.resource;
    this.capabilities = setup.resource.capabilities;
    const { folder, service } = setup;
    this.#jobs = new SlurmRestJobs(service, () => folder?.userId);
    this.#files = folder?.files ?? new NoFiles((what) => noFiles(service.who, what));
  }

  get userName(): string {
    return this.#setup.service.who.userName;
  }

  get expiresAt(): Date | undefined {
    return this.#setup.service.token.expiresAt;
  }

  get files(): RemoteFiles {
    this.#begin();
    return this.#files;
  }

  async validate(spec: JobSpec, options?: CallOptions): Promise<readonly SpecProblem[]> {
    this.#begin(options);
    const queues = await this.#fetchQueues(options);
    const problems = [...planFor(this.#setup, spec, "key").problems, ...findQueueProblems(spec, queues)];
    return problems.map(({ field, message, severity }) => ({ field, message, severity }));
  }

  async explain(spec: JobSpec, options?: CallOptions): Promise<string> {
    const service = this.#begin(options);
    return explainSubmit(service, this.#setup.folder, spec, options?.signal);
  }

  async submit(spec: JobSpec, options: SubmitOptions): Promise<JobId> {
    this.#begin(options);
    const earlier = this.#submitted.get(options.submitKey);
    if (earlier !== undefined) return orAborted(earlier, options.signal);
    const submitting = submitOnce(this.#submitSetup(), spec, options);
    this.#submitted.set(options.submitKey, submitting);
    const drop = (): unknown => this.#submitted.delete(options.submitKey);
    // A failed one may be tried again with its key. Of one that is done the folder knows; without one only this session does.
    submitting.then(() => (this.#setup.folder === undefined ? undefined : drop()), drop);
    return submitting;
  }

  async status(ids: readonly JobId[], options?: CallOptions): Promise<ReadonlyMap<JobId, JobStatus>> {
    this.#begin(options);
    const statuses = await this.#jobs.status(ids, options);
    return new Map([...statuses].map(([id, status]) => [id, this.#withAdvice(id, status)]));
  }

  async job(id: JobId, options?: CallOptions): Promise<Job> {
    this.#begin(options);
    const job = await this.#jobs.job(id, options);
    const record = job.submitKey === undefined ? undefined : await this.#setup.folder?.read(job.submitKey);
    return {
      ...job,
      ...(record?.command !== undefined && { command: record.command }),
      status: this.#withAdvice(id, job.status),
    };
  }

  async list(query?: JobQuery, options?: CallOptions): Promise<readonly Job[]> {
    this.#begin(options);
    return this.#jobs.list(query, options);
  }

  async cancel(id: JobId, options: CallOptions = {}): Promise<"requested" | "already-finished"> {
    this.#begin(options);
    const { phase } = (await this.#jobs.job(id, options)).status;
    // The interface calls it no error to cancel a job that has ended.
    if (phase === "finished") return "already-finished";
    const code = await this.#kill(id, undefined, options);
    this.#jobs.noteCancel(id);
    return code === slurmErrorNumbers.alreadyDone || code === slurmErrorNumbers.jobFinished
      ? "already-finished"
      : "requested";
  }

  /** Keeps a job from starting. One that runs is refused: Slurm would hold it only when it is requeued. */
  async hold(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["queued", "held"], options);
    await this.#change(id, { hold: true }, options);
  }

  async release(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["held", "queued"], options);
    await this.#change(id, { hold: false }, options);
  }

  async suspend(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["running"], options);
    await this.#kill(id, "SIGSTOP", options);
  }

  async resume(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["suspended"], options);
    await this.#kill(id, "SIGCONT", options);
  }

  /** Sends a signal to the processes of a running job. @throws {SchedulerError} `JOB_NOT_FOUND`, `OPERATION_REFUSED`. */
  async signal(id: JobId, signal: SlurmSignal, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["running", "suspended"], options);
    if (!signals.includes(signal))
      throw operationRefused(this.#setup.service.who, id, "there is no such signal");
    await this.#kill(id, signal, options);
  }

  /** Changes the limits of a job, as far as Slurm lets its user. @throws {SchedulerError} `JOB_NOT_FOUND`, `OPERATION_REFUSED`. */
  async modify(id: JobId, changes: SlurmJobChanges, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["queued", "held", "running", "suspended"], options);
    await this.#change(id, changes, options);
  }

  async requeue(_id: JobId, options?: CallOptions): Promise<void> {
    throw notSupported(
      this.#begin(options).who,
      "run jobs again",
      "Submit it again, or use scontrol requeue on the cluster.",
    );
  }

  async queues(options?: CallOptions): Promise<readonly Queue[]> {
    this.#begin(options);
    return this.#fetchQueues(options, 0);
  }

  async applications(options?: CallOptions): Promise<never> {
    throw notSupported(this.#begin(options).who, "take forms of applications", templatesHint);
  }

  async applicationForm(_application: string, options?: CallOptions): Promise<never> {
    throw notSupported(this.#begin(options).who, "take forms of applications", templatesHint);
  }

  async runUserCommand(_argv: readonly [string, ...string[]], options?: CallOptions): Promise<string> {
    throw notSupported(
      this.#begin(options).who,
      "run commands of Slurm",
      "A resource of kind slurm-cli can.",
    );
  }

  jobFiles(id: JobId): JobFiles {
    const { who } = this.#begin();
    const { folder } = this.#setup;
    return folder === undefined
      ? new NoJobFiles((what) => noFiles(who, what))
      : new SlurmRestJobFiles(folder, this.#jobs, id);
  }

  save(): SavedSession {
    const { who, token, version } = this.#begin();
    const { expiresAt } = token;
    return {
      resourceId: who.resourceId,
      userName: who.userName,
      savedAt: new Date().toISOString(),
      ...(expiresAt !== undefined && { expiresAt: expiresAt.toISOString() }),
      state: { token: token.saved, ...(version !== undefined && { apiVersion: version }) },
    };
  }

  /** Ends the session here. Slurm has no call for it: a token is valid until its time is over. */
  async logOut(): Promise<void> {
    this.#begin().token.forget();
  }

  /** Those of a moment ago are good enough to check a job against. */
  async #fetchQueues(options: CallOptions = {}, ageSeconds = queuesAgeSeconds): Promise<readonly Queue[]> {
    const known = this.#queues;
    if (known !== undefined && performance.now() - known.at < ageSeconds * 1000) return known.queues;
    const at = performance.now();
    const { answer } = await this.#setup.service.call({
      path: "partitions",
      signal: options.signal,
      doing: "tell its partitions",
    });
    const queues = parseRestPartitions(answer.body);
    this.#queues = { at, queues };
    return queues;
  }

  #submitSetup(): SubmitSetup {
    const fetchQueues = (options: CallOptions): Promise<readonly Queue[]> => this.#fetchQueues(options);
    return {
      ...this.#setup,
      jobs: this.#jobs,
      fetchQueues,
      onAdvice: (id, advice) => remember(this.#advice, id, advice),
    };
  }

  /** What Slurm said when it took the job, e.g. that it asks for more than its partition gives. */
  #withAdvice(id: JobId, status: JobStatus): JobStatus {
    const advice = this.#advice.get(id);
    if (advice === undefined || status.phase !== "queued") return status;
    const said = `${status.reason === undefined ? "" : `${status.reason}; `}when it was submitted, Slurm said: ${advice.join("; ")}`;
    return { ...status, reason: said };
  }

  async #require(id: JobId, phases: readonly JobPhase[], options: CallOptions): Promise<void> {
    const { who } = this.#begin(options);
    const { status } = await this.#jobs.job(id, options);
    if (!phases.includes(status.phase)) throw operationRefused(who, id, `it is ${status.phase}`);
  }

  async #kill(
    id: JobId,
    signal: SlurmSignal | undefined,
    { signal: abort }: CallOptions,
  ): Promise<number | undefined> {
    const reply = await this.#setup.service.call({
      method: "DELETE",
      path: `job/${this.#pathOf(id)}${signal === undefined ? "" : `?signal=${signal}`}`,
      signal: abort,
      doing: signal === undefined ? "cancel the job" : "signal the job",
    });
    this.#jobs.forget();
    return this.#checkDone(id, reply);
  }

  async #change(id: JobId, changes: SlurmJobChanges, { signal }: CallOptions): Promise<void> {
    const { service } = this.#setup;
    const body = renderChangeBody(changes, await service.dialect(signal));
    const reply = await service.call({
      method: "POST",
      path: `job/${this.#pathOf(id)}`,
      body,
      signal,
      doing: "change the job",
    });
    this.#jobs.forget();
    this.#checkDone(id, reply);
  }

  /** The number that says that there was nothing to do; undefined: it was done. */
  #checkDone(id: JobId, { answer }: SlurmRestReply): number | undefined {
    const { service } = this.#setup;
    // 22.05 says of every change of one element of an array that it failed, without a number, and does it.
    const error = answer.errors.find(
      ({ code, message }) => code !== undefined || !message.startsWith("job array update"),
    );
    const code = error?.code ?? readCancelCode(answer.body);
    if (error === undefined && code === undefined) return undefined;
    if (code === slurmErrorNumbers.invalidJobId) throw jobNotFound(service.who, id);
    if (code === slurmErrorNumbers.alreadyDone || code === slurmErrorNumbers.jobFinished) return code;
    throw operationRefused(service.who, id, service.mask(error?.message ?? `Slurm's error ${code}`));
  }

  #pathOf(id: JobId): string {
    const ref = parseSlurmJobId(id);
    if (ref === undefined) throw jobNotFound(this.#setup.service.who, id);
    // The throttle of `12_[3-9%2]` belongs to the whole array.
    return encodeURIComponent(renderSlurmJobId(ref).replace(/%\d+(?=\]$)/, ""));
  }

  /** @throws {ValueError} `NOT_LOGGED_IN` after a log-out. @throws {AbortedError} the signal has come already. */
  #begin(options?: CallOptions): SlurmRestService {
    const { service } = this.#setup;
    if (service.token.isClosed) throw notLoggedIn(service.who);
    if (options?.signal?.aborted === true)
      throw new AbortedError("ABORTED", "The call was stopped before it began.", {
        cause: options.signal.reason,
      });
    return service;
  }
}

const templatesHint = "Templates of this program can expand them into jobs: scarf submit --application.";
