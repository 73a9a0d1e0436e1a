import type { Job, JobId, JobQuery, Session } from "scarf-tomo";
import type { JobNotes } from "../state/job-notes.js";
import type { SharedLists } from "./shared-lists.js";
import type { SubmitOrigin } from "../state/submit-journal.js";

/** What a resource's jobs are shown from, for all requests. */
export interface JobSources {
  readonly notes: JobNotes;
  readonly lists: SharedLists;
}

/** A user's jobs as this service shows them: what the resource tells, with what was noted at their submit. */
export class NotedJobs {
  readonly #session: Session;
  readonly #notes: JobNotes;
  readonly #lists: SharedLists;
  readonly #origin: SubmitOrigin;
  readonly #hurry: boolean;

  /** @param hurry - Many requests wait for what is asked here. */
  constructor(session: Session, { notes, lists }: JobSources, origin: SubmitOrigin, hurry = false) {
    this.#session = session;
    this.#notes = notes;
    this.#lists = lists;
    this.#origin = origin;
    this.#hurry = hurry;
  }

  get userName(): string {
    return this.#origin.userName;
  }

  /** Throws like `Session.list`. */
  async list(query: JobQuery = {}): Promise<readonly Job[]> {
    const { resourceId, userName } = this.#origin;
    return this.#lists.list(
      `${resourceId}\n${userName}`,
      this.#session,
      query,
      async (session) => this.#notes.completeAll(this.#origin, await session.list(query)),
      { hurry: this.#hurry },
    );
  }

  /** Throws like `Session.job`. */
  async job(id: JobId): Promise<Job> {
    return this.#notes.complete(this.#origin, await this.#session.job(id));
  }
}
