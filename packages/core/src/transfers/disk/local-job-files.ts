import type { ByteRange, ByteSource, FileReading, RemoteFile, WrittenFile } from "../../model/index.js";
import type { CallOptions, JobFiles, WriteOptions } from "../../resources/compute-resource.js";
import { readEach } from "../read-each.js";
import { LocalFiles } from "./local-files.js";
import type { SafeRoots } from "./safe-directory.js";

/** Files in the directory of one job. */
export class LocalJobFiles implements JobFiles {
  readonly #files: LocalFiles;

  /** @param getRoots - Throws when the job can't be found. */
  constructor(getRoots: () => SafeRoots) {
    this.#files = new LocalFiles(getRoots);
  }

  async list(directory = ".", options: CallOptions = {}): Promise<readonly RemoteFile[]> {
    return await this.#files.list(directory, options);
  }

  async read(path: string, range: ByteRange = {}, options: CallOptions = {}): Promise<FileReading> {
    return await this.#files.read(path, range, options);
  }

  async *readMany(
    paths: readonly string[],
    options: CallOptions = {},
  ): AsyncGenerator<FileReading & { readonly path: string }, void, undefined> {
    yield* readEach(paths, (path) => this.#files.read(path, {}, options));
  }

  async write(
    directory: string,
    name: string,
    source: ByteSource,
    options: WriteOptions = {},
  ): Promise<WrittenFile> {
    return await this.#files.write(directory, name, source, options);
  }
}
