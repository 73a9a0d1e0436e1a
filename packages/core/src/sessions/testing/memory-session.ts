import { AuthError, FileError, isScarfError, NotSupportedError, ValueError } from "../../errors/index.js";
import type {
  ByteRange,
  ByteSource,
  Capabilities,
  FileReading,
  Job,
  JobId,
  JobSpec,
  JobStatus,
  RemoteFile,
  WrittenFile,
} from "../../model/index.js";
import type {
  ComputeResource,
  JobFiles,
  RemoteFiles,
  SavedSession,
  Session,
  WriteOptions,
  WriteOutcome,
} from "../../resources/compute-resource.js";
import { activeStatus, type MemoryServer, notFound, sha256 } from "./memory-server.js";

/** A user's session on a `MemoryResource`. */
export class MemorySession implements Session {
  readonly resource: MemoryServer & ComputeResource;
  readonly userName: string;
  readonly capabilities: Capabilities;
  readonly expiresAt = undefined;
  readonly #token: string;
  #loggedOut = false;

  constructor(resource: MemoryServer & ComputeResource, userName: string, token: string) {
    this.resource = resource;
    this.userName = userName;
    this.capabilities = resource.capabilities;
    this.#token = token;
  }

  /** One call to the "server": counted, cut or refused as the resource's switches say. */
  #call<Value>(method: string, act: () => Value): Promise<Value> {
    return this.resource.call(method, () => {
      if (this.#loggedOut) throw new ValueError("NOT_LOGGED_IN", `${this.userName} has logged out`);
      if (this.resource.tokens.get(this.#token) !== this.userName)
        throw new AuthError(
          "SESSION_EXPIRED",
          `The session of ${this.userName} on ${this.resource.id} has ended`,
        );
      return act();
    });
  }

  get #user(): ReturnType<MemoryServer["userNamed"]> {
    return this.resource.userNamed(this.userName);
  }

  validate(): Promise<[]> {
    return this.#call("validate", () => []);
  }

  explain(): Promise<string> {
    return this.#call("explain", () => "");
  }

  submit(spec: JobSpec, { submitKey }: { readonly submitKey: string }): Promise<JobId> {
    return this.#call("submit", () => {
      const known = [...this.#user.jobs.values()].find((job) => job.submitKey === submitKey);
      if (known !== undefined && this.capabilities.submitOnce) return known.id;
      const id = this.resource.nextJobId();
      this.#user.jobs.set(id, { id, name: spec.name ?? "job", status: activeStatus("queued"), submitKey });
      return id;
    });
  }

  status(ids: readonly JobId[]): Promise<ReadonlyMap<JobId, JobStatus>> {
    return this.#call("status", () => new Map(ids.map((id) => [id, this.#statusOf(id)])));
  }

