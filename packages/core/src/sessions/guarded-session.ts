import { isScarfError } from "../errors/index.js";
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
  WrittenFile,
} from "../model/index.js";
import type {
  CallOptions,
  ComputeResource,
  JobFiles,
  RemoteFiles,
  SavedSession,
  Session,
  WriteOptions,
} from "../resources/compute-resource.js";

export interface SessionEvents {
  /** Some answer said that the session has expired. Awaited before the caller gets that error. */
  readonly onExpired: () => Promise<void>;
  readonly onLoggedOut: () => Promise<void>;
}

type Guard = <Value>(call: Promise<Value>) => Promise<Value>;

/** A session that tells when it has ended, whichever call finds out. */
export class GuardedSession implements Session {
  readonly #inner: Session;
  readonly #events: SessionEvents;

  constructor(inner: Session, events: SessionEvents) {
    this.#inner = inner;
    this.#events = events;
  }

  readonly #guard: Guard = async (call) => {
    try {
      return await call;
    } catch (error) {
      if (isScarfError(error) && error.code === "SESSION_EXPIRED") await this.#events.onExpired();
      throw error;
    }
  };

  get resource(): ComputeResource {
    return this.#inner.resource;
  }
  get userName(): string {
    return this.#inner.userName;
  }
  get capabilities(): Capabilities {
    return this.#inner.capabilities;
  }
  get expiresAt(): Date | undefined {
    return this.#inner.expiresAt;
  }

  validate(spec: JobSpec, options?: CallOptions): Promise<readonly SpecProblem[]> {
    return this.#guard(this.#inner.validate(spec, options));
  }
  explain(spec: JobSpec, options?: CallOptions): Promise<string> {
    return this.#guard(this.#inner.explain(spec, options));
  }
  submit(spec: JobSpec, options: Parameters<Session["submit"]>[1]): Promise<JobId> {
    return this.#guard(this.#inner.submit(spec, options));
  }
  status(ids: readonly JobId[], options?: CallOptions): Promise<ReadonlyMap<JobId, JobStatus>> {
    return this.#guard(this.#inner.status(ids, options));
  }
  job(id: JobId, options?: CallOptions): Promise<Job> {
    return this.#guard(this.#inner.job(id, options));
  }
  list(query?: JobQuery, options?: CallOptions): Promise<readonly Job[]> {
    return this.#guard(this.#inner.list(query, options));
  }
  cancel(id: JobId, options?: CallOptions): Promise<"requested" | "already-finished"> {
    return this.#guard(this.#inner.cancel(id, options));
  }
  hold(id: JobId, options?: CallOptions): Promise<void> {
    return this.#guard(this.#inner.hold(id, options));
  }
  release(id: JobId, options?: CallOptions): Promise<void> {
    return this.#guard(this.#inner.release(id, options));
  }
  suspend(id: JobId, options?: CallOptions): Promise<void> {
    return this.#guard(this.#inner.suspend(id, options));
  }
  resume(id: JobId, options?: CallOptions): Promise<void> {
    return this.#guard(this.#inner.resume(id, options));
  }
  requeue(id: JobId, options?: CallOptions): Promise<void> {
    return this.#guard(this.#inner.requeue(id, options));
  }
  queues(options?: CallOptions): Promise<readonly Queue[]> {
    return this.#guard(this.#inner.queues(options));
  }
  applications(options?: CallOptions): ReturnType<Session["applications"]> {
    return this.#guard(this.#inner.applications(options));
  }
  applicationForm(application: string, options?: CallOptions): Promise<ApplicationForm> {
    return this.#guard(this.#inner.applicationForm(application, options));
  }
  runUserCommand(argv: readonly [string, ...string[]], options?: CallOptions): Promise<string> {
    return this.#guard(this.#inner.runUserCommand(argv, options));
  }

  get files(): RemoteFiles {
    return guardFiles(this.#inner.files, this.#guard);
  }
  jobFiles(id: JobId): JobFiles {
    return guardJobFiles(this.#inner.jobFiles(id), this.#guard);
  }

  save(): SavedSession {
    return this.#inner.save();
  }

  async logOut(options?: CallOptions): Promise<void> {
    try {
      await this.#inner.logOut(options);
    } finally {
      await this.#events.onLoggedOut();
    }
  }
}

function guardFiles(files: RemoteFiles, guard: Guard): RemoteFiles {
  return {
    list: (directory, options) => guard(files.list(directory, options)),
    stat: (path, options): Promise<RemoteFile> => guard(files.stat(path, options)),
    read: (path, range?: ByteRange, options?: CallOptions): Promise<FileReading> =>
      guard(files.read(path, range, options)),
    write: (directory, name, source, options) => guard(files.write(directory, name, source, options)),
    makeDirectory: (path, options) => guard(files.makeDirectory(path, options)),
    remove: (path, options) => guard(files.remove(path, options)),
    rename: (from, to, options) => guard(files.rename(from, to, options)),
    checksum: (path, options) => guard(files.checksum(path, options)),
  };
}

function guardJobFiles(files: JobFiles, guard: Guard): JobFiles {
  return {
    list: (directory, options) => guard(files.list(directory, options)),
    read: (path, range, options) => guard(files.read(path, range, options)),
    write: (
      directory: string,
      name: string,
      source: ByteSource,
      options?: WriteOptions,
    ): Promise<WrittenFile> => guard(files.write(directory, name, source, options)),
    async *readMany(paths, options) {
      const iterator = files.readMany(paths, options)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const result = await guard(iterator.next());
          if (result.done === true) return;
          yield result.value;
        }
      } finally {
        await iterator.return?.();
      }
    },
  };
}
