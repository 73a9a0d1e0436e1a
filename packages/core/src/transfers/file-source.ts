import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { FileError, TransferError } from "../errors/index.js";
import type { ByteSource } from "../model/index.js";
import { mapFileError } from "./map-file-error.js";
import { ChunkBuffers, readChunks } from "./read-chunks.js";

/** Of all files that are sent: a thousand small ones, or the pieces of a large one, need no more memory than one. */
const spareBuffers = new ChunkBuffers();

/**
 * A file on this machine, to be sent. Its size is fixed now: a file that grows, shrinks or is replaced while it is being
 * read ends the reading with an error, so that half an acquisition is never taken for a whole one.
 * @throws {FileError} `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_KIND_WRONG` (directory, pipe, device). A reading throws
 * TransferError `TRANSFER_INCOMPLETE` when the file has changed.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const first = await statFile(path);
  // Opened once to know now, and not after minutes of queueing, whether it may be read.
  await (await openFile(path)).close();
  const sizeBytes = Number(first.size);
  return {
    sizeBytes,
    read: (start = 0, end = sizeBytes) => readFrom(path, first, { start, end: Math.min(end, sizeBytes) }),
  };
}

async function* readFrom(
  path: string,
  first: BigIntStats,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, void> {
  const file = await openFile(path);
  try {
    if (isChanged(first, await file.stat({ bigint: true }))) throw changed(path);
    yield* readChunks(file, range, () => changed(path), spareBuffers);
    if (isChanged(first, await file.stat({ bigint: true }))) throw changed(path);
  } catch (error) {
    throw mapFileError(error, path, "read");
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK a pipe put in the file's place meanwhile would hang for ever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw mapFileError(error, path, "read");
  }
}

async function statFile(path: string): Promise<BigIntStats> {
  const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
    throw mapFileError(error, path, "read");
  });
  if (stats.isFile()) return stats;
  const kind = stats.isDirectory() ? "a directory" : stats.isFIFO() ? "a pipe" : "a device or socket";
  throw new FileError("FILE_KIND_WRONG", `${path} is ${kind}, not a file`, {
    hint: stats.isDirectory()
      ? "Give the files in it, or pack it into one file."
      : "Copy its content into a file first.",
    context: { path },
  });
}

function isChanged(first: BigIntStats, now: BigIntStats): boolean {
  return (
    first.size !== now.size || first.mtimeNs !== now.mtimeNs || first.ino !== now.ino || first.dev !== now.dev
  );
}

function changed(path: string): TransferError {
  return new TransferError("TRANSFER_INCOMPLETE", `${path} changed while it was being sent.`, {
    hint: "Wait until the file is complete, then send it again. Nothing incomplete is left at the other end.",
    context: { path, sourceChanged: true },
  });
}
