import type { Job, JobId } from "scarf-tomo";
import type { Row, Store } from "./store.js";
import type { SubmitOrigin } from "./submit-journal.js";

/** What a form said about a job that the resource does not keep. */
export interface JobNote {
  readonly application: string;
  /** A job group of LSF, `/tomo/night`. */
  readonly group?: string;
}

const mostUsersKept = 500;
/** Of one user: some 100 bytes each. */
const mostKept = 2000;

/** Keeps the application and the group that jobs were submitted with, and puts them into what resources tell of jobs. */
export class JobNotes {
  readonly #store: Store;
  readonly #now: () => number;
  /** Of users whose jobs are listed, by job: reading them each time would cost more than the list of a usual resource. */
  readonly #known = new Map<string, ReadonlyMap<string, JobNote>>();

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  put(origin: SubmitOrigin, jobId: JobId, { application, group }: JobNote): void {
    const { resourceId, userName } = origin;
    this.#known.delete(keyOf(origin));
    this.#store.run(
      "INSERT OR REPLACE INTO job_notes (resource, user_name, job_id, application, job_group, noted_at) VALUES (?, ?, ?, ?, ?, ?)",
      resourceId,
      userName,
      baseOf(jobId),
      application,
      group ?? null,
      this.#now(),
    );
  }

  complete(origin: SubmitOrigin, job: Job): Job {
    const row = this.#store.get(
      "SELECT application, job_group FROM job_notes WHERE resource = ? AND user_name = ? AND job_id = ?",
      origin.resourceId,
      origin.userName,
      baseOf(job.id),
    );
    return row === undefined ? job : withNote(job, toNote(row));
  }

  completeAll(origin: SubmitOrigin, jobs: readonly Job[]): readonly Job[] {
    if (jobs.length === 0) return jobs;
    const notes = this.#known.get(keyOf(origin)) ?? this.#read(origin);
    if (notes.size === 0) return jobs;
    return jobs.map((job) => {
      const note = notes.get(baseOf(job.id));
      return note === undefined ? job : withNote(job, note);
    });
  }

  /** Only this process writes to the table, so that what was read once holds until it is changed here. */
  #read(origin: SubmitOrigin): ReadonlyMap<string, JobNote> {
    const rows = this.#store.all(
      "SELECT job_id, application, job_group FROM job_notes WHERE resource = ? AND user_name = ?",
      origin.resourceId,
      origin.userName,
    );
    const notes = new Map(rows.map((row) => [String(row["job_id"]), toNote(row)]));
    if (notes.size > mostKept) return notes;
    if (this.#known.size >= mostUsersKept) this.#known.clear();
    this.#known.set(keyOf(origin), notes);
    return notes;
  }

  /** Forgets notes older than this. */
  removeOlderThan(days: number): void {
    this.#known.clear();
    this.#store.run("DELETE FROM job_notes WHERE noted_at < ?", this.#now() - days * 86_400_000);
  }
}

/** What the resource itself tells counts more: it comes last. */
function withNote(job: Job, { application, group }: JobNote): Job {
  return { application, ...(group !== undefined && { group }), ...job };
}

function toNote(row: Row): JobNote {
  const group = row["job_group"];
  return { application: String(row["application"]), ...(typeof group === "string" && { group }) };
}

function keyOf({ resourceId, userName }: SubmitOrigin): string {
  return JSON.stringify([resourceId, userName]);
}

/** `417666` of the array element `417666[3]`. */
function baseOf(jobId: JobId): JobId {
  return jobId.replace(/\[.*$/, "");
}
