import { AbortedError } from "../../errors/index.js";
import type {
  ApplicationForm,
  Capabilities,
  Job,
  JobId,
  JobQuery,
  JobSpec,
  JobStatus,
  Queue,
  SpecProblem,
} from "../../model/index.js";
import type { PublishedApplication } from "../../wire/index.js";
import type { CallOptions, ComputeResource, SavedSession, Session } from "../compute-resource.js";
import { fetchApplicationForm, poorForm } from "./application-form.js";
import { explainSubmit } from "./explain.js";
import { PacActions } from "./job-actions.js";
import { PacFiles } from "./pac-files.js";
import { PacJobFiles } from "./pac-job-files.js";
import { PacJobs } from "./pac-jobs.js";
import type { PacService } from "./pac-service.js";
import type { PacJobsQuery, PacWire } from "./pac-wire.js";
import { notLoggedIn } from "../session-errors.js";
import { submitOnce, type SubmitOptions } from "./submit.js";
import { planSubmit } from "./submit-plan.js";

export interface PacSessionSetup {
  readonly resource: ComputeResource;
  readonly wire: PacWire;
  readonly capabilities: Capabilities;
  readonly historyHours: number;
  readonly lookUpPausesSeconds: readonly number[];
}

/** One user of the web service. */
export class PacSession implements Session {
  readonly resource: ComputeResource;
  readonly capabilities: Capabilities;
  readonly #setup: PacSessionSetup;
  readonly #jobs: PacJobs;
  readonly #actions: PacActions;
  readonly #files: PacFiles;
  /** Jobs that this session made, by their keys: for servers that know no keys. */
  readonly #submitted = new Map<string, Promise<JobId>>();

  constructor(setup: PacSessionSetup) {
    this.#setup = setup;
    this.resource = setup.resource;
    this.capabilities = setup.capabilities;
    this.#jobs = new PacJobs(setup.wire, setup.historyHours);
    this.#actions = new PacActions(setup.wire, this.#jobs);
    this.#files = new PacFiles(setup.wire);
  }

  get userName(): string {
    return this.#setup.wire.service.who.userName;
  }

  get expiresAt(): Date | undefined {
    return this.#setup.wire.service.state.expiresAt;
  }

  get files(): PacFiles {
    this.#service();
    return this.#files;
  }

