import type { FileReading, RemoteFile, WrittenFile } from "../../model/index.js";
import type { JobFiles, RemoteFiles } from "../compute-resource.js";
import type { Who } from "../session-errors.js";
import { notSupported } from "./refusals.js";

const hint =
  "Name a folder that this machine shares with the cluster's nodes as sharedFolder in the resource's definition.";

/** The REST interface has no files of its own. */
export class NoFiles implements RemoteFiles {
  readonly #who: Who;

  constructor(who: Who) {
    this.#who = who;
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
    throw notSupported(this.#who, what, hint);
  }
}

/** Nor those of jobs. */
export class NoJobFiles implements JobFiles {
  readonly #files: NoFiles;

  constructor(who: Who) {
    this.#files = new NoFiles(who);
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
