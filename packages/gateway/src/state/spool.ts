import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ByteSource, FileError, TransferError } from "scarf-tomo";
import { gather } from "./gather.js";

export interface SpooledFile {
  /** Name in the spool. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

const readBytes = 1024 * 1024;

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
      const received = await this.#write(name, chunks, limitBytes, durable);
      return { name, ...received };
    } catch (error) {
      await this.remove(name);
      throw toFileError(error);
    }
  }

  /** One or more spooled files as one source, checked against their digests when read from the beginning. */
  source(files: readonly SpooledFile[]): ByteSource {
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    return { sizeBytes, read: (offset = 0) => this.#read(files, offset) };
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true });
  }

  async #write(
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    limitBytes: number,
    durable: boolean,
  ): Promise<{ sizeBytes: number; sha256: string }> {
    const hash = createHash("sha256");
    const file = await open(join(this.#directory, name), "wx", 0o600);
    try {
      let sizeBytes = 0;
      for await (const piece of gather(chunks)) {
        sizeBytes += piece.length;
        if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
        hash.update(piece);
        let at = 0;
        while (at < piece.length) at += (await file.write(piece, at)).bytesWritten;
      }
      if (durable) await file.datasync();
      return { sizeBytes, sha256: hash.digest("hex") };
    } finally {
      await file.close();
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
        for (let at = start; at < spooled.sizeBytes;) {
          const { buffer, bytesRead } = await file.read({
            buffer: Buffer.allocUnsafe(readBytes),
            position: at,
          });
          if (bytesRead === 0) throw damaged();
          const chunk = buffer.subarray(0, Math.min(bytesRead, spooled.sizeBytes - at));
          at += chunk.length;
          hash?.update(chunk);
          // The last piece is handed over only when the whole is known to be right.
          if (at === spooled.sizeBytes && hash !== undefined && hash.digest("hex") !== spooled.sha256)
            throw damaged();
          yield chunk;
        }
      } finally {
        await file.close();
      }
    }
  }
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