  async validate(spec: JobSpec, options?: CallOptions): Promise<readonly SpecProblem[]> {
    return planSubmit(spec, { gateway: this.#begin(options).isGateway, submitKey: "key" }).problems;
  }

  async explain(spec: JobSpec, options?: CallOptions): Promise<string> {
    this.#begin(options);
    return explainSubmit(this.#setup.wire, spec);
  }

  async submit(spec: JobSpec, options: SubmitOptions): Promise<JobId> {
    this.#begin(options);
    const earlier = this.#submitted.get(options.submitKey);
    if (earlier !== undefined) return earlier;
    const { wire, lookUpPausesSeconds } = this.#setup;
    const submitting = submitOnce({ wire, jobs: this.#jobs, lookUpPausesSeconds }, spec, options);
    this.#submitted.set(options.submitKey, submitting);
    // A failed one may be tried again with its key.
    submitting.catch(() => this.#submitted.delete(options.submitKey));
    return submitting;
  }

  async status(ids: readonly JobId[], options?: CallOptions): Promise<ReadonlyMap<JobId, JobStatus>> {
    this.#begin(options);
    return this.#jobs.status(ids, options);
  }

  async job(id: JobId, options?: CallOptions): Promise<Job> {
    this.#begin(options);
    return this.#jobs.job(id, options);
  }

  async list(query?: JobQuery, options?: CallOptions): Promise<readonly Job[]> {
    this.#begin(options);
    return this.#jobs.list(query, options);
  }

  /** One of the service's own queries: by id, by name with `*`, by state, or all. The last but one and its neighbour give the short form. */
  async fetchJobs(query: PacJobsQuery, options?: CallOptions): Promise<readonly Job[]> {
    this.#begin(options);
    return this.#jobs.fetch(query, options);
  }

  async cancel(id: JobId, options?: CallOptions): Promise<"requested" | "already-finished"> {
    this.#begin(options);
    return this.#actions.cancel(id, options);
  }

  async hold(id: JobId, options?: CallOptions): Promise<void> {
    this.#begin(options);
    await this.#actions.when(["queued"], "suspend", id, "held", options);
  }

  async release(id: JobId, options?: CallOptions): Promise<void> {
    this.#begin(options);
    await this.#actions.when(["held"], "resume", id, "released", options);
  }

  async suspend(id: JobId, options?: CallOptions): Promise<void> {
    this.#begin(options);
    await this.#actions.when(["running"], "suspend", id, "suspended", options);
  }

  async resume(id: JobId, options?: CallOptions): Promise<void> {
    this.#begin(options);
    await this.#actions.when(["suspended"], "resume", id, "resumed", options);
  }

  async requeue(id: JobId, options?: CallOptions): Promise<void> {
    this.#begin(options);
    await this.#actions.when(["running", "suspended", "finished"], "requeue", id, "requeued", options);
  }

  async queues(options: CallOptions = {}): Promise<readonly Queue[]> {
    this.#begin(options);
    return this.#setup.wire.fetchQueues(options);
  }

  async runUserCommand(argv: readonly [string, ...string[]], options?: CallOptions): Promise<string> {
    this.#begin(options);
    return this.#actions.userCommand(argv, options);
  }

  jobFiles(id: JobId): PacJobFiles {
    this.#service();
    return new PacJobFiles(this.#setup.wire, id);
  }

  async applications(options: CallOptions = {}): Promise<readonly PublishedApplication[]> {
    this.#begin(options);
    return this.#setup.wire.fetchApplications(options);
  }

  /** Whole from our gateway; a service of IBM's tells names, labels and defaults. */
  async applicationForm(application: string, options: CallOptions = {}): Promise<ApplicationForm> {
    const service = this.#begin(options);
    if (service.isGateway) return fetchApplicationForm(service, application, options);
    return poorForm(application, await this.#setup.wire.fetchApplicationFields(application, options));
  }

  save(): SavedSession {
    const { who, state } = this.#service();
    const { gateway, capabilities } = state;
    return {
      resourceId: who.resourceId,
      userName: who.userName,
      savedAt: new Date().toISOString(),
      ...(state.expiresAt !== undefined && { expiresAt: state.expiresAt.toISOString() }),
      state: {
        token: state.token ?? "",
        baseUrl: state.baseUrl,
        generation: this.#setup.wire.generation,
        ...(gateway !== undefined && { gateway }),
        ...(capabilities !== undefined && { capabilities }),
      },
    };
  }

  async logOut(options: CallOptions = {}): Promise<void> {
    const service = this.#service();
    try {
      await this.#setup.wire.logOut(options);
    } catch (error) {
      if (!isEnded(error)) throw error;
    } finally {
      service.state.token = undefined;
    }
  }

  /** @throws {ValueError} `NOT_LOGGED_IN` after a log-out. @throws {AbortedError} the signal has come already. */
  #begin(options: CallOptions | undefined): PacService {
    const service = this.#service();
    if (options?.signal?.aborted === true) {
      throw new AbortedError("ABORTED", "The call was stopped before it began.", {
        cause: options.signal.reason,
      });
    }
    return service;
  }

  /** @throws {ValueError} `NOT_LOGGED_IN` after a log-out. */
  #service(): PacService {
    const { service } = this.#setup.wire;
    if (service.state.token === undefined) throw notLoggedIn(service.who);
    return service;
  }
}

/** A session that has ended already is what a log-out wants. */
function isEnded(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SESSION_EXPIRED";
}
