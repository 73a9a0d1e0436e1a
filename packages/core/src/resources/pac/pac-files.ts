import { NotSupportedError } from "../../errors/index.js";
import type { ByteSource, FileReading, RemoteFile, WrittenFile } from "../../model/index.js";
import type {
  CallOptions,
  FileToWrite,
  RemoteFiles,
  WriteOptions,
  WriteOutcome,
} from "../compute-resource.js";
import { dropKeptChunks } from "./gateway-chunks.js";
import type { PacWire } from "./pac-wire.js";
import { encodeDirectory } from "./remote-paths.js";
import { uploadTogether } from "./upload-together.js";
import { upload } from "./upload.js";

/** Files outside of jobs: this service takes them and does nothing else with them. */
export class PacFiles implements RemoteFiles {
  readonly #wire: PacWire;

  constructor(wire: PacWire) {
    this.#wire = wire;
  }

  write(
    directory: string,
    name: string,
    source: ByteSource,
    options: WriteOptions = {},
  ): Promise<WrittenFile> {
    return upload(this.#wire, { jobId: "0", directory, name, source }, options);
  }

  writeMany(
    directory: string,
    files: readonly FileToWrite[],
    options: WriteOptions = {},
  ): Promise<readonly WriteOutcome[]> {
    return uploadTogether(this.#wire, directory, files, options);
  }

  async abandonWrite(directory: string, name: string, options: CallOptions = {}): Promise<number> {
    const { service } = this.#wire;
    if (!service.isGateway) return this.#refuse("drop what it has of a file that did not come whole", name);
    return dropKeptChunks(service, { jobId: "0", directory: encodeDirectory(directory), name }, options);
  }

  list(directory: string): Promise<readonly RemoteFile[]> {
    return this.#refuse("list directories", directory);
  }

  stat(path: string): Promise<RemoteFile> {
    return this.#refuse("look at files", path);
  }

  read(path: string): Promise<FileReading> {
    return this.#refuse("give files that belong to no job", path);
  }

  makeDirectory(path: string): Promise<void> {
    return this.#refuse("make directories", path);
  }

  remove(path: string): Promise<void> {
    return this.#refuse("remove files", path);
  }

  rename(from: string): Promise<void> {
    return this.#refuse("rename files", from);
  }

  checksum(path: string): Promise<string> {
    return this.#refuse("compute checksums", path);
  }

  async #refuse(what: string, path: string): Promise<never> {
    const { resourceId } = this.#wire.service.who;
    throw new NotSupportedError("NOT_SUPPORTED", `The web service of ${resourceId} can't ${what}.`, {
      hint: "Do it in a job, or in a terminal on the cluster.",
      context: { resource: resourceId, path },
    });
  }
}
