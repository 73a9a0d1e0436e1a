import { FileError, isScarfError } from "../../../errors/index.js";
import type { FinishedStatus, Job, JobId, Queue } from "../../../model/index.js";
import type { HttpAnswer } from "../../../transports/http/index.js";
import {
  type ActionAnswer,
  type ApplicationField,
  encodeHeaderValue,
  type JobFileEntry,
  type MultipartBody,
  multipartBody,
  parseQueues,
  parseWsApplicationFields,
  parseWsApplications,
  parseWsCommandAnswer,
  parseWsMessage,
  parseWsSubmitAnswer,
  type PublishedApplication,
  renderUserCommand,
  type SubmitAnswer,
  wireHeaders,
} from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import { sessionExpired } from "../../session-errors.js";
import { encodeJobId } from "../job-id.js";
import type { PacCall, PacService } from "../pac-service.js";
import type { FileSent, FileToSend, PacAction, PacJobsQuery, PacWire } from "../pac-wire.js";
import { applicationUnknown, noQueues, saysAlreadyFinished } from "../refusals.js";
import { currentCall, hasEnded, isLacking, lacking, refusalOf } from "./current-failure.js";
import { fetchJobs, fetchJobsByIds, renderIdsForm } from "./fetch-jobs.js";
import { fetchOutcomes } from "./fetch-outcomes.js";
import { listFiles } from "./list-files.js";

const form = "application/x-www-form-urlencoded";

/**
 * The current generation, `/platform/ws/…`. Answers are asked for in XML, which becomes jobs as it arrives; JSON is read too.
 * Where it has no words for something, calls throw what `isLacking` tells.
 */
export class CurrentWire implements PacWire {
  readonly generation = "current";
  readonly service: PacService;
  /** The server has no `jobhistory`. */
  #noHistory = false;

  constructor(service: PacService) {
    this.service = service;
  }

  async ping(address: string, { signal }: CallOptions): Promise<string> {
    const text = await this.service.text(
      currentCall(this.service, {
        path: "ping",
        method: "POST",
        contentType: form,
        body: `url=${encodeURIComponent(address)}`,
        repeatable: true,
        signal,
        doing: "answer",
        anonymous: true,
      }),
    );
    return parseWsMessage(text) ?? text;
  }

  async logOut({ signal }: CallOptions): Promise<void> {
    const call = { path: "logout", method: "POST", signal, doing: "log out" } as const;
    await this.service.text(currentCall(this.service, call));
  }

  async checkSession({ signal }: CallOptions): Promise<void> {
    if ((await hasEnded(this.service, signal)) === true) throw sessionExpired(this.service.who, "");
  }

  fetchJobs(query: PacJobsQuery, options: CallOptions): Promise<readonly Job[]> {
    return fetchJobs(this.service, query, options);
  }

  fetchJobsByIds(ids: readonly JobId[], options: CallOptions): Promise<readonly Job[]> {
    return fetchJobsByIds(this.service, ids, options);
  }

  /** Our gateway's history knows no job that its list does not. */
  async fetchOutcomes(
    ids: readonly JobId[],
    options: CallOptions,
  ): Promise<ReadonlyMap<JobId, FinishedStatus>> {
    if (this.service.isGateway || this.#noHistory) return new Map();
    try {
      return await fetchOutcomes(this.service, ids, options);
    } catch (error) {
      if (!isLacking(error)) throw error;
      this.#noHistory = true;
      return new Map();
    }
  }

  submitCall(body: MultipartBody, submitKey: string): PacCall {
    return currentCall(this.service, {
      path: "jobs/submit",
      method: "POST",
      contentType: body.contentType,
      headers: this.service.isGateway ? { [wireHeaders.submitKey]: encodeHeaderValue(submitKey) } : {},
      body,
      // A pooled connection may die in the moment of use, and nobody would know whether the job exists.
      ownConnection: true,
      doing: "submit the job",
      changes: true,
    });
  }

  async submit(body: MultipartBody, submitKey: string, { signal }: CallOptions): Promise<SubmitAnswer> {
    try {
      return await this.service.xml({ ...this.submitCall(body, submitKey), signal }, parseWsSubmitAnswer);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined || refusal.httpStatus >= 500) throw error;
      return { errorMessage: refusal.said };
    }
  }

  async act(action: PacAction, id: JobId, { signal }: CallOptions): Promise<ActionAnswer> {
    const call = {
      path: `jobs/${action}`,
      method: "POST",
      contentType: form,
      body: renderIdsForm([id]),
      ownConnection: true,
      signal,
      doing: `${action} job ${id}`,
      changes: true,
    } as const;
    try {
      const text = await this.service.text(currentCall(this.service, call));
      const refused = /<errMsg>([\s\S]*?)<\/errMsg>/.exec(text)?.[1];
      // The status is what says that it is done; what stands in the body is not written down anywhere.
      return refused === undefined ? { message: parseWsMessage(text) ?? "" } : { errorMessage: refused };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      if (refusal.httpStatus >= 500 && !saysAlreadyFinished(refusal.said)) throw error;
      return { errorMessage: refusal.said };
    }
  }

