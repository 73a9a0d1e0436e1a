import { randomInt } from "node:crypto";
import {
  AbortedError,
  type ErrorCode,
  isScarfError,
  type ScarfError,
  SchedulerError,
} from "../errors/index.js";
import type { JobId, JobSpec } from "../model/index.js";
import type { CallOptions, Session, TransferOptions } from "../resources/compute-resource.js";
import { sleep, throwIfAborted } from "../transports/abort.js";
import { isPassing, RetryBudget, type RetryOptions } from "../transports/retry.js";
import { digestSpec } from "./digest-spec.js";
import type { JournalEntry, SubmitJournal } from "./submit-journal.js";

/** Options of {@link submitOnce}. */
export interface SubmitOnceOptions extends CallOptions, Pick<TransferOptions, "onProgress"> {
  /** Makes the submit repeatable, also by another program. @defaultValue a new one */
  readonly submitKey?: string;
  /** Where it is written down. Without it nobody can tell, after a kill, whether a job was submitted. */
  readonly journal?: SubmitJournal;
  readonly retry?: RetryOptions;
}

/** A job that exists, and the key that leads to it. */
export interface SubmittedJob {
  readonly jobId: JobId;
  readonly submitKey: string;
}

/**
 * Submits a job so that there is never a second one. When an answer is lost, the same key is sent again where the resource
 * promises to know it, or the job is looked up by it; where neither can tell, the job is ambiguous and stays in the journal.
 * @throws {SchedulerError} `SUBMIT_AMBIGUOUS`: a job may exist; the hint says what to do.
 * @throws {ValueError} `USAGE_INVALID`: the key was used for another job. Otherwise as `Session.submit`: then no job was made.
 */
export async function submitOnce(
  session: Session,
  spec: JobSpec,
  options: SubmitOnceOptions = {},
): Promise<SubmittedJob> {
  const { submitKey = newSubmitKey(), journal, signal } = options;
  throwIfAborted(signal);
  const begun = await journal?.begin({
    resourceId: session.resource.id,
    userName: session.userName,
    submitKey,
    specDigest: digestSpec(spec),
    ...(spec.name === undefined ? {} : { jobName: spec.name }),
  });
  if (begun?.entry.jobId !== undefined) return { jobId: begun.entry.jobId, submitKey };
  const attempt = new SubmitAttempt(session, spec, submitKey, options, begun?.entry);
  const jobId = await attempt.submit(begun !== undefined && !begun.isNew);
  if (begun !== undefined) await journal?.succeeded(begun.entry, jobId);
  return { jobId, submitKey };
}

/** 20 characters that survive job names, headers and file names; 100 random bits. */
export function newSubmitKey(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return Array.from({ length: 20 }, () => letters[randomInt(letters.length)] ?? "a").join("");
}

/** What the job itself is refused for: no try with the same key can have made it. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "SPEC_INVALID",
  "SPEC_REJECTED",
  "APPLICATION_UNKNOWN",
  "NOT_SUPPORTED",
  "PERMISSION_DENIED",
  "USAGE_INVALID",
  "FILE_NAME_REFUSED",
  "TRANSFER_TOO_LARGE",
]);

/** The other side may have acted before this became known. */
const doubts: ReadonlySet<ErrorCode> = new Set([
  "CONNECTION_LOST",
  "RESPONSE_TIMEOUT",
  "OUTPUT_UNREADABLE",
  "SUBMIT_AMBIGUOUS",
]);

class SubmitAttempt {
  readonly #session: Session;
  readonly #spec: JobSpec;
  readonly #submitKey: string;
  readonly #options: SubmitOnceOptions;
  readonly #entry: JournalEntry | undefined;

  constructor(
    session: Session,
    spec: JobSpec,
    submitKey: string,
    options: SubmitOnceOptions,
    entry: JournalEntry | undefined,
  ) {
    this.#session = session;
    this.#spec = spec;
    this.#submitKey = submitKey;
    this.#options = options;
    this.#entry = entry;
  }

