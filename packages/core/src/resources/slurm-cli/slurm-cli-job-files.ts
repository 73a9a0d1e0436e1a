import type { ByteRange, ByteSource, FileReading, RemoteFile, WrittenFile } from "../../model/index.js";
import type { CommandFiles } from "../../transfers/commands/command-files.js";
import { readEach } from "../../transfers/read-each.js";
import type { CallOptions, JobFiles, ReadOptions, WriteOptions } from "../compute-resource.js";

/** Files of one job. */
export class SlurmCliJobFiles implements JobFiles {
  readonly #files: CommandFiles;

  /** @param files - rooted in the job's directory; its first call asks where that is */
  constructor(files: CommandFiles) {
    this.#files = files;
  }

  async list(directory = ".", options: CallOptions = {}): Promise<readonly RemoteFile[]> {
    const files = await this.#files.list(directory, options);
    return files.filter(({ name }) => !name.startsWith(".scarf-"));
  }

  async read(path: string, range: ByteRange = {}, options: ReadOptions = {}): Promise<FileReading> {
    return await this.#files.read(path, range, options);
  }

  async *readMany(
    paths: readonly string[],
    options: ReadOptions = {},
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
