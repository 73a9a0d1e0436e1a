import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { FileError, isScarfError, TransferError } from "../../errors/index.js";
import type { ByteSource } from "../../model/index.js";
import { fileSource } from "../../transfers/index.js";

/** A file on this machine that is sent with a later submit. */
export interface WaitingFile {
  /** Absolute. */
  readonly path: string;
  /** Differs when the file has been written to or replaced. */
  readonly version: string;
}

/** @throws {FileError} as `fileSource`. */
export async function noteFile(path: string): Promise<WaitingFile> {
  const absolute = resolve(path);
  await fileSource(absolute);
  return { path: absolute, version: await versionOf(absolute) };
}

/**
 * The file as it was when it was noted, or an error: a job must not get another file than the one that was uploaded.
 * @throws {FileError} `FILE_NOT_FOUND` and others of `fileSource`. @throws {TransferError} `TRANSFER_INCOMPLETE`: it has changed.
 */
export async function openNoted(name: string, { path, version }: WaitingFile): Promise<ByteSource> {
  const hint = `Files wait on this machine until a job is submitted. Upload ${name} again, with Overwrite: true.`;
  const context = { path, name };
  // Before the look at its version: what changes after this, the source itself notices.
  const source = await fileSource(path).catch((cause: unknown) => {
    if (!isScarfError(cause) || cause.code !== "FILE_NOT_FOUND") throw cause;
    throw new FileError("FILE_NOT_FOUND", `${path} is gone since it was uploaded as ${name}.`, {
      hint,
      context,
      cause,
    });
  });
  if ((await versionOf(path)) === version) return source;
  throw new TransferError("TRANSFER_INCOMPLETE", `${path} has changed since it was uploaded as ${name}.`, {
    hint,
    context,
  });
}

async function versionOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs].join("-");
}
