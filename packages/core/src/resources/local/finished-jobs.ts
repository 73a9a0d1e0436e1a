import { createHash } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newPartName } from "../../transfers/disk/atomic-file.js";
import { isJobRecord, type JobRecord, parseJson } from "./job-record.js";
import { isJobState, isOver, type VersionedState } from "./job-state.js";
import { readIfThere } from "./read-if-there.js";
import type { Workspace } from "./workspace.js";

/** Tells a directory from another one that has its name later. */
export type DirectoryIdentity = `${number}:${number}`;

/** Tells a directory in one condition from itself in another: any name added to it or taken away makes a new one. */
export type DirectoryMark = `${number}:${number}`;

/** A state, and the condition of the directory that it was read from. */
export interface MarkedState extends VersionedState {
  readonly mark: DirectoryMark;
}

/** A job that is over, with all its elements. */
export interface FinishedJob {
  readonly number: number;
  readonly directory: DirectoryIdentity;
  readonly record: JobRecord;
  /** By element's id. */
  readonly states: readonly (readonly [id: string, state: MarkedState])[];
}

export function getIdentity({ ino, birthtimeMs }: Stats): DirectoryIdentity {
  return `${ino}:${birthtimeMs}`;
}

/** The system sets this time itself; unlike the time of modification nobody can put it back. */
export function getMark(stats: Stats): DirectoryMark {
  return `${stats.ino}:${stats.ctimeMs}`;
}

/**
 * Reads what `writeFinishedJobs` left, at the most. It is a cache and no evidence: whoever uses an entry compares it with the
 * directories first, and a file that is missing, cut, changed or of another version is the same as none.
 */
export function readFinishedJobs(workspace: Workspace): readonly FinishedJob[] {
  const text = readIfThere(getPath(workspace)) ?? "";
  const end = text.indexOf("\n");
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== digest(body)) return [];
  const jobs: unknown = parseJson(body);
  return Array.isArray(jobs) ? jobs.filter((job) => isFinishedJob(job)) : [];
}

/** Replaces the file in one step. Failing, e.g. for a full disk, costs nothing but time later. */
export function writeFinishedJobs(workspace: Workspace, jobs: readonly FinishedJob[]): void {
  const body = JSON.stringify(jobs);
  // Left there by a kill, it is removed with the jobs that were not written to their end.
  const part = join(workspace.newJobs, newPartName());
  try {
    const descriptor = openSync(part, "wx", 0o600);
    try {
      writeFileSync(descriptor, `${digest(body)}\n${body}`);
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, getPath(workspace));
  } catch {
    rmSync(part, { force: true });
  }
}

function getPath(workspace: Workspace): string {
  return join(workspace.engine, "finished-jobs.json");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function isFinishedJob(value: unknown): value is FinishedJob {
  return (
    typeof value === "object" &&
    value !== null &&
    "number" in value &&
    typeof value.number === "number" &&
    "directory" in value &&
    typeof value.directory === "string" &&
    "record" in value &&
    isJobRecord(value.record) &&
    "states" in value &&
    Array.isArray(value.states) &&
    value.states.every((entry) => Array.isArray(entry) && isMarkedState(entry[1]))
  );
}

function isMarkedState(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "mark" in value &&
    typeof value.mark === "string" &&
    "version" in value &&
    typeof value.version === "number" &&
    "state" in value &&
    isJobState(value.state) &&
    isOver(value.state)
  );
}
