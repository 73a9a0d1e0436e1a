import type { ScarfError } from "../errors/index.js";
import type { FileReading, RemoteFile, WrittenFile } from "../model/index.js";
import type { JobFiles, RemoteFiles } from "./compute-resource.js";

/** @param what - as in "can't …" */
type Refuse = (what: string) => ScarfError;

/** For resources that have no files outside of jobs: each call fails with what `refuse` makes. */
export class NoFiles implements RemoteFiles {
  readonly #makeError: Refuse;

  constructor(refuse: Refuse) {
    this.#makeError = refuse;
  }

  write(): Promise<WrittenFile> {
    return this.#refuse("take files");
  }

  list(): Promise<readonly RemoteFile[]> {
    return this.#refuse("list directories");
  }

  stat(): Promise<RemoteFile> {
    return this.#refuse("look at files");
  }

  read(): Promise<FileReading> {
    return this.#refuse("give files");
  }

  makeDirectory(): Promise<void> {
    return this.#refuse("make directories");
  }

  remove(): Promise<void> {
    return this.#refuse("remove files");
  }

  rename(): Promise<void> {
    return this.#refuse("rename files");
  }

  checksum(): Promise<string> {
    return this.#refuse("compute checksums");
  }

  async #refuse(what: string): Promise<never> {
    throw this.#makeError(what);
  }
}

/** For those that have no files of jobs either. */
export class NoJobFiles implements JobFiles {
  readonly #files: NoFiles;

  constructor(refuse: Refuse) {
    this.#files = new NoFiles(refuse);
  }

  list(): Promise<readonly RemoteFile[]> {
    return this.#files.list();
  }

  read(): Promise<FileReading> {
    return this.#files.read();
  }

  async *readMany(): AsyncGenerator<FileReading & { readonly path: string }> {
    yield { path: "", ...(await this.#files.read()) };
  }

  write(): Promise<WrittenFile> {
    return this.#files.write();
  }
}
