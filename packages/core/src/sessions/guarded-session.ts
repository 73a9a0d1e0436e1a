import { isScarfError, type ScarfError } from "../errors/index.js";
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
  FileToWrite,
  JobFiles,
  RemoteFiles,
  SavedSession,
  Session,
  WriteOptions,
} from "../resources/compute-resource.js";

/** A session of a resource, and what the store has of it. */
export interface Grant {
  readonly inner: Session;
  readonly saved: SavedSession;
}

export interface SessionEvents {
  /**
   * Some answer said that the session has expired. Awaited before the caller gets that error; when meanwhile `goOnWith` was called,
   * the caller does not get it, and the call is made again: it was refused, so nothing is done twice.
   */
  readonly onExpired: (session: GuardedSession, grant: Grant, error: ScarfError) => Promise<void>;
  readonly onLoggedOut: (grant: Grant) => Promise<void>;
}

/** A call that meets the end of each new session, too, is not helped by one more. */
const mostRenewals = 3;

/** Makes a call with the session in use, and again with the next one if that has expired. */
type Run = <Value>(call: (session: Session) => Promise<Value>) => Promise<Value>;

/** A session that tells when it has ended, whichever call finds out, and that may go on with another one of the same user. */
export class GuardedSession implements Session {
  #grant: Grant;
  readonly #events: SessionEvents;

  constructor(grant: Grant, events: SessionEvents) {
    this.#grant = grant;
    this.#events = events;
  }

  /** The user has logged in again. */
  goOnWith(grant: Grant): void {
    this.#grant = grant;
  }

  get #inner(): Session {
    return this.#grant.inner;
  }

  readonly #run: Run = async (call) => {
    for (let renewals = 0; ; renewals += 1) {
      const grant = this.#grant;
      try {
        return await call(grant.inner);
      } catch (error) {
        if (!isScarfError(error) || error.code !== "SESSION_EXPIRED") throw error;
        if (this.#grant === grant) await this.#events.onExpired(this, grant, error);
        if (this.#grant === grant || renewals === mostRenewals) throw error;
      }
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
    return this.#run((session) => session.validate(spec, options));
  }
  explain(spec: JobSpec, options?: CallOptions): Promise<string> {
    return this.#run((session) => session.explain(spec, options));
  }
  submit(spec: JobSpec, options: Parameters<Session["submit"]>[1]): Promise<JobId> {
    return this.#run((session) => session.submit(spec, options));
  }
  status(ids: readonly JobId[], options?: CallOptions): Promise<ReadonlyMap<JobId, JobStatus>> {
    return this.#run((session) => session.status(ids, options));
  }
  job(id: JobId, options?: CallOptions): Promise<Job> {
    return this.#run((session) => session.job(id, options));
  }
  list(query?: JobQuery, options?: CallOptions): Promise<readonly Job[]> {
    return this.#run((session) => session.list(query, options));
  }
  cancel(id: JobId, options?: CallOptions): Promise<"requested" | "already-finished"> {
    return this.#run((session) => session.cancel(id, options));
  }
  hold(id: JobId, options?: CallOptions): Promise<void> {
    return this.#run((session) => session.hold(id, options));
  }
  release(id: JobId, options?: CallOptions): Promise<void> {
    return this.#run((session) => session.release(id, options));
  }
  suspend(id: JobId, options?: CallOptions): Promise<void> {
    return this.#run((session) => session.suspend(id, options));
  }
  resume(id: JobId, options?: CallOptions): Promise<void> {
    return this.#run((session) => session.resume(id, options));
  }
  requeue(id: JobId, options?: CallOptions): Promise<void> {
    return this.#run((session) => session.requeue(id, options));
  }
  queues(options?: CallOptions): Promise<readonly Queue[]> {
    return this.#run((session) => session.queues(options));
  }
  applications(options?: CallOptions): ReturnType<Session["applications"]> {
    return this.#run((session) => session.applications(options));
  }
  applicationForm(application: string, options?: CallOptions): Promise<ApplicationForm> {
    return this.#run((session) => session.applicationForm(application, options));
  }
  runUserCommand(argv: readonly [string, ...string[]], options?: CallOptions): Promise<string> {
    return this.#run((session) => session.runUserCommand(argv, options));
  }

  get files(): RemoteFiles {
    return guardFiles(this.#run, this.#inner.files);
  }
  jobFiles(id: JobId): JobFiles {
    return guardJobFiles(id, this.#run);
  }

  save(): SavedSession {
    return this.#inner.save();
  }

  async logOut(options?: CallOptions): Promise<void> {
    const grant = this.#grant;
    try {
      await grant.inner.logOut(options);
    } finally {
      await this.#events.onLoggedOut(grant);
    }
  }
}

/** @param inner - tells what there is beyond what every resource has */
function guardFiles(run: Run, inner: RemoteFiles): RemoteFiles {
  return {
    list: (directory, options) => run(({ files }) => files.list(directory, options)),
    stat: (path, options): Promise<RemoteFile> => run(({ files }) => files.stat(path, options)),
    read: (path, range?: ByteRange, options?: CallOptions): Promise<FileReading> =>
      run(({ files }) => files.read(path, range, options)),
    write: (directory, name, source, options) =>
      run(({ files }) => files.write(directory, name, source, options)),
    makeDirectory: (path, options) => run(({ files }) => files.makeDirectory(path, options)),
    remove: (path, options) => run(({ files }) => files.remove(path, options)),
    rename: (from, to, options) => run(({ files }) => files.rename(from, to, options)),
    checksum: (path, options) => run(({ files }) => files.checksum(path, options)),
    ...(inner.writeMany !== undefined && {
      writeMany: (directory: string, wanted: readonly FileToWrite[], options?: WriteOptions) =>
        run(async ({ files }) => (await files.writeMany?.(directory, wanted, options)) ?? []),
    }),
    ...(inner.abandonWrite !== undefined && {
      abandonWrite: (directory: string, name: string, options?: CallOptions) =>
        run(async ({ files }) => (await files.abandonWrite?.(directory, name, options)) ?? 0),
    }),
  };
}

function guardJobFiles(id: JobId, run: Run): JobFiles {
  return {
    list: (directory, options) => run((session) => session.jobFiles(id).list(directory, options)),
    read: (path, range, options) => run((session) => session.jobFiles(id).read(path, range, options)),
    write: (
      directory: string,
      name: string,
      source: ByteSource,
      options?: WriteOptions,
    ): Promise<WrittenFile> => run((session) => session.jobFiles(id).write(directory, name, source, options)),
    async *readMany(paths, options) {
      const left = new Set(paths);
      let reading: Reading | undefined;
      try {
        for (;;) {
          const result = await run(async (session) => {
            if (reading?.session !== session) {
              await reading?.files.return?.();
              const all = session.jobFiles(id).readMany([...left], options);
              const files = all[Symbol.asyncIterator]();
              reading = { session, files };
            }
            return reading.files.next();
          });
          if (result.done === true) return;
          left.delete(result.value.path);
          yield result.value;
        }
      } finally {
        await reading?.files.return?.();
      }
    },
  };
}

/** Files that come with one session; with the next one only those that have not come are asked for. */
interface Reading {
  readonly session: Session;
  readonly files: AsyncIterator<FileReading & { readonly path: string }>;
}