  #statusOf(id: JobId): JobStatus {
    const evidence = { source: "memory", observedAt: new Date() };
    return this.#user.jobs.get(id)?.status ?? { phase: "unknown", why: "not-listed", raw: "", evidence };
  }

  job(id: JobId): Promise<Job> {
    return this.#call("job", () => {
      const job = this.#user.jobs.get(id);
      if (job === undefined) throw notFound(id);
      return job;
    });
  }

  list(): Promise<readonly Job[]> {
    return this.#call("list", () => [...this.#user.jobs.values()].toReversed());
  }

  cancel(id: JobId): Promise<"requested"> {
    return this.#call("cancel", () => {
      if (!this.#user.jobs.has(id)) throw notFound(id);
      return "requested";
    });
  }

  hold(): Promise<void> {
    return this.#unsupported("hold");
  }
  release(): Promise<void> {
    return this.#unsupported("release");
  }
  suspend(): Promise<void> {
    return this.#unsupported("suspend");
  }
  resume(): Promise<void> {
    return this.#unsupported("resume");
  }
  requeue(): Promise<void> {
    return this.#unsupported("requeue");
  }
  queues(): Promise<never> {
    return this.#unsupported("queues");
  }
  applications(): Promise<never> {
    return this.#unsupported("applications");
  }
  applicationForm(): Promise<never> {
    return this.#unsupported("applicationForm");
  }
  runUserCommand(): Promise<never> {
    return this.#unsupported("runUserCommand");
  }

  #unsupported(method: string): Promise<never> {
    return this.#call(method, () => {
      throw new NotSupportedError("NOT_SUPPORTED", `no ${method} here`);
    });
  }

  get files(): RemoteFiles {
    return this.#filesBelow("");
  }

  jobFiles(id: JobId): JobFiles {
    return this.#filesBelow(`jobs/${id}/`);
  }

  #filesBelow(root: string): RemoteFiles & JobFiles {
    const get = (path: string): Uint8Array => {
      const bytes = this.#user.files.get(root + path);
      if (bytes === undefined)
        throw new FileError("FILE_NOT_FOUND", `There is no file ${path}`, { context: { path } });
      return bytes;
    };
    const list = (directory = ""): Promise<readonly RemoteFile[]> =>
      this.#call("files.list", () =>
        listEntries(this.#user.files, root + (directory === "" ? "" : `${directory}/`)),
      );
    const read = (path: string, { offset = 0 }: ByteRange = {}): Promise<FileReading> =>
      this.#call("files.read", () => {
        const bytes = get(path);
        if (offset > 0 && !this.capabilities.byteRanges)
          throw new NotSupportedError("NOT_SUPPORTED", "no byte ranges");
        const sizeBytes = Math.max(bytes.length - offset, 0);
        const digest = this.capabilities.checksums ? { sha256: sha256(bytes) } : {};
        return { sizeBytes, ...digest, chunks: this.#chunks(path, bytes.subarray(offset)) };
      });
    const write = async (
      directory: string,
      name: string,
      source: ByteSource,
      { overwrite = false }: WriteOptions = {},
    ): Promise<WrittenFile> => {
      const path = directory === "" ? name : `${directory}/${name}`;
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.read()) chunks.push(Uint8Array.from(chunk));
      const bytes = Buffer.concat(chunks);
      return this.#call("files.write", () => {
        if (!overwrite && this.capabilities.exclusiveWrite && this.#user.files.has(root + path))
          throw new FileError("FILE_EXISTS", `${path} exists already`);
        this.#user.files.set(root + path, bytes);
        return { path, sizeBytes: bytes.length };
      });
    };
    const readMany = async function* (
      paths: readonly string[],
    ): AsyncGenerator<FileReading & { readonly path: string }, void> {
      for (const path of paths) yield { ...(await read(path)), path };
    };
    return {
      list,
      read,
      readMany,
      write,
      writeMany: async (directory, files, options) => {
        const outcomes: WriteOutcome[] = [];
        for (const { name, source } of files) {
          await write(directory, name, source, options).then(
            (written) => outcomes.push({ name, written }),
            (error: unknown) => {
              if (!isScarfError(error) || error.code === "SESSION_EXPIRED") throw error;
              outcomes.push({ name, error });
            },
          );
        }
        return outcomes;
      },
      abandonWrite: () => this.#call("files.abandonWrite", () => 17),
      stat: (path) =>
        this.#call("files.stat", () => ({
          path,
          name: path.split("/").at(-1) ?? path,
          kind: "file",
          sizeBytes: get(path).length,
          readable: true,
        })),
      makeDirectory: () => this.#call("files.makeDirectory", () => undefined),
      remove: (path) => this.#call("files.remove", () => void this.#user.files.delete(root + path)),
      rename: () => this.#unsupported("files.rename"),
      checksum: (path) => this.#call("files.checksum", () => sha256(get(path))),
    };
  }

  /** As a reader may do: one buffer for all chunks, so that whoever keeps a chunk sees it change. */
  async *#chunks(path: string, bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
    const buffer = new Uint8Array(this.resource.chunkBytes);
    for (let offset = 0; offset < bytes.length; offset += buffer.length) {
      await this.resource.call(`chunk of ${path}`, () => undefined);
      const chunk = bytes.subarray(offset, offset + buffer.length);
      buffer.fill(0);
      buffer.set(chunk);
      yield buffer.subarray(0, chunk.length);
    }
  }

  save(): SavedSession {
    return {
      resourceId: this.resource.id,
      userName: this.userName,
      savedAt: new Date().toISOString(),
      state: { token: this.#token },
    };
  }

  async logOut(): Promise<void> {
    try {
      await this.#call("logOut", () => this.resource.tokens.delete(this.#token));
    } finally {
      this.#loggedOut = true;
    }
  }
}

function listEntries(files: ReadonlyMap<string, Uint8Array>, prefix: string): readonly RemoteFile[] {
  const entries = new Map<string, RemoteFile>();
  for (const [path, bytes] of files) {
    if (!path.startsWith(prefix)) continue;
    // `|` stands for a slash inside one entry's name, as only a hostile server sends it.
    const [first = "", ...below] = path.slice(prefix.length).split("/");
    const name = first.replaceAll("|", "/");
    const kind = below.length > 0 ? "directory" : "file";
    entries.set(name, {
      path: name,
      name,
      kind,
      sizeBytes: kind === "file" ? bytes.length : 0,
      readable: true,
    });
  }
  return [...entries.values()];
}
