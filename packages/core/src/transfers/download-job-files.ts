import { mkdir } from "node:fs/promises";
import { FileError, isScarfError, type ScarfError, TransferError } from "../errors/index.js";
import type { JobId, TransferProgress } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { type DownloadedFile, downloadFrom } from "./download-to.js";
import { type JobFile, listJobFiles } from "./list-job-files.js";
import { mapFileError } from "./map-file-error.js";
import { lstatIfAny, type Overwrite, removeStaleParts } from "./part-file.js";
import { throwIfAborted } from "../transports/abort.js";
import { RetryBudget, type RetryOptions } from "../transports/retry.js";
import { prepareTarget } from "./safe-path.js";

/** How far the download of a job's files has come. */
export interface DownloadProgress extends TransferProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  /** Path within the job's directory of the file that is coming. */
  readonly currentName: string;
}

/** Which of a job's files are fetched, where to and how. */
export interface DownloadJobFilesOptions extends CallOptions {
  /** Directory on this machine; made if it isn't there. */
  readonly directory: string;
  /** Paths within the job's directory; a directory means all that is in it. Absent = everything. */
  readonly names?: readonly string[];
  /** What to do about names that are taken here. `skip` skips files of the same size only. @defaultValue "error" */
  readonly overwrite?: Overwrite;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly retry?: RetryOptions;
}

/** A file of a job that is here now, complete. */
export interface DownloadedJobFile extends DownloadedFile {
  /** Path within the job's directory. */
  readonly name: string;
}

/** A file of a job that could not be fetched, and why. */
export interface DownloadFailure {
  readonly name: string;
  readonly error: ScarfError;
}

/** Every file that was wanted is in exactly one of the two lists. */
export interface DownloadReport {
  readonly files: readonly DownloadedJobFile[];
  readonly failures: readonly DownloadFailure[];
}

/**
 * Downloads files of a job. A failure of one file does not keep the others from coming; it is named in the report. What
 * concerns all of them (disk full, session expired, connection gone for good) is named for each that did not come.
 * @throws what prevents even the first step: the list can't be had, the directory can't be made. @throws {AbortedError}
 */
export async function downloadJobFiles(
  session: Session,
  id: JobId,
  options: DownloadJobFilesOptions,
): Promise<DownloadReport> {
  await makeTarget(options.directory);
  const { files, failures } = await listJobFiles(session.jobFiles(id), options.names, options);
  const run = new DownloadRun(session, id, files, [...failures], options);
  return run.download();
}

class DownloadRun {
  readonly #session: Session;
  readonly #id: JobId;
  readonly #options: DownloadJobFilesOptions;
  /** What is still to come, by path within the job's directory. */
  readonly #wanted = new Map<string, JobFile & { readonly target: string }>();
  readonly #all: readonly JobFile[];
  readonly #files: DownloadedJobFile[] = [];
  readonly #failures: DownloadFailure[];
  readonly #bytesTotal: number;
  #bytesDone = 0;

