import type { Store } from "./store.js";
import type { SubmitOrigin } from "./submit-journal.js";

/** Settings of notifications, as users have registered them. */
export class NotificationTable {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Id → value: those of this job, else what the user has said last. */
  get(origin: SubmitOrigin, jobId?: string): ReadonlyMap<string, string> {
    const own = jobId === undefined ? new Map<string, string>() : this.#read(origin, jobId);
    return own.size > 0 ? own : this.#read(origin, "");
  }

  /** Replaces those of this job, and what the user has said last. */
  put(origin: SubmitOrigin, jobId: string, values: ReadonlyMap<string, string>): void {
    this.#store.transaction(() => {
      for (const key of [jobId, ""]) {
        this.#store.run(
          "DELETE FROM notification_settings WHERE resource = ? AND user_name = ? AND job_id = ?",
          ...columns(origin, key),
        );
        for (const [id, value] of values) {
          this.#store.run(
            "INSERT INTO notification_settings (resource, user_name, job_id, id, value, set_at) VALUES (?, ?, ?, ?, ?, ?)",
            ...columns(origin, key),
            id,
            value,
            this.#now(),
          );
        }
      }
    });
  }

  /** Forgets those of jobs older than this; what users have said last stays. */
  removeOlderThan(days: number): void {
    this.#store.run(
      "DELETE FROM notification_settings WHERE job_id <> '' AND set_at < ?",
      this.#now() - days * 86_400_000,
    );
  }

  #read(origin: SubmitOrigin, jobId: string): ReadonlyMap<string, string> {
    const rows = this.#store.all(
      "SELECT id, value FROM notification_settings WHERE resource = ? AND user_name = ? AND job_id = ?",
      ...columns(origin, jobId),
    );
    return new Map(rows.map((row) => [String(row["id"]), String(row["value"])]));
  }
}

function columns({ resourceId, userName }: SubmitOrigin, jobId: string): readonly [string, string, string] {
  return [resourceId, userName, jobId];
}
