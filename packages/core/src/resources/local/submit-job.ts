import { randomInt } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { JobId, JobSpec } from "../../model/index.js";
import type { TransferOptions } from "../compute-resource.js";
import { throwIfAborted } from "../../transports/abort.js";
import {
  createExclusively,
  newPartName,
  partPrefix,
  syncDirectory,
  writeDurably,
} from "../../transfers/disk/atomic-file.js";
import { writeSource } from "../../transfers/disk/file-chunks.js";
import { getElements, type JobRecord } from "./job-record.js";
import type { JobStore } from "./job-store.js";
import { readIfThere } from "./read-if-there.js";
import { getJobName } from "../job-name.js";
import { planJob } from "./plan-job.js";
import { isSystemError, toFileError } from "../../transfers/disk/system-error.js";
import { getKeyPath, getUserDirectory, type Workspace } from "./workspace.js";

export interface Submission {
  readonly workspace: Workspace;
  readonly store: JobStore;
  readonly user: string;
  readonly submitKey: string;
  readonly slots: number;
  readonly extraPath: readonly string[];
}

/** The job that a submit key has made already. */
export function findSubmitted({ workspace, user, submitKey }: Submission): JobId | undefined {
  return readIfThere(getKeyPath(workspace, user, submitKey));
}

/**
 * Writes a job down, with all its files, and gives it a number. The job exists from the moment when its submit key
 * leads to it, which happens at one instant, after everything else is on the disk: a process that is killed before
 * has made nothing, one that is killed afterwards has made the job, and the same key finds it.
 */
export async function submitJob(
  spec: JobSpec,
  submission: Submission,
  options: TransferOptions,
): Promise<JobId> {
  const { workspace, user, submitKey } = submission;
  const directory = join(getUserDirectory(workspace, user), "jobs", makeDirectoryName(getJobName(spec)));
  const filling = join(dirname(directory), partPrefix + basename(directory));
  const record = planJob(spec, { ...submission, directory });
  let stateDirectory = join(workspace.newJobs, newPartName());
  try {
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    await writeState(stateDirectory, spec, record);
    await mkdir(filling, { mode: 0o755 });
    for (const { name, source } of spec.attachments ?? [])
      await writeSource(join(filling, name), source, name, options);
    throwIfAborted(options.signal);
    syncDirectory(filling);
    renameSync(filling, directory);
    syncDirectory(dirname(directory));
    const number = giveNumber(submission, stateDirectory);
    stateDirectory = submission.store.getJobDirectory(number);
    const keyPath = getKeyPath(workspace, user, submitKey);
    mkdirSync(dirname(keyPath), { recursive: true, mode: 0o700 });
    if (createExclusively(keyPath, String(number))) return String(number);
    // Somebody else submitted with the same key while this was going on: theirs is the job.
    discard(stateDirectory, filling, directory);
    return readIfThere(keyPath) ?? String(number);
  } catch (error) {
    // When even the key is there, the job is, and the next try with the key finds it.
    if (findSubmitted(submission) !== basename(stateDirectory)) discard(stateDirectory, filling, directory);
    throw toFileError(error, directory, "write");
  }
}

async function writeState(directory: string, spec: JobSpec, record: JobRecord): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  await writeDurably(join(directory, "job.json"), `${JSON.stringify(record)}\n`, 0o600);
  if (spec.task.kind === "script") await writeDurably(join(directory, "script"), spec.task.text, 0o700);
  if (record.indices)
    for (const { index } of getElements(1, record))
      await mkdir(join(directory, String(index)), { mode: 0o700 });
  syncDirectory(directory);
}

/** Moves a job to the first free number. A directory never replaces another one that is not empty, so no number is given twice. */
function giveNumber({ workspace, store }: Submission, from: string): number {
  for (let number = store.highestNumber + 1; ; number += 1) {
    try {
      renameSync(from, join(workspace.jobs, String(number)));
    } catch (error) {
      if (isSystemError(error, "ENOTEMPTY", "EEXIST")) continue;
      throw error;
    }
    syncDirectory(workspace.jobs);
    store.highestNumber = number;
    return number;
  }
}

function discard(stateDirectory: string, ...directories: readonly string[]): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  if (/^\d+$/.test(basename(stateDirectory))) {
    // A number that was given stays used up.
    writeFileSync(join(stateDirectory, "abandoned"), "");
    rmSync(join(stateDirectory, "job.json"), { force: true });
    rmSync(join(stateDirectory, "script"), { force: true });
  } else rmSync(stateDirectory, { recursive: true, force: true });
}

/** `NAME_TIME` with five letters, as the Application Center named the directories of its jobs. */
function makeDirectoryName(jobName: string): string {
  const name = jobName
    .replaceAll(/[^\w.-]+/g, "_")
    .replace(/^\.+/, "_")
    .slice(0, 64);
  const letters = Array.from({ length: 5 }, () => {
    const letter = String.fromCharCode(97 + randomInt(26));
    return randomInt(2) ? letter : letter.toUpperCase();
  });
  return `${name}_${Date.now()}${letters.join("")}`;
}
