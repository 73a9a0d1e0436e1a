import type { FileReading, RemoteFile, WrittenFile } from "../../model/index.js";
import type { RemoteFiles } from "../compute-resource.js";
import type { Who } from "../session-errors.js";
import { notSupported } from "./refusals.js";

/** Files outside of jobs: the interface has none, not even to send. */
export class NoFiles implements RemoteFiles {
  readonly #who: Who;

  constructor(who: Who) {
    this.#who = who;
  }

  write(): Promise<WrittenFile> {
    return this.#refuse("take files that belong to no job");
  }

  list(): Promise<readonly RemoteFile[]> {
    return this.#refuse("list directories");
  }

  stat(): Promise<RemoteFile> {
    return this.#refuse("look at files that belong to no job");
  }

  read(): Promise<FileReading> {
    return this.#refuse("give files that belong to no job");
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
    throw notSupported(
      this.#who,
      what,
      "Send files with the job that needs them; fetch them from the job that made them.",
    );
  }
}
