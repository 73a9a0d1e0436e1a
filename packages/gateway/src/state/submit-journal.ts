import { type JobId, SchedulerError } from "scarf-tomo";
import type { Store } from "./store.js";

export interface SubmitOrigin {
  readonly resourceId: string;
  readonly userName: string;
}

/**
 * Remembers which submit key became which job, so that a client that lost the answer can ask again. Written before the
 * resource is called and after it has answered.
 */
export class SubmitJournal {
  readonly #store: Store;
  readonly #now: () => number;
  /** Submits under way in this process: a repetition waits for the first instead of overtaking it. */
  readonly #running = new Map<string, Promise<JobId>>();

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** The job that this key has become already. */
  find(origin: SubmitOrigin, submitKey: string): JobId | undefined {
    const row = this.#store.get(
      "SELECT job_id FROM submits WHERE resource = ? AND user_name = ? AND submit_key = ?",
      origin.resourceId,
      origin.userName,
      submitKey,
    );
    return typeof row?.["job_id"] === "string" ? row["job_id"] : undefined;
  }

  /**
   * Submits once for this key, whatever is cut or killed in between.
   *
   * @param repeatable - The resource itself knows submit keys (`capabilities.submitOnce`): a submit that was begun and never
   * answered may be sent again. Elsewhere it is ambiguous.
   * @throws {SchedulerError} `SUBMIT_AMBIGUOUS`
   */
  async once(
    origin: SubmitOrigin,
    submitKey: string,
    repeatable: boolean,
    submit: () => Promise<JobId>,
  ): Promise<JobId> {
    const runningKey = JSON.stringify([origin.resourceId, origin.userName, submitKey]);
    const running = this.#running.get(runningKey);
    if (running !== undefined) return running;
    const run = this.#submit(origin, submitKey, repeatable, submit);
    this.#running.set(runningKey, run);
    try {
      return await run;
    } finally {
      this.#running.delete(runningKey);
    }
  }

  /** Forgets entries older than this; no client repeats a submit after weeks. */
  removeOlderThan(days: number): void {
    this.#store.run("DELETE FROM submits WHERE begun_at < ?", this.#now() - days * 86_400_000);
  }

  async #submit(
    origin: SubmitOrigin,
    submitKey: string,
    repeatable: boolean,
    submit: () => Promise<JobId>,
  ): Promise<JobId> {
    const key = [origin.resourceId, origin.userName, submitKey] as const;
    const known = this.find(origin, submitKey);
    if (known !== undefined) return known;
    const begun = this.#store.run(
      "INSERT INTO submits (resource, user_name, submit_key, job_id, begun_at) VALUES (?, ?, ?, NULL, ?) ON CONFLICT DO NOTHING",
      ...key,
      this.#now(),
    );
    if (begun === 0 && !repeatable) {
      throw new SchedulerError(
        "SUBMIT_AMBIGUOUS",
        "An earlier attempt of this submission was cut off before the resource answered: its job may exist or not.",
        {
          hint: "Look for it in the list of jobs. If it is not there, submit again as a new submission.",
          context: { resource: origin.resourceId, userName: origin.userName, submitKey },
        },
      );
    }
    let jobId: JobId;
    try {
      jobId = await submit();
    } catch (error) {
      if (isRefusal(error)) {
        this.#store.run(
          "DELETE FROM submits WHERE resource = ? AND user_name = ? AND submit_key = ? AND job_id IS NULL",
          ...key,
        );
      }
      throw error;
    }
    this.#store.run(
      "UPDATE submits SET job_id = ? WHERE resource = ? AND user_name = ? AND submit_key = ?",
      jobId,
      ...key,
    );
    return jobId;
  }
}

/** Errors after which the resource has certainly made no job (see `Session.submit`); any other leaves the question open. */
const refusals = new Set([
  "SPEC_INVALID",
  "SPEC_REJECTED",
  "APPLICATION_UNKNOWN",
  "NOT_SUPPORTED",
  "SCHEDULER_UNAVAILABLE",
  "QUOTA_EXCEEDED",
  "SESSION_EXPIRED",
  "NOT_LOGGED_IN",
  "PERMISSION_DENIED",
  "CONNECTION_FAILED",
]);

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && typeof error.code === "string" && refusals.has(error.code)
  );
}
