import { randomBytes } from "node:crypto";
import { type JobId, SchedulerError, ValueError } from "scarf-tomo";
import type { Row, Store } from "./store.js";
import type { SubmitOrigin } from "./submit-journal.js";

/** What a job of a transaction is known by. */
export interface TransactionJob {
  readonly transactionId: string;
  readonly scriptName: string;
}

/** So many transactions of a user may be open without a job; those with jobs are as many as the jobs. */
const maxWithoutJob = 1000;

/**
 * Transactions of Mantid's web service: who began them, which jobs belong to them. Their files lie in the user's own directory
 * on the resource.
 */
export class MantidTransactions {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** @returns An id that nobody can guess and no other transaction ever had. @throws {SchedulerError} `QUOTA_EXCEEDED` */
  start({ resourceId, userName }: SubmitOrigin): string {
    const row = this.#store.get(
      "SELECT COUNT(*) AS amount FROM mantid_transactions AS t WHERE resource = ? AND user_name = ? AND state = 'open' " +
        "AND NOT EXISTS (SELECT 1 FROM mantid_jobs WHERE transaction_id = t.id)",
      resourceId,
      userName,
    );
    if (Number(row?.["amount"] ?? 0) >= maxWithoutJob) {
      throw new SchedulerError(
        "QUOTA_EXCEEDED",
        `There are ${maxWithoutJob} transactions of ${userName} already in which no job was submitted.`,
        { hint: "Stop those that are not needed." },
      );
    }
    const id = `T${randomBytes(12).toString("hex")}`;
    this.#store.run(
      "INSERT INTO mantid_transactions (id, resource, user_name, state, begun_at) VALUES (?, ?, ?, 'open', ?)",
      id,
      resourceId,
      userName,
      this.#now(),
    );
    return id;
  }

  isOpen(origin: SubmitOrigin, id: string): boolean {
    return this.#state(origin, id) === "open";
  }

  /** @throws {ValueError} `PROPERTY_INVALID`: the user has no open transaction of that id. Whether somebody else has is not told. */
  require(origin: SubmitOrigin, id: string): void {
    if (!this.isOpen(origin, id)) throw unknown(id);
  }

  /** From now on it takes no files and no jobs. May be repeated until it is stopped. @throws {ValueError} as `require`. */
  beginStop(origin: SubmitOrigin, id: string): readonly JobId[] {
    const state = this.#state(origin, id);
    if (state !== "open" && state !== "stopping") throw unknown(id);
    this.#setState(id, "stopping");
    return this.#store
      .all("SELECT job_id FROM mantid_jobs WHERE transaction_id = ? AND job_id IS NOT NULL", id)
      .map((row) => String(row["job_id"]));
  }

  finishStop(id: string): void {
    this.#setState(id, "stopped");
  }

  /**
   * Notes a submit before it happens. A submit that was begun with the same key, and never answered, may have made the job
   * in its own transaction: then that is the place, as long as it is open.
   */
  beginJob(origin: SubmitOrigin, submitKey: string, job: TransactionJob): TransactionJob {
    const { resourceId, userName } = origin;
    const row = this.#store.get(
      "SELECT * FROM mantid_jobs WHERE resource = ? AND user_name = ? AND submit_key = ?",
      resourceId,
      userName,
      submitKey,
    );
    const earlier = row === undefined ? undefined : toJob(row);
    if (earlier !== undefined && (row?.["job_id"] !== null || this.isOpen(origin, earlier.transactionId)))
      return earlier;
    this.#store.run(
      "INSERT INTO mantid_jobs (resource, user_name, submit_key, transaction_id, script_name, begun_at) VALUES (?, ?, ?, ?, ?, ?) " +
        "ON CONFLICT DO UPDATE SET transaction_id = excluded.transaction_id, script_name = excluded.script_name, begun_at = excluded.begun_at",
      resourceId,
      userName,
      submitKey,
      job.transactionId,
      job.scriptName,
      this.#now(),
    );
    return job;
  }

  finishJob({ resourceId, userName }: SubmitOrigin, submitKey: string, jobId: JobId): void {
    this.#store.run(
      "UPDATE mantid_jobs SET job_id = ? WHERE resource = ? AND user_name = ? AND submit_key = ?",
      jobId,
      resourceId,
      userName,
      submitKey,
    );
  }

  /** All jobs of a user that belong to a transaction, by their ids. */
  jobsOf({ resourceId, userName }: SubmitOrigin): ReadonlyMap<JobId, TransactionJob> {
    const rows = this.#store.all(
      "SELECT * FROM mantid_jobs WHERE resource = ? AND user_name = ? AND job_id IS NOT NULL",
      resourceId,
      userName,
    );
    return new Map(rows.map((row) => [String(row["job_id"]), toJob(row)]));
  }

  jobOf({ resourceId, userName }: SubmitOrigin, jobId: JobId): TransactionJob | undefined {
    const row = this.#store.get(
      "SELECT * FROM mantid_jobs WHERE resource = ? AND user_name = ? AND job_id = ?",
      resourceId,
      userName,
      jobId,
    );
    return row === undefined ? undefined : toJob(row);
  }

  /**
   * Forgets transactions that were stopped so long ago, and jobs that no resource lists any more; an open transaction lives as long
   * as there are jobs in it. Most clients never stop one: its files are the user's, and stay where they are.
   */
  removeOlderThan({
    stoppedDays,
    jobDays,
  }: {
    readonly stoppedDays: number;
    readonly jobDays: number;
  }): void {
    const [stoppedBefore, jobsBefore] = [stoppedDays, jobDays].map((days) => this.#now() - days * 86_400_000);
    this.#store.transaction(() => {
      this.#store.run(
        "DELETE FROM mantid_jobs WHERE begun_at < ? OR transaction_id IN " +
          "(SELECT id FROM mantid_transactions WHERE state = 'stopped' AND begun_at < ?)",
        jobsBefore ?? 0,
        stoppedBefore ?? 0,
      );
      this.#store.run(
        "DELETE FROM mantid_transactions AS t WHERE (state = 'stopped' AND begun_at < ?) OR " +
          "(begun_at < ? AND NOT EXISTS (SELECT 1 FROM mantid_jobs WHERE transaction_id = t.id))",
        stoppedBefore ?? 0,
        jobsBefore ?? 0,
      );
    });
  }

  #state({ resourceId, userName }: SubmitOrigin, id: string): string | undefined {
    const row = this.#store.get(
      "SELECT state FROM mantid_transactions WHERE id = ? AND resource = ? AND user_name = ?",
      id,
      resourceId,
      userName,
    );
    return row === undefined ? undefined : String(row["state"]);
  }

  #setState(id: string, state: "stopping" | "stopped"): void {
    this.#store.run("UPDATE mantid_transactions SET state = ? WHERE id = ?", state, id);
  }
}

function toJob(row: Row): TransactionJob {
  return { transactionId: String(row["transaction_id"]), scriptName: String(row["script_name"]) };
}

function unknown(id: string): ValueError {
  const shown = id.length > 80 ? `${id.slice(0, 77)}...` : id;
  return new ValueError("PROPERTY_INVALID", `${JSON.stringify(shown)} is no open transaction of yours.`, {
    hint: "transaction?Action=Start begins one and answers its id as TransID.",
    context: { transaction: shown },
  });
}
