import { createHash, type Hash } from "node:crypto";
import { basename } from "node:path";
import { FileError, TransferError } from "../errors/index.js";
import type { FileReading, TransferProgress } from "../model/index.js";
import { explainPartial } from "./explain-partial.js";
import { lstatIfAny, type Overwrite, PartFile, refuseExisting } from "./part-file.js";
import { orAborted, throwIfAborted } from "../transports/abort.js";
import { isPassing, RetryBudget, type RetryOptions } from "../transports/retry.js";

/** How a file is saved here. */
export interface DownloadOptions {
  /** What to do when the name is taken. `skip`: nothing, if the size is as expected. @defaultValue "error" */
  readonly overwrite?: Overwrite;
  /** Size that a list told; a file that ends up smaller is incomplete. (It may be larger: a running job goes on writing.) */
  readonly expectedSizeBytes?: number;
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly signal?: AbortSignal;
}

/** A file that is here now, complete. */
export interface DownloadedFile {
  /** Where it lies on this machine. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 (hex) that the other side told and that the bytes were found to have. */
  readonly sha256?: string;
  readonly outcome: "downloaded" | "skipped";
}

/**
 * Saves one reading. The file appears under its name complete, on the disk and checked against size and digest, or not at all.
 * @throws {FileError} `FILE_EXISTS`, `FILE_UNWRITABLE`, `FILE_NOT_FOUND` (its directory), `FILE_KIND_WRONG`, `DISK_FULL`.
 * @throws {TransferError} `TRANSFER_INCOMPLETE`, `TRANSFER_CORRUPT`. @throws {AbortedError}
 */
export async function downloadTo(
  reading: FileReading,
  targetPath: string,
  options: DownloadOptions = {},
): Promise<DownloadedFile> {
  return downloadFrom({ first: reading }, targetPath, options);
}

/** Where a download comes from. */
export interface DownloadOrigin {
  readonly first?: FileReading;
  /** Opens the file again, to go on after a cut. Without it a cut is the end. */
  readonly open?: (offset: number) => Promise<FileReading>;
  /** `open` can start at an offset. Otherwise a cut means to begin anew. */
  readonly byteRanges?: boolean;
  readonly retry?: RetryOptions;
}

/** As `downloadTo`, but takes up again what was cut. @throws as `downloadTo` does. */
export async function downloadFrom(
  { first, open, byteRanges = false, retry }: DownloadOrigin,
  targetPath: string,
  options: DownloadOptions = {},
): Promise<DownloadedFile> {
  const { overwrite = "error", signal } = options;
  let part: PartFile | undefined;
  let next = first;
  try {
    const present = await findPresent(targetPath, overwrite, options.expectedSizeBytes ?? first?.sizeBytes);
    if (present !== undefined) return present;
    part = await PartFile.create(targetPath);
    const receiver = new Receiver(part, targetPath, options);
    const budget = new RetryBudget(retry, signal);
    for (;;) {
      const before = part.sizeBytes;
      try {
        next ??= await open?.(byteRanges ? before : 0);
        if (next === undefined) throw new Error("a download needs a reading or a way to open one");
        const resumed = next !== first && byteRanges;
        const current = next;
        next = undefined;
        await receiver.receive(current, resumed ? before : 0);
        break;
      } catch (error) {
        if (open === undefined) throw error;
        if (part.sizeBytes > before) budget.restore();
        await budget.waitAfter(error).catch((reason: unknown) => {
          if (reason !== error || !isPassing(error)) throw reason;
          throw explainPartial(error, {
            name: basename(targetPath),
            doneBytes: Math.max(before, receiver.mostBytes),
            totalBytes: receiver.totalBytes,
            keptBytes: 0,
          });
        });
      }
    }
    throwIfAborted(signal);
    await part.commit(overwrite);
    return { path: targetPath, sizeBytes: part.sizeBytes, ...receiver.digest(), outcome: "downloaded" };
  } catch (error) {
    await part?.discard();
    throw error;
  } finally {
    // Not read to its end, or not at all: the connection behind it must not stay open.
    if (next !== undefined) await drop(next);
  }
}

/** Takes the readings of one file, one after the other, into its part file. */
class Receiver {
  readonly #part: PartFile;
  readonly #target: string;
  readonly #options: DownloadOptions;
  #sha256: string | undefined;
  #hash: Hash | undefined;
  #total: number | undefined;
  #version: string | undefined;

  constructor(part: PartFile, target: string, options: DownloadOptions) {
    this.#part = part;
    this.#target = target;
    this.#options = options;
  }

  /** How far it had come when it had come furthest. */
  mostBytes = 0;

  get totalBytes(): number | undefined {
    return this.#total ?? this.#options.expectedSizeBytes;
  }

  digest(): { sha256?: string } {
    return this.#sha256 === undefined ? {} : { sha256: this.#sha256 };
  }

