import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  getLiveness,
  getOwnIdentity,
  isProcessIdentity,
  type ProcessIdentity,
} from "../../transports/process/process-identity.js";
import { createExclusively } from "../../transfers/disk/atomic-file.js";
import { parseJson } from "./job-record.js";
import { isSystemError } from "../../transfers/disk/system-error.js";
import type { Workspace } from "./workspace.js";

/**
 * One engine per workspace. The lock is the file `lock-N.json` with the highest N; it is held while the process that
 * it names is alive, and was not released. Taking it over is making `lock-(N+1).json`, which only one process can do,
 * so a lock that was left by a killed engine is never broken by two at a time.
 */
interface LockFile {
  readonly generation: number;
  readonly owner: ProcessIdentity;
  readonly slots: number;
  readonly released: boolean;
}

export interface EngineLock {
  /** Tells everybody that this engine takes no more work. Look for work once more afterwards. */
  release(): void;
}

/** Undefined when an engine is there already. */
export function takeEngineLock(workspace: Workspace, slots: number): EngineLock | undefined {
  for (;;) {
    const latest = readLatestLock(workspace);
    if (latest && isHeld(latest)) return undefined;
    const generation = (latest?.generation ?? 0) + 1;
    const owner = getOwnIdentity();
    if (!writeLock(workspace, { generation, owner, slots, released: false })) continue;
    // A process that slept since it looked may have made a number that others are past, and have tidied away.
    if (readLatestLock(workspace)?.generation !== generation) continue;
    removeOldLocks(workspace, generation);
    return {
      release() {
        writeLock(workspace, { generation: generation + 1, owner, slots, released: true });
      },
    };
  }
}

/** The engine that works on this workspace now. */
export function findEngine(
  workspace: Workspace,
): { readonly pid: number; readonly slots: number } | undefined {
  const latest = readLatestLock(workspace);
  return latest && isHeld(latest) ? { pid: latest.owner.pid, slots: latest.slots } : undefined;
}

function isHeld(lock: LockFile): boolean {
  return !lock.released && getLiveness(lock.owner) === "alive";
}

function writeLock(workspace: Workspace, { generation, ...content }: LockFile): boolean {
  return createExclusively(join(workspace.engine, `lock-${generation}.json`), `${JSON.stringify(content)}\n`);
}

function listGenerations(workspace: Workspace): number[] {
  return readdirSync(workspace.engine)
    .map((name) => Number(/^lock-(\d+)\.json$/.exec(name)?.[1]))
    .filter((generation) => generation > 0);
}

function readLatestLock(workspace: Workspace): LockFile | undefined {
  for (;;) {
    const generation = Math.max(0, ...listGenerations(workspace));
    if (generation === 0) return undefined;
    try {
      const value = parseJson(readFileSync(join(workspace.engine, `lock-${generation}.json`), "utf8"));
      return parseLock(generation, value);
    } catch (error) {
      if (!isSystemError(error, "ENOENT")) throw error; // two generations on already: look again
    }
  }
}

function parseLock(generation: number, value: unknown): LockFile {
  if (typeof value !== "object" || value === null || !("owner" in value) || !isProcessIdentity(value.owner))
    throw new Error(`The engine's lock ${generation} is not readable`);
  return {
    generation,
    owner: value.owner,
    slots: "slots" in value && typeof value.slots === "number" ? value.slots : 1,
    released: "released" in value && value.released === true,
  };
}

/** The one before is kept: whoever lists the directory at this moment sees at least one of the two. */
function removeOldLocks(workspace: Workspace, generation: number): void {
  for (const old of listGenerations(workspace)) {
    if (old < generation - 1) rmSync(join(workspace.engine, `lock-${old}.json`), { force: true });
  }
}
