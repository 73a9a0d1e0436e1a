import { basename } from "node:path";
import { isScarfError, type ScarfError } from "../errors/index.js";
import type { ByteSource, TransferProgress } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { throwIfAborted } from "../transports/abort.js";
import { isPassing, RetryBudget, type RetryOptions } from "../transports/retry.js";
import { fileSource } from "./file-source.js";
import type { Overwrite } from "./part-file.js";
import { joinRemote, settleExisting, type UploadedFile, uploadFile } from "./upload-file.js";

/** One of many files. */
export interface FileToUpload {
  readonly localPath: string;
  /** Directory there, below the one that is given for all. @defaultValue that one itself */
  readonly directory?: string;
  /** Name over there. @defaultValue the file's own */
  readonly remoteName?: string;
}

/** How many files are sent. */
export interface UploadFilesOptions extends CallOptions {
  /** What to do about names that are taken there; `skip` as in `uploadFile`. @defaultValue "error" */
  readonly overwrite?: Overwrite;
  /** Compare digests where the resource can tell its own. @defaultValue true */
  readonly verify?: boolean;
  readonly onProgress?: (progress: UploadFilesProgress) => void;
  readonly retry?: RetryOptions;
}

/** How far many files have come. */
export interface UploadFilesProgress extends TransferProgress {
  readonly bytesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
}

/** A file of many that is there now, or was. */
export interface UploadedOfMany extends UploadedFile {
  readonly localPath: string;
}

/** Every file that was to be sent is in exactly one of the two lists. */
export interface UploadReport {
  readonly files: readonly UploadedOfMany[];
  readonly failures: readonly { readonly localPath: string; readonly error: ScarfError }[];
}

/** Larger files go by themselves: for them one request more costs nothing, and they can be taken up again. */
const smallBytes = 8 * 1024 * 1024;
/** Of one request: what is lost when it is cut. */
const mostBytes = 64 * 1024 * 1024;
const mostFiles = 500;

/**
 * Sends many files, small ones together in one request where the resource can take them apart. One file's failure does not
 * keep the others from being sent; it is named in the report.
 * @throws {AbortedError}
 */
export async function uploadFiles(
  session: Session,
  files: readonly FileToUpload[],
  remoteDirectory: string,
  options: UploadFilesOptions = {},
): Promise<UploadReport> {
  return new UploadRun(session, remoteDirectory, options).send(files);
}

interface Item {
  readonly localPath: string;
  readonly directory: string;
  readonly name: string;
  readonly source: ByteSource;
}

class UploadRun {
  readonly #session: Session;
  readonly #root: string;
  readonly #options: UploadFilesOptions;
  readonly #files: UploadedOfMany[] = [];
  readonly #failures: UploadReport["failures"][number][] = [];
  #bytesTotal = 0;
  #bytesDone = 0;
  #filesTotal = 0;

  constructor(session: Session, root: string, options: UploadFilesOptions) {
    this.#session = session;
    this.#root = root;
    this.#options = options;
  }