  async runCommand(argv: readonly [string, ...string[]], { signal }: CallOptions): Promise<ActionAnswer> {
    const call = {
      path: "userCmd",
      method: "POST",
      body: renderUserCommand(argv),
      ownConnection: true,
      signal,
      doing: `run ${argv[0]}`,
      changes: true,
    } as const;
    try {
      return await this.service.xml(currentCall(this.service, call), parseWsCommandAnswer);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined || refusal.httpStatus >= 500) throw error;
      return { errorMessage: refusal.said };
    }
  }

  listFiles(id: JobId, directory: string, options: CallOptions): Promise<readonly JobFileEntry[]> {
    return listFiles(this.service, id, directory, options);
  }

  async openFiles(
    id: JobId,
    paths: readonly string[],
    headers: Readonly<Record<string, string>>,
    { signal }: CallOptions,
  ): Promise<HttpAnswer> {
    const call = {
      path: `jobfiles/download/${encodeJobId(id)}`,
      method: "POST",
      contentType: form,
      accept: "multipart/mixed,application/xml",
      body: `dir=${encodeURIComponent(paths.join(","))}`,
      headers,
      repeatable: true,
      signal,
      doing: `read files of job ${id}`,
    } as const;
    try {
      return await this.service.open(currentCall(this.service, call));
    } catch (error) {
      throw fileFailure(error, paths);
    }
  }

  /** The status says that it has arrived, unless the message behind it says otherwise. */
  async sendFile(file: FileToSend, { signal }: CallOptions): Promise<FileSent> {
    const { chunk, jobId, name } = file;
    if (jobId === "0") throw lacking(this.service, "upload to where no job is");
    const query =
      chunk === undefined
        ? ""
        : `?chunkid=${chunk.chunkId}&chunkbase=${encodeURIComponent(name)}&chunkamount=${chunk.chunkAmount}`;
    const body = multipartBody([file.directory, ...file.file]);
    try {
      const { text, headers } = await this.service.textOfTransfer(
        currentCall(this.service, {
          path: `jobfiles/upload/${encodeJobId(jobId)}${query}`,
          method: "POST",
          contentType: body.contentType,
          headers: file.headers,
          body,
          signal,
          doing: `take ${name}`,
          changes: true,
        }),
      );
      const refused = /<errMsg>([\s\S]*?)<\/errMsg>/.exec(text)?.[1];
      const said = refused ?? parseWsMessage(text) ?? text;
      return { taken: refused === undefined && !saysFailure(said.replaceAll(name, "")), said, headers };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return { taken: false, said: refusal.said, headers: {} };
    }
  }

  /** IBM's has them too, in a form that nobody has written down. */
  async fetchQueues({ signal }: CallOptions): Promise<readonly Queue[]> {
    if (!this.service.isGateway) throw noQueues(this.service.who);
    const call = { path: "queues", repeatable: true, signal, doing: "tell its queues" };
    return this.service.xml(currentCall(this.service, call), parseQueues);
  }

  /** Only our gateway is known to have it here. */
  async fetchApplications({ signal }: CallOptions): Promise<readonly PublishedApplication[]> {
    if (!this.service.isGateway) throw lacking(this.service, "list of applications");
    const call = { path: "applications", repeatable: true, signal, doing: "tell its applications" };
    return this.service.xml(currentCall(this.service, call), parseWsApplications);
  }

  async fetchApplicationFields(
    application: string,
    { signal }: CallOptions,
  ): Promise<readonly ApplicationField[]> {
    const path = `applications/appParams?name=${encodeURIComponent(application)}`;
    const call = { path, repeatable: true, signal, doing: "tell its applications" };
    try {
      return await this.service.xml(currentCall(this.service, call), parseWsApplicationFields);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal?.httpStatus !== 404) throw error;
      throw applicationUnknown(this.service.who, application, refusal.said);
    }
  }
}

/** Where a service says in status 200 that it did not do it. */
function saysFailure(said: string): boolean {
  if (/\bnot\s+(?:been\s+)?successfully|\bunsuccessfully/i.test(said)) return true;
  if (/successfully/i.test(said)) return false;
  return /\b(?:fail(?:ed|ure)?|error|denied|cannot|can't|could not|unable|refused|invalid|no space)\b/i.test(
    said,
  );
}

/** What a refused download means for the files that were asked for. */
function fileFailure(error: unknown, paths: readonly string[]): unknown {
  if (!isScarfError(error) || isLacking(error)) return error;
  const { context } = error;
  const names = paths.join(", ");
  const details = (hint: string) => ({ hint, context: { ...context, path: paths[0] }, cause: error });
  if (refusalOf(error)?.httpStatus === 404 && error.code !== "JOB_NOT_FOUND") {
    return new FileError(
      "FILE_NOT_FOUND",
      `The job has no file ${names}.`,
      details("List the job's files to see what it has."),
    );
  }
  if (error.code === "PERMISSION_DENIED") {
    return new FileError(
      "FILE_UNREADABLE",
      `The resource does not let you read ${names}.`,
      details("Change its permissions on the resource, or ask its owner."),
    );
  }
  return error;
}