  /** @param mayExist - an earlier program began this submit and did not see its end. */
  async submit(mayExist: boolean): Promise<JobId> {
    const { signal, onProgress, retry } = this.#options;
    const budget = new RetryBudget({ ...this.#session.resource.retry, ...retry }, signal);
    const repeatable = this.#session.capabilities.submitOnce;
    let isDoubtful = mayExist;
    let cause: ScarfError | undefined;
    for (;;) {
      if (isDoubtful && !repeatable) return this.#lookUp(cause);
      try {
        return await this.#session.submit(this.#spec, {
          submitKey: this.#submitKey,
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined ? {} : { onProgress }),
        });
      } catch (error) {
        // A bug: it may have come before or after the request, so the journal keeps the entry.
        if (!isScarfError(error)) throw error;
        if (error.code === "ABORTED") throw this.#stopped(error);
        isDoubtful ||= doubts.has(error.code);
        if (refusals.has(error.code)) isDoubtful = false;
        cause = error;
      }
      if (isDoubtful && !repeatable) continue;
      try {
        await budget.waitAfter(cause);
      } catch (reason) {
        if (isScarfError(reason) && reason.code === "ABORTED" && isDoubtful) throw this.#stopped(reason);
        if (isDoubtful) throw this.#ambiguous(cause);
        await this.#forget();
        throw reason;
      }
    }
  }

  /** Finds the job by its key. That it isn't found proves nothing: a list may be late, or not tell keys at all. */
  async #lookUp(lost: ScarfError | undefined): Promise<JobId> {
    const { signal, retry } = this.#options;
    const budget = new RetryBudget(
      { attempts: 4, firstDelaySeconds: 1, ...this.#session.resource.retry, ...retry },
      signal,
    );
    let reason = lost;
    for (;;) {
      try {
        const jobs = await this.#session.list({}, signal === undefined ? {} : { signal });
        const found = jobs.find((job) => job.submitKey === this.#submitKey);
        if (found !== undefined) return found.id;
      } catch (error) {
        if (!isScarfError(error)) throw error;
        if (error.code === "ABORTED") throw this.#stopped(error);
        reason ??= error;
        if (!isPassing(error)) throw this.#ambiguous(reason);
      }
      const seconds = budget.takePauseSeconds();
      if (seconds === undefined) throw this.#ambiguous(reason);
      await sleep(seconds, signal).catch((stop: unknown) => {
        throw isScarfError(stop) ? this.#stopped(stop) : stop;
      });
    }
  }

  async #forget(): Promise<void> {
    if (this.#entry !== undefined) await this.#options.journal?.refused(this.#entry);
  }

  #ambiguous(cause: ScarfError | undefined): SchedulerError {
    const why = cause?.message.replace(/\.$/, "") ?? "an earlier try did not see its end";
    return new SchedulerError("SUBMIT_AMBIGUOUS", `It is not known whether ${this.#what()}: ${why}.`, {
      hint: this.#remedy(),
      context: this.#context(),
      cause,
    });
  }

  /** The request may have left already. */
  #stopped(cause: ScarfError): AbortedError {
    return new AbortedError("ABORTED", `Stopped on request; it is not known whether ${this.#what()}.`, {
      hint: this.#remedy(),
      context: this.#context(),
      cause,
    });
  }

  #what(): string {
    const { name } = this.#spec;
    return `${name === undefined ? "the job" : `job ${name}`} was submitted to ${this.#session.resource.id}`;
  }

  #remedy(): string {
    return this.#session.capabilities.submitOnce
      ? `Submit it again with the submit key ${this.#submitKey}: that never makes a second job.`
      : "Look at the list of your jobs. Submit it again only if it isn't there.";
  }

  #context(): Readonly<Record<string, unknown>> {
    return { resource: this.#session.resource.id, user: this.#session.userName, submitKey: this.#submitKey };
  }
}
