import type { ScarfError } from "../errors/index.js";
import type {
  ApplicationForm,
  ByteRange,
  ByteSource,
  Capabilities,
  FileReading,
  Job,
  JobId,
  JobQuery,
  JobSpec,
  JobStatus,
  Queue,
  RemoteFile,
  SpecProblem,
  TransferProgress,
  WrittenFile,
} from "../model/index.js";
import type { RetryOptions } from "../transports/retry.js";
import type { PublishedApplication } from "../wire/index.js";

/** Every call takes these. */
export interface CallOptions {
  /** Ends the call with `ABORTED`; what the other side has begun by then goes on there. */
  readonly signal?: AbortSignal;
}

/** For calls that move bytes. */
export interface TransferOptions extends CallOptions {
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** For calls that read files. */
export interface ReadOptions extends CallOptions {
  /**
   * Ask for the SHA-256 of the whole file, to compare it with what came; not every resource has it. For a range the other side may
   * have to read what lies before.
   */
  readonly digest?: boolean;
}

/** A file of several that are written in one call. */
export interface FileToWrite {
  readonly name: string;
  readonly source: ByteSource;
}

/** What became of one of them: one of the two is there. */
export interface WriteOutcome {
  readonly name: string;
  readonly written?: WrittenFile;
  readonly error?: ScarfError;
}

/** For calls that write a file there. */
export interface WriteOptions extends TransferOptions {
  /** False (the default): an existing file is an error (`FILE_EXISTS`) where `capabilities.exclusiveWrite` holds. */
  readonly overwrite?: boolean;
  /** False: nobody will compare a digest, so the resource need not compute one. @defaultValue true */
  readonly checksum?: boolean;
}

/** Who logs in. The password is not kept. */
export interface Credentials {
  readonly userName: string;
  /** Kept only while the call lasts. */
  readonly password?: string;
}

/** What `Session.save` gives and `ComputeResource.resume` takes. Holds a secret token: keep it as one. */
export interface SavedSession {
  readonly resourceId: string;
  readonly userName: string;
  /** ISO 8601. */
  readonly savedAt: string;
  readonly expiresAt?: string;
  /** The resource's own; JSON. */
  readonly state: Readonly<Record<string, string>>;
}

/** A resource that answered. */
export interface PingAnswer {
  /** What the service said, for the log. */
  readonly message: string;
  readonly roundTripSeconds: number;
  /** What answers and in which version, as far as it tells. */
  readonly service?: string;
}

/** One place where jobs run: a cluster behind a web service, behind SSH, or this machine. */
export interface ComputeResource {
  /** As the user calls it, e.g. `SCARF@STFC`. */
  readonly id: string;
  /** `pac`, `local`, … */
  readonly kind: string;
  /** What sessions of this resource can do. May become more precise by a log-in. */
  readonly capabilities: Capabilities;
  /** True = the log-in itself shows who the user is, as a certificate does: `Credentials.userName` may then be empty. */
  readonly knowsUser?: boolean;
  /** How patient calls to it are, where its owner has said so; transfers and submits go by it, too. */
  readonly retry?: RetryOptions;
  /**
   * Asks whether the service answers. Needs no log-in.
   * @throws {TransportError} it can't be reached. @throws {SchedulerError} `SCHEDULER_UNAVAILABLE`, `OUTPUT_UNREADABLE`.
   */
  ping(options?: CallOptions): Promise<PingAnswer>;
  /**
   * Begins a session. A second log-in of the same user gives a new session; the older one stays valid for as long as the server lets it.
   * @throws {AuthError} `AUTH_FAILED`, `LOGIN_RATE_LIMITED`. @throws {ValueError} `PROPERTY_MISSING`: no password.
   */
  logIn(credentials: Credentials, options?: CallOptions): Promise<Session>;
  /** Takes up a saved session without asking the server; the first call tells whether it still holds. */
  resume(saved: SavedSession): Session;
  /** Frees connections and processes held by this object. Jobs and sessions on the server are not touched. */
  close(): Promise<void>;
}

/** One user on one resource. Every call may also throw `SESSION_EXPIRED` (AuthError) and the transport's errors. */
export interface Session {
  readonly resource: ComputeResource;
  readonly userName: string;
  readonly capabilities: Capabilities;
  /** When the server will end the session if nothing happens, as far as it is known. */
  readonly expiresAt: Date | undefined;

  /** Finds problems in a spec without submitting it. A bad spec is a result, not an exception. */
  validate(spec: JobSpec, options?: CallOptions): Promise<readonly SpecProblem[]>;

  /** The exact request, script or command that `submit` would send, secrets masked, for a person to read. */
  explain(spec: JobSpec, options?: CallOptions): Promise<string>;

  /**
   * Submits one job; resolves once the scheduler has issued an id.
   *
   * The same `submitKey` (of the same user) returns the first job instead of making a second one, where
   * `capabilities.submitOnce` holds; elsewhere a lost answer ends in `SUBMIT_AMBIGUOUS`.
   * @throws {SpecError} `SPEC_INVALID`, `SPEC_REJECTED`, `APPLICATION_UNKNOWN`: no job was created; do not retry.
   * @throws {NotSupportedError} the spec asks for what the resource can't do: no job was created.
   * @throws {SchedulerError} `SCHEDULER_UNAVAILABLE`, `QUOTA_EXCEEDED`: no job was created; retry later. `SUBMIT_AMBIGUOUS`: one may exist.
   * @throws {TransportError} `CONNECTION_LOST`, `RESPONSE_TIMEOUT`: a job may exist; repeat with the same key.
   */
  submit(
    spec: JobSpec,
    options: CallOptions & { readonly submitKey: string } & Pick<TransferOptions, "onProgress">,
  ): Promise<JobId>;

