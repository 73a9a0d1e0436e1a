import type { FinishedStatus, Job, JobId, Queue } from "../../model/index.js";
import type { HttpAnswer } from "../../transports/http/index.js";
import type {
  ActionAnswer,
  ApplicationField,
  JobFileEntry,
  MultipartBody,
  PartToSend,
  PublishedApplication,
  StatusWord,
  SubmitAnswer,
} from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import type { PacCall, PacService } from "./pac-service.js";

/** `current`: `/platform/ws/…`. `legacy`: `/platform/webservice/pacclient/…`. */
export type PacGeneration = "current" | "legacy";

/** The questions the service's job list can answer by itself. */
export type PacJobsQuery =
  | {
      readonly kind: "all";
      readonly pastHours?: number;
      /** As a filter that may be ignored. */ readonly name?: string;
    }
  | { readonly kind: "id"; readonly id: JobId }
  /** `*` as wildcard. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "state"; readonly state: StatusWord };

export type PacAction = "kill" | "suspend" | "resume" | "requeue";

/** One file, or one chunk of it, on its way. */
export interface FileToSend {
  /** `0` = not into a job's directory. */
  readonly jobId: string;
  readonly name: string;
  /** The part `DirName`. */
  readonly directory: PartToSend;
  /** The file's, and what our gateway gets behind it. */
  readonly file: readonly PartToSend[];
  readonly chunk: { readonly chunkId: number; readonly chunkAmount: number } | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of it. */
export interface FileSent {
  /** The service says that it has it. */
  readonly taken: boolean;
  /** In its own words. */
  readonly said: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What the service is asked for, whatever its generation. Each method is one question; what the answers mean for a session is
 * decided above it. All of them may throw what `PacService.open` throws.
 */
export interface PacWire {
  readonly generation: PacGeneration;
  readonly service: PacService;
  /** What the service says of itself. Needs no session. */
  ping(address: string, options: CallOptions): Promise<string>;
  /** @throws {SchedulerError} `OPERATION_REFUSED`: not confirmed. */
  logOut(options: CallOptions): Promise<void>;
  /** A harmless question. @throws {AuthError} `SESSION_EXPIRED` */
  checkSession(options: CallOptions): Promise<void>;
  /** Nothing found is an empty list. */
  fetchJobs(query: PacJobsQuery, options: CallOptions): Promise<readonly Job[]>;
  /** The jobs with these ids, elements in place of an array; and maybe others. What is not listed is left out. */
  fetchJobsByIds(ids: readonly JobId[], options: CallOptions): Promise<readonly Job[]>;
  /** How jobs ended that are no longer listed, as far as something proves it. */
  fetchOutcomes(ids: readonly JobId[], options: CallOptions): Promise<ReadonlyMap<JobId, FinishedStatus>>;
  /** The request by which `submit` sends it. */
  submitCall(body: MultipartBody, submitKey: string): PacCall;
  submit(body: MultipartBody, submitKey: string, options: CallOptions): Promise<SubmitAnswer>;
  act(action: PacAction, id: JobId, options: CallOptions): Promise<ActionAnswer>;
  runCommand(argv: readonly [string, ...string[]], options: CallOptions): Promise<ActionAnswer>;
  /** @throws {SchedulerError} `JOB_NOT_FOUND`, `OPERATION_REFUSED`. */
  listFiles(id: JobId, directory: string, options: CallOptions): Promise<readonly JobFileEntry[]>;
  /** An answer that holds them. The headers are our gateway's. @throws {FileError} `FILE_NOT_FOUND`, `FILE_UNREADABLE` */
  openFiles(
    id: JobId,
    paths: readonly string[],
    headers: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<HttpAnswer>;
  sendFile(file: FileToSend, options: CallOptions): Promise<FileSent>;
  /** @throws {NotSupportedError} only our gateway tells them, in its current generation. */
  fetchQueues(options: CallOptions): Promise<readonly Queue[]>;
  fetchApplications(options: CallOptions): Promise<readonly PublishedApplication[]>;
  fetchApplicationFields(application: string, options: CallOptions): Promise<readonly ApplicationField[]>;
}
