import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { FileError, TransferError, ValueError } from "../../errors/index.js";
import type { ByteRange, ByteSource, FileReading } from "../../model/index.js";
import { FileSink } from "../file-sink.js";
import { readChunks } from "../read-chunks.js";
import type { WriteOptions } from "../../resources/compute-resource.js";
import { throwIfAborted } from "../../transports/abort.js";
import type { FileOwner, SafeRoots } from "./safe-directory.js";
import { toFileError } from "./system-error.js";

/** A range of a file. Nothing stays open when the reading is never begun or is left half-way. */
export async function openReading(
  roots: SafeRoots,
  path: string,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<FileReading> {
  for (const value of [range.offset, range.length])
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw new ValueError("USAGE_INVALID", `${value} is not a position in a file.`);
  const handle = await roots.openFile(path);
  let sizeBytes: number;
  let inode: number;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw wrongKind(path, stats.isDirectory());
    sizeBytes = Math.max(0, stats.size - (range.offset ?? 0));
    if (range.length !== undefined) sizeBytes = Math.min(sizeBytes, range.length);
    inode = stats.ino;
  } finally {
    await handle.close();
  }
  const start = range.offset ?? 0;
  const end = start + sizeBytes;
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    let file: FileHandle | undefined;
    try {
      file = await roots.openFile(path);
      // Another file under the same name since: its size was promised to nobody.
      if ((await file.stat()).ino !== inode) throw cutShort(path, 0, sizeBytes);
      const chunks = readChunks(file, { start, end }, (position) =>
        cutShort(path, position - start, sizeBytes),
      );
      for await (const chunk of chunks) {
        throwIfAborted(signal);
        yield chunk;
      }
    } catch (error) {
      throw toFileError(error, path, "read");
    } finally {
      await file?.close();
    }
  }
  return { sizeBytes, chunks: read() };
}

export function wrongKind(path: string, isDirectory: boolean): FileError {
  return new FileError(
    "FILE_KIND_WRONG",
    isDirectory ? `\`${path}\` is a directory, not a file.` : `\`${path}\` is not an ordinary file.`,
    { context: { path } },
  );
}

function cutShort(path: string, bytesDone: number, bytesTotal: number): TransferError {
  return new TransferError(
    "TRANSFER_INCOMPLETE",
    `\`${path}\` was changed while it was read: ${bytesDone} of ${bytesTotal} bytes came.`,
    { hint: "Read it again.", context: { path, bytesDone, bytesTotal } },
  );
}

/** As a call was given them, and whom the file is to belong to. */
export type WriteSourceOptions = WriteOptions & { readonly owner?: FileOwner | undefined };

/**
 * Fills a new file from a source and brings it to the disk. Removing it after a failure is the caller's part.
 * @throws {TransferError} `TRANSFER_INCOMPLETE`: the source gave fewer or more bytes than it promised.
 */
export async function writeSource(
  path: string,
  source: ByteSource,
  shownPath: string,
  options: WriteSourceOptions,
): Promise<{ readonly sizeBytes: number; readonly sha256?: string }> {
  throwIfAborted(options.signal);
  if ((await source.placeAt?.(path)) === true) return await checkPlaced(path, source, shownPath, options);
  const { signal, onProgress, checksum = true, owner } = options;
  const hash = checksum ? createHash("sha256") : undefined;
  let bytesDone = 0;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o644);
  const sink = new FileSink(handle);
  try {
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    for await (const chunk of source.read()) {
      throwIfAborted(signal);
      hash?.update(chunk);
      await sink.append(chunk);
      bytesDone += chunk.length;
      onProgress?.({ bytesDone, bytesTotal: source.sizeBytes });
    }
    if (bytesDone !== source.sizeBytes) throw incomplete(shownPath, bytesDone, source.sizeBytes);
    await sink.flush();
    await handle.sync();
  } finally {
    await sink.settle();
    await handle.close();
  }
  return { sizeBytes: bytesDone, ...(hash !== undefined && { sha256: hash.digest("hex") }) };
}

/** What came here without passing through our hands is looked at all the same. */
async function checkPlaced(
  path: string,
  source: ByteSource,
  shownPath: string,
  { onProgress, checksum = true, owner }: WriteSourceOptions,
): Promise<{ readonly sizeBytes: number; readonly sha256?: string }> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const sizeBytes = (await handle.stat()).size;
    if (sizeBytes !== source.sizeBytes) throw incomplete(shownPath, sizeBytes, source.sizeBytes);
    const hash = checksum && source.sha256 === undefined ? createHash("sha256") : undefined;
    if (hash !== undefined) {
      const onShort = (): Error => incomplete(shownPath, 0, sizeBytes);
      for await (const chunk of readChunks(handle, { start: 0, end: sizeBytes }, onShort)) hash.update(chunk);
    }
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    await handle.sync();
    onProgress?.({ bytesDone: sizeBytes, bytesTotal: sizeBytes });
    const sha256 = checksum ? (source.sha256 ?? hash?.digest("hex")) : undefined;
    return { sizeBytes, ...(sha256 !== undefined && { sha256 }) };
  } finally {
    await handle.close();
  }
}

function incomplete(path: string, bytesDone: number, bytesTotal: number): TransferError {
  return new TransferError(
    "TRANSFER_INCOMPLETE",
    `Of \`${path}\` ${bytesDone} bytes came instead of ${bytesTotal}. Nothing was kept of it.`,
    { hint: "Send it again.", context: { path, bytesDone, bytesTotal } },
  );
}
