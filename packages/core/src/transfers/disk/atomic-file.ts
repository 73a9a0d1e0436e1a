import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSystemError } from "./system-error.js";

/** Files whose names begin so are not complete yet, or were left by a process that was killed. No list shows them. */
export const partPrefix = ".scarf-part-";

/** A new name for a file or directory that is being made, to be renamed when it is complete. */
export function newPartName(): string {
  return `${partPrefix}${process.pid}-${randomBytes(9).toString("base64url")}`;
}

/**
 * Makes `path` with this content, complete and on the disk, unless the name exists: then false, and nothing changed.
 * Of several processes that try at the same time exactly one gets true, and none is ever seen half-written.
 */
export function createExclusively(path: string, content: string): boolean {
  const part = join(dirname(path), newPartName());
  try {
    const descriptor = openSync(part, "wx", 0o600);
    try {
      // Not one write: on a full disk that may end after a part, without an error.
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(part, path);
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(part, { force: true });
  }
  syncDirectory(dirname(path));
  return true;
}

/** Makes names that were added to, or removed from, a directory survive a power cut. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file that nobody else knows yet, and brings it to the disk. */
export async function writeDurably(path: string, content: string, mode: number): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