  /**
   * Status of many jobs in one round trip. Every id asked for is in the answer: one that is not listed (or is another
   * user's) has phase `unknown`, why `not-listed`, never a guessed outcome.
   */
  status(ids: readonly JobId[], options?: CallOptions): Promise<ReadonlyMap<JobId, JobStatus>>;

  /** The job with all that is known of it. @throws {SchedulerError} `JOB_NOT_FOUND`. */
  job(id: JobId, options?: CallOptions): Promise<Job>;

  /** This user's jobs, newest first. */
  list(query?: JobQuery, options?: CallOptions): Promise<readonly Job[]>;

  /**
   * Asks for cancellation. Resolves when the scheduler has the request, not when the job has ended.
   * @throws {SchedulerError} `JOB_NOT_FOUND`.
   */
  cancel(id: JobId, options?: CallOptions): Promise<"requested" | "already-finished">;

  /** The four below: @throws {SchedulerError} `JOB_NOT_FOUND`, `OPERATION_REFUSED` (the job is not in a fitting phase). */
  hold(id: JobId, options?: CallOptions): Promise<void>;
  release(id: JobId, options?: CallOptions): Promise<void>;
  suspend(id: JobId, options?: CallOptions): Promise<void>;
  resume(id: JobId, options?: CallOptions): Promise<void>;
  /** Runs a job again under the same id. */
  requeue(id: JobId, options?: CallOptions): Promise<void>;

  /** Queues this user may submit to. */
  queues(options?: CallOptions): Promise<readonly Queue[]>;

  /** Applications whose forms the resource itself takes. @throws {NotSupportedError} `capabilities.applicationForms` is false. */
  applications(options?: CallOptions): Promise<readonly PublishedApplication[]>;
  /** The form of one of them. @throws {SpecError} `APPLICATION_UNKNOWN`. @throws {NotSupportedError} as above. */
  applicationForm(application: string, options?: CallOptions): Promise<ApplicationForm>;

  /** Runs one of the scheduler's own commands, e.g. `["bstop", "417666"]`, and returns what it printed. */
  runUserCommand(argv: readonly [string, ...string[]], options?: CallOptions): Promise<string>;

  /** The user's files on the resource. Relative paths are relative to the user's own directory there. */
  readonly files: RemoteFiles;

  /** Files in a job's directory. Paths are relative to it and never leave it. */
  jobFiles(id: JobId): JobFiles;

  /** For `ComputeResource.resume`; the only way a token leaves this object. */
  save(): SavedSession;

  /** Ends the session here and on the server. Afterwards every call throws `NOT_LOGGED_IN`, even if the server could not be told (then this call throws what happened). */
  logOut(options?: CallOptions): Promise<void>;
}

/** Files of a user on a resource, outside of jobs. */
export interface RemoteFiles {
  list(directory: string, options?: CallOptions): Promise<readonly RemoteFile[]>;
  /** @throws {FileError} `FILE_NOT_FOUND`. */
  stat(path: string, options?: CallOptions): Promise<RemoteFile>;
  read(path: string, range?: ByteRange, options?: CallOptions): Promise<FileReading>;
  /**
   * Sends one file to `directory`/`name`, making the directory where it is missing. The name holds the old content, or nothing,
   * until all bytes have arrived; then the new one.
   */
  write(directory: string, name: string, source: ByteSource, options?: WriteOptions): Promise<WrittenFile>;
  /**
   * Writes small files of one directory in one go; there only where that is faster than one by one. Each appears under its name
   * whole or not at all, whatever becomes of the others.
   * @throws what concerns all of them; some may be there nevertheless.
   */
  writeMany?(
    directory: string,
    files: readonly FileToWrite[],
    options?: WriteOptions,
  ): Promise<readonly WriteOutcome[]>;
  /**
   * Drops what the other side keeps of a file that did not come whole, so that the next try could go on; there only where something
   * is kept. What lies under its name already is not touched.
   * @returns how many bytes that was; 0 = nothing was kept.
   */
  abandonWrite?(directory: string, name: string, options?: CallOptions): Promise<number>;
  makeDirectory(path: string, options?: CallOptions): Promise<void>;
  /** A file, or a directory with all that is in it. */
  remove(path: string, options?: CallOptions): Promise<void>;
  rename(from: string, to: string, options?: CallOptions): Promise<void>;
  /** SHA-256 in hex. */
  checksum(path: string, options?: CallOptions): Promise<string>;
}

/** Files in one job's directory. */
export interface JobFiles {
  /** Files directly in the job's directory, or in a directory below it. */
  list(directory?: string, options?: CallOptions): Promise<readonly RemoteFile[]>;
  /** `path` is relative to the job's directory, e.g. `417666.output` or `slices/0001.tif`. @throws {FileError} `FILE_NOT_FOUND`. */
  read(path: string, range?: ByteRange, options?: ReadOptions): Promise<FileReading>;
  /**
   * Reads several files in as few requests as the wire allows. Consume each reading before asking for the next.
   * A file that can't be read throws when its turn comes; the error's context has its `path`.
   */
  readMany(
    paths: readonly string[],
    options?: ReadOptions,
  ): AsyncIterable<FileReading & { readonly path: string }>;
  write(directory: string, name: string, source: ByteSource, options?: WriteOptions): Promise<WrittenFile>;
}
