import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { NotSupportedError, SchedulerError, ValueError } from "../../errors/index.js";
import type {
  Capabilities,
  Job,
  JobId,
  JobQuery,
  JobSpec,
  JobStatus,
  Queue,
  SpecProblem,
} from "../../model/index.js";
import type {
  CallOptions,
  ComputeResource,
  JobFiles,
  RemoteFiles,
  SavedSession,
  Session,
  TransferOptions,
} from "../compute-resource.js";
import { throwIfAborted } from "../../transports/abort.js";
import { checkPlaces } from "./check-places.js";
import { checkSpec, type LocalProblem, refuseProblems } from "./check-spec.js";
import { explainJob } from "./explain-job.js";
import type { JobRef } from "./job-record.js";
import { changeJob, type Change } from "./change-job.js";
import { isOver } from "./job-state.js";
import { notListed } from "./job-view.js";
import { LocalFiles } from "../../transfers/disk/local-files.js";
import { LocalJobFiles } from "../../transfers/disk/local-job-files.js";
import type { LocalContext } from "./local-resource.js";
import { countJobs, OwnJobs } from "./own-jobs.js";
import { planJob } from "./plan-job.js";
import { SafeRoots } from "../../transfers/disk/safe-directory.js";
import { findSubmitted, submitJob } from "./submit-job.js";
import { getUserDirectory, getUsersDirectory } from "./workspace.js";

/** A keeper obeys within milliseconds; one that was killed is replaced within a few seconds. */
const obedienceMs = 15_000;

/** One user on this machine. */
export class LocalSession implements Session {
  readonly resource: ComputeResource;
  readonly userName: string;
  readonly capabilities: Capabilities;
  readonly expiresAt = undefined;
  readonly files: RemoteFiles;
  readonly #context: LocalContext;
  readonly #jobs: OwnJobs;
  #loggedOut = false;

  constructor(resource: ComputeResource, userName: string, context: LocalContext) {
    this.resource = resource;
    this.userName = userName;
    this.capabilities = resource.capabilities;
    this.#context = context;
    this.#jobs = new OwnJobs(userName, context);
    const roots = new SafeRoots(getUserDirectory(context.workspace, userName), {
      base: getUsersDirectory(context.workspace),
      shared: context.sharedDirectories,
    });
    this.files = new LocalFiles(() => {
      this.#begin({});
      return roots;
    });
  }

