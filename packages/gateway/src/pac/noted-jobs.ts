import type { Job, JobId, JobQuery, Session } from "scarf-tomo";
import type { JobNotes } from "../state/job-notes.js";
import type { SubmitOrigin } from "../state/submit-journal.js";

/** A user's jobs as this service shows them: what the resource tells, with what was noted at their submit. */
export class NotedJobs {
  readonly #session: Session;
  readonly #notes: JobNotes;
  readonly #origin: SubmitOrigin;

  constructor(session: Session, notes: JobNotes, origin: SubmitOrigin) {
    this.#session = session;
    this.#notes = notes;
    this.#origin = origin;
  }

  get userName(): string {
    return this.#origin.userName;
  }

  /** Throws like `Session.list`. */
  async list(query?: JobQuery): Promise<readonly Job[]> {
    return this.#notes.completeAll(this.#origin, await this.#session.list(query));
  }

  /** Throws like `Session.job`. */
  async job(id: JobId): Promise<Job> {
    return this.#notes.complete(this.#origin, await this.#session.job(id));
  }
}
