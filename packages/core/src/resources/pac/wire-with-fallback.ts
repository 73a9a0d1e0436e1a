import { isScarfError } from "../../errors/index.js";
import type { FinishedStatus, Job, JobId, Queue } from "../../model/index.js";
import type { HttpAnswer } from "../../transports/http/index.js";
import type {
  ActionAnswer,
  ApplicationField,
  JobFileEntry,
  MultipartBody,
  PublishedApplication,
  SubmitAnswer,
} from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { isLacking } from "./current/current-failure.js";
import type { PacCall, PacService } from "./pac-service.js";
import type { FileSent, FileToSend, PacAction, PacJobsQuery, PacWire } from "./pac-wire.js";

/**
 * The current generation, and for each operation that the server does not have there the legacy one: uploads to where no job is
 * and the list of applications always, others as a server turns out to lack them. The token is good for both.
 */
export class WireWithFallback implements PacWire {
  readonly generation = "current";
  readonly #current: PacWire;
  readonly #legacy: PacWire;
  readonly #lacking = new Set<string>();

  constructor(current: PacWire, legacy: PacWire) {
    this.#current = current;
    this.#legacy = legacy;
  }

  get service(): PacService {
    return this.#current.service;
  }

  /** @param operation - what a server may lack as a whole. */
  async #either<Result>(operation: string, ask: (wire: PacWire) => Promise<Result>): Promise<Result> {
    if (this.#lacking.has(operation)) return ask(this.#legacy);
    try {
      return await ask(this.#current);
    } catch (error) {
      if (!isLacking(error)) throw error;
      try {
        const result = await ask(this.#legacy);
        this.#lacking.add(operation);
        return result;
      } catch (second) {
        // Neither has it: the one that was meant is to be told.
        if (
          isScarfError(second) &&
          second.code === "OUTPUT_UNREADABLE" &&
          second.context["httpStatus"] === 404
        )
          throw error;
        this.#lacking.add(operation);
        throw second;
      }
    }
  }

  ping(address: string, options: CallOptions): Promise<string> {
    return this.#either("ping", (wire) => wire.ping(address, options));
  }

  logOut(options: CallOptions): Promise<void> {
    return this.#either("logout", (wire) => wire.logOut(options));
  }

  checkSession(options: CallOptions): Promise<void> {
    return this.#current.checkSession(options);
  }

  fetchJobs(query: PacJobsQuery, options: CallOptions): Promise<readonly Job[]> {
    return this.#either(`jobs by ${query.kind}`, (wire) => wire.fetchJobs(query, options));
  }

  fetchJobsByIds(ids: readonly JobId[], options: CallOptions): Promise<readonly Job[]> {
    return this.#either(ids.length === 1 ? "one job" : "several jobs", (wire) =>
      wire.fetchJobsByIds(ids, options),
    );
  }

  fetchOutcomes(ids: readonly JobId[], options: CallOptions): Promise<ReadonlyMap<JobId, FinishedStatus>> {
    return this.#current.fetchOutcomes(ids, options);
  }

  submitCall(body: MultipartBody, submitKey: string): PacCall {
    return (this.#lacking.has("submit") ? this.#legacy : this.#current).submitCall(body, submitKey);
  }

  submit(body: MultipartBody, submitKey: string, options: CallOptions): Promise<SubmitAnswer> {
    return this.#either("submit", (wire) => wire.submit(body, submitKey, options));
  }

  act(action: PacAction, id: JobId, options: CallOptions): Promise<ActionAnswer> {
    return this.#either(action, (wire) => wire.act(action, id, options));
  }

  runCommand(argv: readonly [string, ...string[]], options: CallOptions): Promise<ActionAnswer> {
    return this.#either("command", (wire) => wire.runCommand(argv, options));
  }

  listFiles(id: JobId, directory: string, options: CallOptions): Promise<readonly JobFileEntry[]> {
    return this.#either("files", (wire) => wire.listFiles(id, directory, options));
  }

  openFiles(
    id: JobId,
    paths: readonly string[],
    headers: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<HttpAnswer> {
    return this.#either("download", (wire) => wire.openFiles(id, paths, headers, options));
  }

  sendFile(file: FileToSend, options: CallOptions): Promise<FileSent> {
    const operation = file.jobId === "0" ? "upload without a job" : "upload";
    return this.#either(operation, (wire) => wire.sendFile(file, options));
  }

  fetchQueues(options: CallOptions): Promise<readonly Queue[]> {
    return this.#current.fetchQueues(options);
  }

  fetchApplications(options: CallOptions): Promise<readonly PublishedApplication[]> {
    return this.#either("applications", (wire) => wire.fetchApplications(options));
  }

  fetchApplicationFields(application: string, options: CallOptions): Promise<readonly ApplicationField[]> {
    return this.#either("application", (wire) => wire.fetchApplicationFields(application, options));
  }
}