  async receive(reading: FileReading, offset: number): Promise<void> {
    const total = reading.sizeBytes === undefined ? undefined : offset + reading.sizeBytes;
    const differs = (now: unknown, before: unknown): boolean => now !== undefined && now !== before;
    if (
      offset > 0 &&
      (differs(total, this.#total) ||
        (this.#version !== undefined && differs(reading.version, this.#version)) ||
        (this.#sha256 !== undefined && differs(reading.sha256, this.#sha256)))
    ) {
      // What has come so far belongs to an older state of the file.
      await drop(reading);
      await this.#part.restart();
      throw this.#incomplete("the file changed on the resource while it was read");
    }
    if (offset === 0) {
      if (this.#part.sizeBytes > 0) await this.#part.restart();
      this.#sha256 = reading.sha256;
      const told = reading.sha256 !== undefined || reading.sha256After !== undefined;
      this.#hash = told ? createHash("sha256") : undefined;
      this.#total = total;
      this.#version = reading.version;
    }
    await this.#take(reading.chunks);
    this.#sha256 ??= reading.sha256After?.();
    await this.#check();
  }

  async #take(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { signal, onProgress } = this.#options;
    const iterator = chunks[Symbol.asyncIterator]();
    const bytesTotal = this.#total ?? this.#options.expectedSizeBytes;
    try {
      for (;;) {
        const result = await orAborted(iterator.next(), signal);
        if (result.done === true) return;
        this.#hash?.update(result.value);
        await this.#part.append(result.value);
        this.mostBytes = Math.max(this.mostBytes, this.#part.sizeBytes);
        onProgress?.({
          bytesDone: this.#part.sizeBytes,
          ...(bytesTotal === undefined ? {} : { bytesTotal }),
        });
      }
    } catch (error) {
      await close(iterator);
      throw error;
    }
  }

  async #check(): Promise<void> {
    const { sizeBytes } = this.#part;
    const expected = Math.max(this.#total ?? 0, this.#options.expectedSizeBytes ?? 0);
    if (sizeBytes < expected) throw this.#incomplete(`${sizeBytes} of ${expected} bytes arrived`);
    if (this.#total !== undefined && sizeBytes > this.#total) {
      await this.#part.restart();
      throw this.#incomplete(`${sizeBytes} bytes arrived where ${this.#total} were announced`);
    }
    if (this.#hash === undefined || this.#sha256 === undefined) return;
    const found = this.#hash.digest("hex");
    if (found === this.#sha256.toLowerCase()) return;
    await this.#part.restart();
    throw new TransferError(
      "TRANSFER_CORRUPT",
      `${this.#target}: the bytes that arrived are not those that were sent (SHA-256 differs).`,
      {
        hint: "Nothing was kept. Try again; if it happens again, tell whoever runs the resource.",
        context: { path: this.#target, expected: this.#sha256, found },
      },
    );
  }

  #incomplete(what: string): TransferError {
    return new TransferError("TRANSFER_INCOMPLETE", `${this.#target}: ${what}.`, {
      hint: "Nothing incomplete was kept under that name. Try again.",
      context: { path: this.#target, sizeBytes: this.#part.sizeBytes },
    });
  }
}

/** The file that makes a download unnecessary. @throws {FileError} `FILE_EXISTS`, `FILE_KIND_WRONG`. */
async function findPresent(
  path: string,
  overwrite: Overwrite,
  expectedSizeBytes: number | undefined,
): Promise<DownloadedFile | undefined> {
  if (overwrite === "error") await refuseExisting(path);
  const found = await lstatIfAny(path);
  if (found === undefined) return undefined;
  if (found.isDirectory())
    throw new FileError("FILE_KIND_WRONG", `${path} is a directory.`, {
      hint: "Give the path of a file.",
      context: { path },
    });
  if (overwrite === "replace") return undefined;
  const sizeBytes = Number(found.size);
  if (expectedSizeBytes === undefined || sizeBytes === expectedSizeBytes)
    return { path, sizeBytes, outcome: "skipped" };
  throw new FileError(
    "FILE_EXISTS",
    `${path} exists already, but has ${sizeBytes} bytes where the resource has ${expectedSizeBytes}.`,
    {
      hint: "It is not the same file, so it was not skipped. Overwrite it, or move it away.",
      context: { path },
    },
  );
}

/** A reading that has not begun: a generator frees what it holds only when it has. */
async function drop({ chunks }: FileReading): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  iterator.next().catch(() => undefined);
  await close(iterator);
}

/** A reading that is stuck may never answer to `return`, so nobody waits for it. */
async function close(iterator: AsyncIterator<Uint8Array>): Promise<void> {
  const closing = iterator.return?.();
  closing?.catch(() => undefined);
  await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 100))]);
}
