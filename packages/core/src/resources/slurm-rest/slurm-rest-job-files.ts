import type {
  ByteRange,
  ByteSource,
  FileReading,
  JobId,
  RemoteFile,
  WrittenFile,
} from "../../model/index.js";
import type { LocalFiles } from "../../transfers/disk/local-files.js";
import { readEach } from "../../transfers/read-each.js";
import type { CallOptions, JobFiles, WriteOptions } from "../compute-resource.js";
import type { SlurmRestJobs } from "./slurm-rest-jobs.js";
import type { UserFolder } from "./user-folder.js";

/** Files of one job in a shared folder: in the directory that was made for it, else where it runs. */
export class SlurmRestJobFiles implements JobFiles {
  readonly #folder: UserFolder;
  readonly #jobs: SlurmRestJobs;
  readonly #id: JobId;
  #files: LocalFiles | undefined;

  constructor(folder: UserFolder, jobs: SlurmRestJobs, id: JobId) {
    this.#folder = folder;
    this.#jobs = jobs;
    this.#id = id;
  }

  async list(directory = ".", options: CallOptions = {}): Promise<readonly RemoteFile[]> {
    return (await this.#open(options)).list(directory, options);
  }

  async read(path: string, range: ByteRange = {}, options: CallOptions = {}): Promise<FileReading> {
    return (await this.#open(options)).read(path, range, options);
  }

  async *readMany(
    paths: readonly string[],
    options: CallOptions = {},
  ): AsyncGenerator<FileReading & { readonly path: string }, void, undefined> {
    const files = await this.#open(options);
    yield* readEach(paths, (path) => files.read(path, {}, options));
  }

  async write(
    directory: string,
    name: string,
    source: ByteSource,
    options: WriteOptions = {},
  ): Promise<WrittenFile> {
    return (await this.#open(options)).write(directory, name, source, options);
  }

  async #open({ signal }: CallOptions): Promise<LocalFiles> {
    if (this.#files !== undefined) return this.#files;
    const { submitKey, workingDirectory = "" } = await this.#jobs.job(this.#id, {
      ...(signal !== undefined && { signal }),
    });
    const own = submitKey === undefined ? undefined : this.#folder.jobDirectory(submitKey);
    return (this.#files = this.#folder.jobFiles(own ?? workingDirectory));
  }
}
