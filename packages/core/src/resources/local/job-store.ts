import { type Stats, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createExclusively } from "../../transfers/disk/atomic-file.js";
import {
  type DirectoryIdentity,
  type FinishedJob,
  getIdentity,
  getMark,
  type MarkedState,
  readFinishedJobs,
  writeFinishedJobs,
} from "./finished-jobs.js";
import { getElements, type JobRecord, type JobRef, parseJobRecord } from "./job-record.js";
import { getInitialState, isOver, type JobState, parseJobState, type VersionedState } from "./job-state.js";
import { NumbersByUser } from "./numbers-by-user.js";
import { readIfThere } from "./read-if-there.js";
import { isSystemError } from "../../transfers/disk/system-error.js";
import { getKeyPath, type Workspace } from "./workspace.js";

/** So many jobs that are over, and such a part of all, have to be read from their own files before all are written down together. */
const worthWriting = 200;
const worthWritingPart = 1 / 20;
/** A directory's time of change moves in steps of the kernel's clock; younger than this it proves nothing. */
const settledMs = 100;

/** Reads jobs and moves them from state to state. Holds nothing that is not in the files. */
export class JobStore {
  readonly #workspace: Workspace;
  readonly #records = new Map<number, Pick<FinishedJob, "directory" | "record">>();
  readonly #numbersByUser: NumbersByUser;
  #highestNumber: number | undefined;
  /** The latest states seen, each with the condition of its directory: in the same one nothing has happened since. */
  readonly #states = new Map<string, MarkedState>();
  /** From an earlier process; an entry moves to the maps above when its directory proves that it still holds. */
  #earlier: Map<number, FinishedJob> | undefined;
  #readFromFiles = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#numbersByUser = new NumbersByUser({
      path: workspace.jobs,
      listNumbers: () => this.listNumbers(),
      readUser: (number) => this.readRecord(number)?.user,
    });
  }

  /** To be called by who is about to read all jobs: those that were over in an earlier process cost less then. */
  recallFinished(): void {
    this.#earlier ??= new Map(readFinishedJobs(this.#workspace).map((job) => [job.number, job]));
  }

  /** To be called by who has read all jobs: leaves those that are over for later processes, when it is worth it. */
  keepFinished(): void {
    if (this.#readFromFiles < Math.max(worthWriting, this.#records.size * worthWritingPart)) return;
    this.#readFromFiles = 0;
    const jobs: FinishedJob[] = [];
    for (const [number, { record, directory }] of this.#records) {
      const states = getElements(number, record).flatMap(({ id }) => {
        const state = this.#states.get(id);
        return state && isOver(state.state) ? [[id, state] as const] : [];
      });
      if (states.length === (record.indices?.length ?? 1)) jobs.push({ number, directory, record, states });
    }
    writeFinishedJobs(this.#workspace, jobs);
  }

  /** Numbers of all jobs, newest first, also of those that are not submitted to the end. */
  listNumbers(): number[] {
    const numbers = readdirSync(this.#workspace.jobs)
      .map(Number)
      .filter((number) => Number.isSafeInteger(number) && number > 0)
      .toSorted((a, b) => b - a);
    this.#highestNumber = numbers[0] ?? 0;
    return numbers;
  }

  /** Numbers of a user's jobs, newest first. */
  listNumbersOf(user: string): readonly number[] {
    return this.#numbersByUser.list(user);
  }

  /** Some number up to which all are used up; others may have used more. Saves listing ten thousand jobs to submit one. */
  get highestNumber(): number {
    return this.#highestNumber ?? this.listNumbers()[0] ?? 0;
  }

  set highestNumber(number: number) {
    this.#highestNumber = number;
  }

  /** Undefined for a job that doesn't exist, or whose submit has not been completed. */
  readRecord(number: number): JobRecord | undefined {
    const known = this.#records.get(number);
    if (known) return known.record;
    const stats = statSync(this.getJobDirectory(number), { throwIfNoEntry: false });
    if (!stats) return undefined;
    const directory = getIdentity(stats);
    const recalled = this.#recall(number, directory);
    if (recalled) return recalled;
    const record = this.readUncommitted(number);
    if (!record || !this.#isCommitted(number, record)) return undefined;
    this.#records.set(number, { directory, record });
    return record;
  }

  readUncommitted(number: number): JobRecord | undefined {
    const text = readIfThere(join(this.getJobDirectory(number), "job.json"));
    return text === undefined ? undefined : parseJobRecord(text);
  }

  /** The parts of a job that an id means: one, or all elements of an array. Empty = no such job. */
  findElements(ref: JobRef): readonly JobRef[] {
    const record = this.readRecord(ref.number);
    if (!record) return [];
    const elements = getElements(ref.number, record);
    return ref.index === undefined ? elements : elements.filter(({ index }) => index === ref.index);
  }

  readState(ref: JobRef): VersionedState | undefined {
    const record = this.readRecord(ref.number);
    if (!record) return undefined;
    const directory = this.getStateDirectory(ref);
    const known = this.#states.get(ref.id);
    let stats: Stats;
    try {
      stats = statSync(directory);
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return undefined;
      throw error;
    }
    const mark = getMark(stats);
    if (known?.mark === mark) return known;
    const latest = readLatestState(directory) ?? getInitialState(record);
    if (Date.now() - stats.ctimeMs > settledMs) {
      this.#states.set(ref.id, { ...latest, mark });
      if (isOver(latest.state)) this.#readFromFiles += 1;
    }
    return latest;
  }

  /**
   * Moves a job on from exactly this state; false when it has moved meanwhile.
   * On true the new state is on the disk.
   */
  advance(ref: JobRef, from: VersionedState, next: JobState): boolean {
    const path = join(this.getStateDirectory(ref), `state-${from.version + 1}.json`);
    return createExclusively(path, `${JSON.stringify(next)}\n`);
  }

  /**
   * Moves a job on from whatever state it is in. `decide` may be asked again when another process was faster; it
   * returns undefined to leave the job as it is. Returns the state that holds then.
   */
  update(ref: JobRef, decide: (state: JobState) => JobState | undefined): JobState | undefined {
    for (;;) {
      const from = this.readState(ref);
      if (!from) return undefined;
      const next = decide(from.state);
      if (!next) return from.state;
      if (this.advance(ref, from, next)) return next;
    }
  }

  // Without `join`, which takes its whole path apart: it is called for each job of each list.
  getJobDirectory(number: number): string {
    return `${this.#workspace.jobs}/${number}`;
  }

  getStateDirectory({ number, index }: JobRef): string {
    const directory = this.getJobDirectory(number);
    return index === undefined ? directory : `${directory}/${index}`;
  }

  /** The number may belong to another job by now, if somebody has removed the last one by hand. */
  #recall(number: number, directory: DirectoryIdentity): JobRecord | undefined {
    const job = this.#earlier?.get(number);
    if (job?.directory !== directory) return undefined;
    this.#earlier?.delete(number);
    this.#records.set(number, job);
    for (const [id, state] of job.states) this.#states.set(id, state);
    return job.record;
  }

  #isCommitted(number: number, record: JobRecord): boolean {
    const text = readIfThere(getKeyPath(this.#workspace, record.user, record.submitKey));
    return text !== undefined && Number(text) === number;
  }
}

function readLatestState(directory: string): VersionedState | undefined {
  let version = 0;
  for (const name of readdirSync(directory)) {
    const number = /^state-(\d+)\.json$/.exec(name)?.[1];
    if (number !== undefined) version = Math.max(version, Number(number));
  }
  if (version === 0) return undefined;
  const path = join(directory, `state-${version}.json`);
  const state = parseJobState(readFileSync(path, "utf8"));
  // Not ours, or damaged by hand. Guessing an older state could run the job again.
  if (!state) throw new Error(`${path} is not a job state that this version can read`);
  return { version, state };
}
