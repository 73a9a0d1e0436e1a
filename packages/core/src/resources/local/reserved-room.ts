import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../../transfers/disk/system-error.js";

/** More than any state of a job takes. */
const roomBytes = 16_384;

/**
 * Keeps a little of the disk for the news how a job ended. Jobs do fill disks, and one whose end can't be written
 * down would be shown as running until somebody makes room.
 */
export function reserveRoom(directory: string): void {
  try {
    writeFileSync(roomPath(directory), Buffer.alloc(roomBytes, 1), { mode: 0o600 });
  } catch (error) {
    // The disk is full already; then the job may still do well without it.
    if (!isSystemError(error, "ENOSPC", "EDQUOT")) throw error;
  }
}

/** Gives it back. */
export function freeRoom(directory: string): void {
  rmSync(roomPath(directory), { force: true });
}

function roomPath(directory: string): string {
  return join(directory, "room");
}
