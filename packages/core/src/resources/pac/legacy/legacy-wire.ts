import { SchedulerError } from "../../../errors/index.js";
import type { FinishedStatus, Job, JobId, Queue } from "../../../model/index.js";
import type { HttpAnswer } from "../../../transports/http/index.js";
import {
  type ActionAnswer,
  type ApplicationField,
  encodeHeaderValue,
  type JobFileEntry,
  type MultipartBody,
  multipartBody,
  parseActionAnswer,
  parseSubmitAnswer,
  type PublishedApplication,
  renderUserCommand,
  type SubmitAnswer,
  wireHeaders,
} from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import { sentence } from "../../session-errors.js";
import { encodeJobId } from "../job-id.js";
import type { PacCall, PacService } from "../pac-service.js";
import type { FileSent, FileToSend, PacAction, PacJobsQuery, PacWire } from "../pac-wire.js";
import { noQueues } from "../refusals.js";
import { fieldPart } from "../submit-body.js";
import { fetchApplicationFields, fetchApplications } from "./fetch-applications.js";
import { fetchJobs, fetchJobsByIds } from "./fetch-jobs.js";
import { legacyCall } from "./legacy-call.js";
import { listFiles } from "./list-files.js";
import { checkSession, openFiles } from "./open-files.js";

/** The legacy generation, `/platform/webservice/pacclient/…`: errors are texts in status 200. */
export class LegacyWire implements PacWire {
  readonly generation = "legacy";
  readonly service: PacService;
  readonly #historyHours: number;

  constructor(service: PacService, historyHours: number) {
    this.service = service;
    this.#historyHours = historyHours;
  }

  ping(address: string, { signal }: CallOptions): Promise<string> {
    return this.service.text(
      legacyCall({
        path: "ping/",
        contentType: "text/plain",
        body: address,
        repeatable: true,
        signal,
        doing: "answer",
        anonymous: true,
      }),
    );
  }

  async logOut({ signal }: CallOptions): Promise<void> {
    const { service } = this;
    const call = { path: "logout/", contentType: "text/plain", signal, doing: "log out" };
    const said = await service.text(legacyCall(call));
    if (said.trim() === "ok") return;
    service.checkSession(said);
    const { resourceId, userName } = service.who;
    throw new SchedulerError(
      "OPERATION_REFUSED",
      `${resourceId} did not confirm the log-out: ${sentence(said)}`,
      {
        hint: "You are logged out here. The session on the server ends by itself when it is not used.",
        context: { resource: resourceId, user: userName },
      },
    );
  }

  checkSession(options: CallOptions): Promise<void> {
    return checkSession(this.service, options);
  }

  fetchJobs(query: PacJobsQuery, options: CallOptions): Promise<readonly Job[]> {
    return fetchJobs(this.service, query, this.#historyHours, options);
  }

  fetchJobsByIds(ids: readonly JobId[], options: CallOptions): Promise<readonly Job[]> {
    return fetchJobsByIds(this.service, ids, this.#historyHours, options);
  }

  /** It remembers nothing beyond its list. */
  fetchOutcomes(): Promise<ReadonlyMap<JobId, FinishedStatus>> {
    return Promise.resolve(new Map());
  }

  submitCall(body: MultipartBody, submitKey: string): PacCall {
    return legacyCall({
      path: "submitapp",
      method: "POST",
      contentType: body.contentType,
      accept: "text/xml,application/xml;",
      headers: this.service.isGateway ? { [wireHeaders.submitKey]: encodeHeaderValue(submitKey) } : {},
      body,
      // A pooled connection may die in the moment of use, and nobody would know whether the job exists.
      ownConnection: true,
      doing: "submit the job",
    });
  }

  submit(body: MultipartBody, submitKey: string, { signal }: CallOptions): Promise<SubmitAnswer> {
    return this.service.xml({ ...this.submitCall(body, submitKey), signal }, parseSubmitAnswer);
  }

  act(action: PacAction, id: JobId, { signal }: CallOptions): Promise<ActionAnswer> {
    return this.service.xml(
      legacyCall({
        path: `jobOperation/${action}/${encodeJobId(id)}`,
        accept: "application/xml",
        ownConnection: true,
        signal,
        doing: `${action} job ${id}`,
      }),
      parseActionAnswer,
    );
  }

  runCommand(argv: readonly [string, ...string[]], { signal }: CallOptions): Promise<ActionAnswer> {
    return this.service.xml(
      legacyCall({
        path: "userCmd",
        method: "POST",
        accept: "text/xml",
        body: renderUserCommand(argv),
        ownConnection: true,
        signal,
        doing: `run ${argv[0]}`,
      }),
      parseActionAnswer,
    );
  }

  listFiles(id: JobId, directory: string, options: CallOptions): Promise<readonly JobFileEntry[]> {
    return listFiles(this.service, id, directory, options);
  }

  openFiles(
    id: JobId,
    paths: readonly string[],
    headers: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<HttpAnswer> {
    return openFiles(this.service, id, paths, headers, options);
  }

  /** The reply is a text that holds `successfully`, or any other. */
  async sendFile(file: FileToSend, { signal }: CallOptions): Promise<FileSent> {
    const { chunk, name } = file;
    const numbers =
      chunk === undefined
        ? []
        : [
            fieldPart("chunkid", String(chunk.chunkId)),
            fieldPart("chunkamount", String(chunk.chunkAmount)),
            fieldPart("chunkbase", encodeURIComponent(name)),
          ];
    const body = multipartBody([file.directory, ...numbers, ...file.file]);
    const { text, headers } = await this.service.textOfTransfer(
      legacyCall({
        path: `${chunk === undefined ? "upfile" : "uplargefile"}/${encodeJobId(file.jobId)}`,
        method: "POST",
        contentType: body.contentType,
        accept: "text/plain;",
        headers: file.headers,
        body,
        signal,
        doing: `take ${name}`,
      }),
    );
    const taken =
      /successfully/i.test(text) && !/\bnot\s+(?:been\s+)?successfully|\bunsuccessfully/i.test(text);
    return { taken, said: /<errMsg>([\s\S]*?)<\/errMsg>/.exec(text)?.[1] ?? text, headers };
  }

  fetchQueues(): Promise<readonly Queue[]> {
    return Promise.reject(noQueues(this.service.who));
  }

  fetchApplications(options: CallOptions): Promise<readonly PublishedApplication[]> {
    return fetchApplications(this.service, options);
  }

  fetchApplicationFields(application: string, options: CallOptions): Promise<readonly ApplicationField[]> {
    return fetchApplicationFields(this.service, application, options);
  }
}
