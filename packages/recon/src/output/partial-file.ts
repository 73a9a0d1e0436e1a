import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { outputError } from "../errors/recon-error.js";

/** Name under which a file is written until it is whole: hidden, beside its place, told apart by process. */
export function partialName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.part`);
}

/**
 * Writes a whole file or none: under a temporary name, then renamed. A reader never sees half of it, nor does one who comes after
 * a crash.
 *
 * @throws {ReconError} `OUTPUT_UNWRITABLE` - naming `path`; nothing is left behind.
 */
export function writeWhole(path: string, parts: readonly Uint8Array[]): void {
  const partial = partialName(path);
  try {
    const descriptor = openSync(partial, "w");
    try {
      for (const part of parts) writeAll(descriptor, part);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw outputError(path, error);
  }
}

/** One write call may take less than it is given (2 GiB at most on Linux). */
function writeAll(descriptor: number, part: Uint8Array): void {
  for (let done = 0; done < part.byteLength;) {
    done += writeSync(descriptor, part, done, Math.min(part.byteLength - done, 2 ** 30));
  }
}
