import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, link, mkdir, open, readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { type ByteSource, FileError, FileSink, readChunks, TransferError } from "scarf-tomo";

export interface SpooledFile {
  /** Name in the spool. */
  readonly name: string;
  /** Where the bytes begin in it. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** A place for bytes in the middle of a file that is there already. */
export interface SpoolRoom {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** As the files of jobs have it: a spooled file may become one. Nobody else can look into the spool itself. */
const fileMode = 0o644;

/** Files on their way, in a directory that only the gateway can read. Names are the gateway's own, never a client's. */
export class Spool {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the directory and removes what earlier processes left in it, except these names. */
  async open(keep: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#directory)) {
      if (!keep.has(name)) await this.remove(name);
    }
  }

  /**
   * Takes a stream to disk, hashing on the way. When it ends early or is too long nothing is left.
   * @param durable - Wait until the disk has it: before anybody is told that it arrived.
   * @throws {TransferError} `TRANSFER_TOO_LARGE`. @throws {FileError} `DISK_FULL`, `FILE_UNWRITABLE`.
   */
  async receive(
    chunks: AsyncIterable<Uint8Array>,
    { limitBytes, durable = false }: { readonly limitBytes: number; readonly durable?: boolean },
  ): Promise<SpooledFile> {
    const name = randomBytes(12).toString("hex");
    try {
      const file = await open(join(this.#directory, name), "wx", fileMode);
      return { name, offset: 0, ...(await fill(file, chunks, { offset: 0, limitBytes, durable })) };
    } catch (error) {
      await this.remove(name);
      throw toFileError(error);
    }
  }

  /**
   * Takes a stream to its place in a file of the spool, and to the disk. After a failure that place holds anything.
   * @throws {TransferError} `TRANSFER_TOO_LARGE`: there is not so much room. @throws as `receive` does.
   */
  async receiveInto(room: SpoolRoom, chunks: AsyncIterable<Uint8Array>): Promise<SpooledFile> {
    const { name, offset, sizeBytes: limitBytes } = room;
    try {
      const file = await open(join(this.#directory, name), "r+");
      return { name, offset, ...(await fill(file, chunks, { offset, limitBytes, durable: true })) };
    } catch (error) {
      throw toFileError(error);
    }
  }

  /**
   * One or more spooled files as one source, checked against their digests when read from the beginning. If they lie side by
   * side in one file, that file can be given another name instead.
   */
  source(files: readonly SpooledFile[]): ByteSource {
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const [first, ...others] = files;
    return {
      sizeBytes,
      read: (offset = 0) => this.#read(files, offset),
      ...(first !== undefined && others.length === 0 && { sha256: first.sha256 }),
      ...(first !== undefined &&
        liesSideBySide(files) && { placeAt: (path: string) => this.#place(first.name, sizeBytes, path) }),
    };
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true });
  }

  async #place(name: string, sizeBytes: number, path: string): Promise<boolean> {
    const from = join(this.#directory, name);
    try {
      // A chunk that was cut may have left more behind the end.
      await truncate(from, sizeBytes);
      // A link and not a rename: until the end is noted, a gateway that is killed must find its chunks again.
      await link(from, path);
      return true;
    } catch (error) {
      // Another file system, or one without hard links.
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code)) return false;
      throw error;
    }
  }

  async *#read(files: readonly SpooledFile[], offset: number): AsyncGenerator<Uint8Array> {
    let skip = offset;
    for (const spooled of files) {
      if (skip >= spooled.sizeBytes) {
        skip -= spooled.sizeBytes;
        continue;
      }
      const start = skip;
      skip = 0;
      const hash = start === 0 ? createHash("sha256") : undefined;
      const file = await open(join(this.#directory, spooled.name), "r");
      try {
        const range = { start: spooled.offset + start, end: spooled.offset + spooled.sizeBytes };
        let at = range.start;
        for await (const chunk of readChunks(file, range, damaged)) {
          at += chunk.length;
          hash?.update(chunk);
          // The last piece is handed over only when the whole is known to be right.
          if (at === range.end && hash !== undefined && hash.digest("hex") !== spooled.sha256)
            throw damaged();
          yield chunk;
        }
      } finally {
        await file.close();
      }
    }
  }
}

/** Writes and closes the file. */
async function fill(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  {
    offset,
    limitBytes,
    durable,
  }: { readonly offset: number; readonly limitBytes: number; readonly durable: boolean },
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  const sink = new FileSink(file, { position: offset });
  try {
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
      hash.update(chunk);
      await sink.append(chunk);
    }
    await sink.flush();
    if (durable) await file.datasync();
    return { sizeBytes, sha256: hash.digest("hex") };
  } finally {
    await sink.settle();
    await file.close();
  }
}

function liesSideBySide(files: readonly SpooledFile[]): boolean {
  let end = 0;
  return files.every(({ name, offset, sizeBytes }) => {
    const fits = name === files[0]?.name && offset === end;
    end += sizeBytes;
    return fits;
  });
}

function tooLarge(limitBytes: number): TransferError {
  return new TransferError(
    "TRANSFER_TOO_LARGE",
    `The file is larger than this service takes (${limitBytes} bytes).`,
    {
      hint: "Ask the operator to raise the limit, or bring the file there another way.",
    },
  );
}

function damaged(): TransferError {
  return new TransferError("TRANSFER_CORRUPT", "A part of the file was damaged on the gateway's disk.", {
    hint: "Send the file again.",
  });
}

function toFileError(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    return new FileError("DISK_FULL", "The gateway has no space left for this file.", {
      hint: "Try again later, or tell the operator.",
      cause: error,
    });
  }
  if (error.code === "EACCES" || error.code === "EROFS" || error.code === "ENOENT") {
    return new FileError("FILE_UNWRITABLE", "The gateway can't write to its own disk.", {
      hint: "Tell the operator: the gateway's state directory must be writable.",
      cause: error,
    });
  }
  return error;
}