  async validate(spec: JobSpec, options: CallOptions = {}): Promise<readonly SpecProblem[]> {
    this.#begin(options);
    return (await this.#check(spec)).map(({ field, message, severity }) => ({ field, message, severity }));
  }

  async explain(spec: JobSpec, options: CallOptions = {}): Promise<string> {
    this.#begin(options);
    refuseProblems(await this.#check(spec));
    const directory = `${getUserDirectory(this.#context.workspace, this.userName)}/jobs/NAME_TIME`;
    const record = planJob(spec, { ...this.#context, user: this.userName, submitKey: "", directory });
    return explainJob(spec, record);
  }

  async submit(
    spec: JobSpec,
    options: CallOptions & { readonly submitKey: string } & Pick<TransferOptions, "onProgress">,
  ): Promise<JobId> {
    this.#begin(options);
    const { submitKey } = options;
    if (submitKey === "")
      throw new ValueError("USAGE_INVALID", "A submit key is needed, and it can't be empty.");
    const submission = { ...this.#context, user: this.userName, submitKey };
    const id = findSubmitted(submission) ?? (await this.#submitNew(spec, submission, options));
    this.#context.engine.notify({ id, number: Number(id) });
    return id;
  }

  async #submitNew(
    spec: JobSpec,
    submission: LocalContext & { readonly user: string; readonly submitKey: string },
    options: TransferOptions,
  ): Promise<JobId> {
    refuseProblems(await this.#check(spec));
    return await submitJob(spec, submission, options);
  }

  async status(ids: readonly JobId[], options: CallOptions = {}): Promise<ReadonlyMap<JobId, JobStatus>> {
    this.#begin(options);
    const answer = new Map<JobId, JobStatus>();
    for (const id of ids) answer.set(id, this.#jobs.find(id)?.status ?? notListed());
    this.#wakeFor([...answer.values()]);
    return answer;
  }

  async job(id: JobId, options: CallOptions = {}): Promise<Job> {
    this.#begin(options);
    const job = this.#jobs.find(id);
    if (!job) throw jobNotFound(id);
    this.#wakeFor([job.status]);
    return job;
  }

  async list(query: JobQuery = {}, options: CallOptions = {}): Promise<readonly Job[]> {
    this.#begin(options);
    const { jobs, statuses } = await this.#jobs.list(query, () => this.#begin(options));
    this.#wakeFor(statuses);
    return jobs;
  }

  async cancel(id: JobId, options: CallOptions = {}): Promise<"requested" | "already-finished"> {
    const elements = this.#requireElements(id, options);
    const changed = elements.filter((ref) => changeJob(this.#context.store, ref, "cancel") === "changed");
    if (changed.length === 0) return "already-finished";
    this.#notifyOf(elements);
    return "requested";
  }

  async hold(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#change(id, "hold", options);
  }

  async release(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#change(id, "release", options);
  }

  async suspend(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#waitForKeeper(await this.#change(id, "suspend", options), options);
  }

  async resume(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#waitForKeeper(await this.#change(id, "resume", options), options);
  }

  async requeue(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#change(id, "requeue", options);
  }

  async queues(options: CallOptions = {}): Promise<readonly Queue[]> {
    this.#begin(options);
    const { slots } = this.#context;
    const { runningJobs, queuedJobs } = countJobs(this.#context.store);
    return [
      {
        name: "local",
        isDefault: true,
        acceptsJobs: true,
        maxNodes: slots,
        totalCores: slots,
        runningJobs,
        queuedJobs,
      },
    ];
  }

  async applications(options: CallOptions = {}): Promise<never> {
    return this.#refuseForms(options);
  }

  async applicationForm(_application: string, options: CallOptions = {}): Promise<never> {
    return this.#refuseForms(options);
  }

  #refuseForms(options: CallOptions): never {
    this.#begin(options);
    throw new NotSupportedError(
      "NOT_SUPPORTED",
      `${this.resource.id} knows commands and scripts only, no forms.`,
      {
        hint: "Expand the form by a template first (ApplicationCatalogue.expandSpec).",
        context: { resource: this.resource.id },
      },
    );
  }

  async runUserCommand(argv: readonly [string, ...string[]], options: CallOptions = {}): Promise<string> {
    this.#begin(options);
    throw new NotSupportedError("NOT_SUPPORTED", `This machine has no scheduler command \`${argv[0]}\`.`, {
      hint: "Submit it as a job instead.",
    });
  }

  jobFiles(id: JobId): JobFiles {
    return new LocalJobFiles(() => {
      const [element] = this.#requireElements(id, {});
      const record = element && this.#context.store.readRecord(element.number);
      if (!record) throw jobNotFound(id);
      return new SafeRoots(record.directory, { base: getUsersDirectory(this.#context.workspace) });
    });
  }

  save(): SavedSession {
    this.#begin({});
    return {
      resourceId: this.resource.id,
      userName: this.userName,
      savedAt: new Date().toISOString(),
      state: {},
    };
  }

  async logOut(options: CallOptions = {}): Promise<void> {
    this.#begin(options);
    this.#loggedOut = true;
  }

  #begin({ signal }: CallOptions): void {
    throwIfAborted(signal);
    if (!this.#loggedOut) return;
    throw new ValueError("NOT_LOGGED_IN", `${this.userName} is not logged in on ${this.resource.id}.`, {
      hint: `Log in first: scarf login --resource ${this.resource.id} --user ${this.userName}`,
      context: { resource: this.resource.id, user: this.userName },
    });
  }

  async #check(spec: JobSpec): Promise<readonly LocalProblem[]> {
    const problems = [
      ...checkSpec(spec, this.#context.slots),
      ...checkPlaces(spec, this.#context.workspace, this.userName),
    ];
    for (const [index, { jobId }] of (spec.dependencies ?? []).entries())
      if (!this.#jobs.findElements(jobId))
        problems.push({
          field: `dependencies[${index}].jobId`,
          message: `You have no job ${jobId} here to wait for.`,
          severity: "refused",
          code: "SPEC_REJECTED",
        });
    const { workingDirectory } = spec;
    if (workingDirectory !== undefined && !problems.some(({ field }) => field === "workingDirectory")) {
      const isDirectory = await stat(workingDirectory).then(
        (stats) => stats.isDirectory(),
        () => false,
      );
      if (!isDirectory)
        problems.push({
          field: "workingDirectory",
          message: `There is no directory ${workingDirectory} that can be used.`,
          severity: "refused",
          code: "SPEC_REJECTED",
        });
    }
    return problems;
  }

  #requireElements(id: JobId, options: CallOptions): readonly [JobRef, ...JobRef[]] {
    this.#begin(options);
    const elements = this.#jobs.findElements(id);
    if (!elements) throw jobNotFound(id);
    return elements;
  }

  /** @returns the elements that the change applies to. @throws {SchedulerError} when there are none. */
  async #change(id: JobId, change: Change, options: CallOptions): Promise<readonly JobRef[]> {
    const elements = this.#requireElements(id, options);
    const outcomes = elements.map((ref) => [ref, changeJob(this.#context.store, ref, change)] as const);
    const changed = outcomes.filter(([, outcome]) => outcome === "changed").map(([ref]) => ref);
    if (changed.length === 0) {
      const [, phase] = outcomes[0] ?? [];
      throw new SchedulerError(
        "OPERATION_REFUSED",
        `Job ${id} is ${phase ?? "gone"}; ${change} does not apply to it.`,
        { hint: "Look at the job's state first.", context: { id, phase, change } },
      );
    }
    this.#notifyOf(elements);
    return changed;
  }

  async #waitForKeeper(refs: readonly JobRef[], { signal }: CallOptions): Promise<void> {
    const end = performance.now() + obedienceMs;
    const isPending = (ref: JobRef) => {
      const state = this.#context.store.readState(ref)?.state;
      return state !== undefined && !isOver(state) && state.request !== undefined;
    };
    while (refs.some(isPending)) {
      throwIfAborted(signal);
      if (performance.now() > end)
        throw new SchedulerError("SCHEDULER_UNAVAILABLE", "The job was asked, but did not obey yet.", {
          hint: `Look at its state again; ${this.#context.workspace.log} may tell more.`,
        });
      await sleep(10);
    }
  }

  #notifyOf(elements: readonly JobRef[]): void {
    const [first] = elements;
    if (first) this.#context.engine.notify(first);
  }

  /** Jobs that should go on need an engine, which may have been killed. */
  #wakeFor(statuses: readonly JobStatus[]): void {
    if (statuses.some(({ phase }) => phase === "queued" || phase === "running" || phase === "suspended"))
      this.#context.engine.ensureRunning();
  }
}

function jobNotFound(id: JobId): SchedulerError {
  return new SchedulerError("JOB_NOT_FOUND", `You have no job ${id} here.`, {
    hint: "List your jobs to see their numbers.",
    context: { id },
  });
}