  constructor(
    session: Session,
    id: JobId,
    files: readonly JobFile[],
    failures: DownloadFailure[],
    options: DownloadJobFilesOptions,
  ) {
    this.#session = session;
    this.#id = id;
    this.#all = files;
    this.#failures = failures;
    this.#options = options;
    this.#bytesTotal = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  get #retry(): RetryOptions {
    return { ...this.#session.resource.retry, ...this.#options.retry };
  }

  async download(): Promise<DownloadReport> {
    for (const file of this.#all) await this.#prepare(file);
    const budget = new RetryBudget(this.#retry, this.#options.signal);
    while (this.#wanted.size > 0) {
      const before = this.#wanted.size;
      try {
        await this.#readWanted();
      } catch (error) {
        throwIfAborted(this.#options.signal);
        if (!isScarfError(error)) throw error;
        if (this.#wanted.size < before) budget.restore();
        await this.#survive(error, budget);
      }
    }
    return { files: this.#files, failures: this.#failures };
  }

  /** What is known to fail or to be unnecessary is not even asked for. */
  async #prepare(file: JobFile): Promise<void> {
    const { overwrite = "error", directory } = this.#options;
    try {
      const target = await prepareTarget(directory, file.path);
      const present = overwrite === "replace" ? undefined : await lstatIfAny(target);
      if (
        present !== undefined &&
        overwrite === "skip" &&
        file.sizeKnown !== false &&
        Number(present.size) === file.sizeBytes &&
        present.isFile()
      ) {
        this.#bytesDone += file.sizeBytes;
        this.#files.push({ name: file.path, path: target, sizeBytes: file.sizeBytes, outcome: "skipped" });
      } else if (present !== undefined) {
        throw existing(target, overwrite, Number(present.size), file);
      } else {
        this.#wanted.set(file.path, { ...file, target });
      }
    } catch (error) {
      this.#fail(file.path, error);
    }
  }

  async #readWanted(): Promise<void> {
    const { signal } = this.#options;
    const call = { digest: true, ...(signal === undefined ? {} : { signal }) };
    const jobFiles = this.#session.jobFiles(this.#id);
    for await (const reading of jobFiles.readMany([...this.#wanted.keys()], call)) {
      const file = this.#wanted.get(reading.path);
      // A server that sends what nobody asked for does not decide what is written here.
      if (file === undefined) continue;
      const done = this.#bytesDone;
      try {
        const open = (offset: number): ReturnType<typeof jobFiles.read> =>
          jobFiles.read(file.path, offset === 0 ? undefined : { offset }, call);
        const saved = await downloadFrom(
          {
            first: reading,
            open,
            byteRanges: this.#session.capabilities.byteRanges,
            retry: this.#retry,
          },
          file.target,
          {
            overwrite: this.#options.overwrite === "replace" ? "replace" : "error",
            expectedSizeBytes: file.sizeBytes,
            ...(signal === undefined ? {} : { signal }),
            onProgress: ({ bytesDone }) => this.#report(done + bytesDone, file.path),
          },
        );
        this.#wanted.delete(file.path);
        this.#bytesDone = done + file.sizeBytes;
        this.#files.push({ ...saved, name: file.path });
        this.#report(this.#bytesDone, file.path);
      } catch (error) {
        throwIfAborted(signal);
        if (concernsAll(error)) throw error;
        this.#wanted.delete(file.path);
        this.#fail(file.path, error);
      }
    }
    if (this.#wanted.size === 0) return;
    const [first = ""] = this.#wanted.keys();
    const more = this.#wanted.size > 1 ? ` and ${this.#wanted.size - 1} more` : "";
    throw new TransferError(
      "TRANSFER_INCOMPLETE",
      `The resource's answer ended before ${first}${more} had come.`,
      {
        hint: "Try again; what has come is kept.",
      },
    );
  }

  /** Takes a failure of `readMany` itself: names the file it is about, or waits and goes on, or gives up all that is left. */
  async #survive(error: ScarfError, budget: RetryBudget): Promise<void> {
    const { path } = error.context;
    if (!concernsAll(error) && typeof path === "string" && this.#wanted.delete(path)) {
      this.#fail(path, error);
      return;
    }
    try {
      await budget.waitAfter(error);
    } catch (reason) {
      throwIfAborted(this.#options.signal);
      for (const name of this.#wanted.keys()) this.#fail(name, reason);
      this.#wanted.clear();
    }
  }

  #fail(name: string, error: unknown): void {
    // A bug is not a failure of one file.
    if (!isScarfError(error)) throw error;
    this.#failures.push({ name, error });
  }

  #report(bytesDone: number, currentName: string): void {
    this.#options.onProgress?.({
      bytesDone,
      bytesTotal: this.#bytesTotal,
      filesDone: this.#files.length,
      filesTotal: this.#all.length,
      currentName,
    });
  }
}

function concernsAll(error: unknown): boolean {
  const codes = [
    "DISK_FULL",
    "SESSION_EXPIRED",
    "NOT_LOGGED_IN",
    "ABORTED",
    "CONNECTION_FAILED",
    "TLS_UNTRUSTED",
  ];
  return !isScarfError(error) || codes.includes(error.code);
}

function existing(
  target: string,
  overwrite: Overwrite,
  sizeHere: number,
  { sizeBytes, sizeKnown }: JobFile,
): FileError {
  const sizes =
    sizeKnown === false
      ? "; whether it is complete can't be told, because the resource tells no sizes"
      : `, but with ${sizeHere} bytes where the resource has ${sizeBytes}`;
  const differs = overwrite === "skip" ? sizes : "";
  return new FileError("FILE_EXISTS", `${target} exists already${differs}.`, {
    hint: "Choose another directory, or allow overwriting.",
    context: { path: target },
  });
}

async function makeTarget(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await removeStaleParts(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new FileError("FILE_KIND_WRONG", `${directory} is not a directory.`, {
        hint: "Give a directory to download into.",
        context: { path: directory },
        cause: error,
      });
    throw mapFileError(error, directory, "write");
  }
}
