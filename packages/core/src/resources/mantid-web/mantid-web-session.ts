import { AbortedError } from "../../errors/index.js";
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
import type { CallOptions, ComputeResource, SavedSession, Session } from "../compute-resource.js";
import { NoFiles } from "../no-files.js";
import { notLoggedIn } from "../session-errors.js";
import { explainSubmit } from "./explain.js";
import { MantidWebJobFiles } from "./mantid-web-job-files.js";
import { MantidWebJobs } from "./mantid-web-jobs.js";
import type { MantidWebService } from "./mantid-web-service.js";
import { jobNotFound, notSupported } from "./refusals.js";
import { planFor, submitOnce, type SubmitOptions, type SubmitSetup } from "./submit.js";

export interface MantidWebSessionSetup {
  readonly resource: ComputeResource;
  readonly service: MantidWebService;
  readonly capabilities: Capabilities;
  readonly submitting: Pick<SubmitSetup, "scripts" | "requestVariables" | "lookUpPausesSeconds" | "retry">;
}

/** One user of the web service. */
export class MantidWebSession implements Session {
  readonly resource: ComputeResource;
  readonly capabilities: Capabilities;
  readonly #setup: MantidWebSessionSetup;
  readonly #jobs: MantidWebJobs;
  readonly #files: NoFiles;
  /** Jobs that this session made, by their keys: for services that know no keys. */
  readonly #submitted = new Map<string, Promise<JobId>>();

  constructor(setup: MantidWebSessionSetup) {
    this.#setup = setup;
    this.resource = setup.resource;
    this.capabilities = setup.capabilities;
    this.#jobs = new MantidWebJobs(setup.service);
    this.#files = new NoFiles((what) =>
      notSupported(
        setup.service.who,
        `${what} outside of jobs`,
        "Send files with the job that needs them; fetch them from the job that made them.",
      ),
    );
  }

  get userName(): string {
    return this.#setup.service.who.userName;
  }

  get expiresAt(): Date | undefined {
    return this.#setup.service.state.expiresAt;
  }

  get files(): NoFiles {
    this.#begin();
    return this.#files;
  }

  async validate(spec: JobSpec, options?: CallOptions): Promise<readonly SpecProblem[]> {
    this.#begin(options);
    return planFor(this.#submitSetup(), spec, "key").problems.map(({ field, message, severity }) => ({
      field,
      message,
      severity,
    }));
  }

  async explain(spec: JobSpec, options?: CallOptions): Promise<string> {
    this.#begin(options);
    return explainSubmit(this.#submitSetup(), spec);
  }

  async submit(spec: JobSpec, options: SubmitOptions): Promise<JobId> {
    this.#begin(options);
    const earlier = this.#submitted.get(options.submitKey);
    if (earlier !== undefined) return earlier;
    const submitting = submitOnce(this.#submitSetup(), spec, options);
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

  async cancel(id: JobId, options: CallOptions = {}): Promise<"requested" | "already-finished"> {
    const service = this.#begin(options);
    const { phase, ...status } = (await this.#jobs.job(id, options)).status;
    // The service calls it no error to abort a job that has ended.
    if (phase === "finished" || ("why" in status && status.why === "no-evidence")) return "already-finished";
    await service.text({
      call: "abort",
      query: { JobID: id },
      repeatable: true,
      signal: options.signal,
      doing: "abort the job",
      explain: ({ httpStatus }) =>
        httpStatus === 400 || httpStatus === 404 ? jobNotFound(service.who, id) : undefined,
    });
    return "requested";
  }

  hold(_id: JobId, options?: CallOptions): Promise<void> {
    return this.#refuse("hold jobs", options);
  }

  release(_id: JobId, options?: CallOptions): Promise<void> {
    return this.#refuse("release jobs", options);
  }

  suspend(_id: JobId, options?: CallOptions): Promise<void> {
    return this.#refuse("suspend jobs", options);
  }

  resume(_id: JobId, options?: CallOptions): Promise<void> {
    return this.#refuse("resume jobs", options);
  }

  requeue(_id: JobId, options?: CallOptions): Promise<void> {
    return this.#refuse("run jobs again", options);
  }

  queues(options?: CallOptions): Promise<readonly Queue[]> {
    return this.#refuse("tell its queues", options);
  }

  applications(options?: CallOptions): Promise<never> {
    return this.#refuse("take forms of applications", options, templatesHint);
  }

  applicationForm(_application: string, options?: CallOptions): Promise<never> {
    return this.#refuse("take forms of applications", options, templatesHint);
  }

  runUserCommand(_argv: readonly [string, ...string[]], options?: CallOptions): Promise<string> {
    return this.#refuse("run commands of the scheduler", options);
  }

  jobFiles(id: JobId): MantidWebJobFiles {
    return new MantidWebJobFiles(this.#begin(), this.#jobs, id);
  }

  save(): SavedSession {
    const { who, state } = this.#begin();
    const { cookies = "", extensions, submitVariables, declared, expiresAt } = state;
    return {
      resourceId: who.resourceId,
      userName: who.userName,
      savedAt: new Date().toISOString(),
      ...(expiresAt !== undefined && { expiresAt: expiresAt.toISOString() }),
      state: {
        cookies,
        extensions: extensions.join(","),
        submitVariables: submitVariables.join(","),
        ...(declared !== undefined && { capabilities: declared }),
      },
    };
  }

  /** Ends the session here. The interface has no call for it: on the server it ends by itself when it is not used. */
  async logOut(): Promise<void> {
    this.#begin().state.cookies = undefined;
  }

  #submitSetup(): SubmitSetup {
    return { service: this.#setup.service, jobs: this.#jobs, ...this.#setup.submitting };
  }

  /** @throws {ValueError} `NOT_LOGGED_IN` after a log-out. @throws {AbortedError} the signal has come already. */
  #begin(options?: CallOptions): MantidWebService {
    const { service } = this.#setup;
    if (service.state.cookies === undefined) throw notLoggedIn(service.who);
    if (options?.signal?.aborted === true) {
      throw new AbortedError("ABORTED", "The call was stopped before it began.", {
        cause: options.signal.reason,
      });
    }
    return service;
  }

  async #refuse(what: string, options: CallOptions | undefined, hint = cancelHint): Promise<never> {
    throw notSupported(this.#begin(options).who, what, hint);
  }
}

const cancelHint = "Only cancelling is possible here: scarf cancel.";
const templatesHint = "Templates of this program can expand them into jobs: scarf submit --application.";