  async send(files: readonly FileToUpload[]): Promise<UploadReport> {
    this.#filesTotal = files.length;
    const items: Item[] = [];
    for (const file of files) await this.#open(file, items);
    this.#bytesTotal = items.reduce((sum, { source }) => sum + source.sizeBytes, 0);
    this.#report(0);
    for (const batch of batchesOf(items, this.#packs)) {
      throwIfAborted(this.#options.signal);
      const [first, ...others] = batch;
      if (first === undefined) continue;
      if (others.length === 0) await this.#sendOne(first);
      else await this.#sendTogether(batch);
      this.#report(this.#bytesDone);
    }
    return { files: this.#files, failures: this.#failures };
  }

  /** A resource that would replace files silently is asked about each, where it can be asked. */
  get #packs(): boolean {
    const { files, capabilities } = this.#session;
    const { overwrite } = this.#options;
    return files.writeMany !== undefined && (overwrite === "replace" || capabilities.exclusiveWrite);
  }

  async #open({ localPath, directory, remoteName }: FileToUpload, items: Item[]): Promise<void> {
    try {
      const source = await fileSource(localPath);
      const target =
        directory === undefined || directory === "" ? this.#root : joinRemote(this.#root, directory);
      items.push({ localPath, directory: target, name: remoteName ?? basename(localPath), source });
    } catch (error) {
      this.#fail(localPath, error);
    }
  }

  async #sendTogether(batch: readonly Item[]): Promise<void> {
    const { signal, retry, verify = true, overwrite } = this.#options;
    const budget = new RetryBudget({ ...this.#session.resource.retry, ...retry }, signal);
    let left = batch;
    while (left.length > 0) {
      const before = this.#bytesDone;
      try {
        const outcomes = await this.#session.files.writeMany?.(left[0]?.directory ?? "", left, {
          overwrite: overwrite === "replace",
          checksum: verify,
          ...(signal !== undefined && { signal }),
          onProgress: ({ bytesDone }) => this.#report(before + bytesDone),
        });
        const told = new Map(outcomes?.map((outcome) => [outcome.name, outcome]));
        let passing: ScarfError | undefined;
        const again: Item[] = [];
        for (const item of left) {
          const { written, error } = told.get(item.name) ?? {};
          if (written !== undefined) {
            const { path = joinRemote(item.directory, item.name), sizeBytes, sha256 } = written;
            const verified = sha256 === undefined ? "no" : "sha256";
            this.#done(item, {
              path,
              sizeBytes,
              ...(sha256 !== undefined && { sha256 }),
              verified,
              outcome: "sent",
            });
          } else if (error?.code === "FILE_EXISTS" && error.context["existing"] !== undefined) {
            await this.#settle(item, error);
          } else if (error !== undefined && isPassing(error)) {
            passing = error;
            again.push(item);
          } else {
            // It may be there from a try whose answer was lost.
            await this.#sendOne(item);
          }
        }
        if (again.length < left.length) budget.restore();
        left = again;
        if (passing !== undefined) await budget.waitAfter(passing);
      } catch (error) {
        throwIfAborted(signal);
        if (!isScarfError(error)) throw error;
        // One that changed or vanished, or that a service refuses them all for: each by itself shows which.
        if (!endsAll.has(error.code) && !isPassing(error)) {
          for (const item of left) await this.#sendOne(item);
          return;
        }
        try {
          await budget.waitAfter(error);
        } catch (reason) {
          throwIfAborted(signal);
          for (const { localPath } of left) this.#fail(localPath, reason);
          return;
        }
      }
    }
  }

  async #sendOne(item: Item): Promise<void> {
    const { signal, retry, verify, overwrite } = this.#options;
    const before = this.#bytesDone;
    try {
      const sent = await uploadFile(this.#session, item.localPath, item.directory, {
        remoteName: item.name,
        ...(overwrite !== undefined && { overwrite }),
        ...(verify !== undefined && { verify }),
        ...(signal !== undefined && { signal }),
        ...(retry !== undefined && { retry }),
        onProgress: ({ bytesDone }) => this.#report(before + bytesDone),
      });
      this.#done(item, sent);
    } catch (error) {
      throwIfAborted(signal);
      this.#fail(item.localPath, error);
    }
  }

  /** The other side has said which file is in the way, so that nothing need be sent again. */
  async #settle(item: Item, error: ScarfError): Promise<void> {
    const { signal, verify = true, overwrite = "error" } = this.#options;
    try {
      const path = joinRemote(item.directory, item.name);
      const call = signal === undefined ? {} : { signal };
      const settled = await settleExisting(this.#session, error, path, item.source, {
        overwrite,
        verify,
        ...call,
      });
      if (settled === undefined) this.#fail(item.localPath, error);
      else this.#done(item, settled);
    } catch (reason) {
      throwIfAborted(signal);
      this.#fail(item.localPath, reason);
    }
  }

  #done({ localPath, source }: Item, file: Omit<UploadedOfMany, "localPath">): void {
    this.#files.push({ localPath, ...file });
    this.#bytesDone += source.sizeBytes;
  }

  #fail(localPath: string, error: unknown): void {
    // A bug is not a failure of one file.
    if (!isScarfError(error)) throw error;
    this.#failures.push({ localPath, error });
  }

  #report(bytesDone: number): void {
    this.#options.onProgress?.({
      bytesDone,
      bytesTotal: this.#bytesTotal,
      filesDone: this.#files.length,
      filesTotal: this.#filesTotal,
    });
  }
}

/** Failures that every other file would meet too. */
const endsAll: ReadonlySet<string> = new Set([
  "SESSION_EXPIRED",
  "NOT_LOGGED_IN",
  "TLS_UNTRUSTED",
  "NOT_SUPPORTED",
]);

/** Neighbours of one directory and with different names, as long as they are small. */
function batchesOf(items: readonly Item[], packs: boolean): Item[][] {
  if (!packs) return items.map((item) => [item]);
  const batches: Item[][] = [];
  let names = new Set<string>();
  let bytes = 0;
  for (const item of items) {
    const open = batches.at(-1);
    const { sizeBytes } = item.source;
    const fits =
      open !== undefined &&
      open[0]?.directory === item.directory &&
      sizeBytes <= smallBytes &&
      bytes + sizeBytes <= mostBytes &&
      open.length < mostFiles &&
      !names.has(item.name);
    if (fits) {
      open.push(item);
      names.add(item.name);
      bytes += sizeBytes;
    } else {
      batches.push([item]);
      names = new Set([item.name]);
      // One that is large stays by itself.
      bytes = sizeBytes > smallBytes ? Infinity : sizeBytes;
    }
  }
  return batches;
}
