import { isScarfError, type ScarfError } from "../../errors/index.js";
import type { Job, JobId, JobQuery, JobStatus } from "../../model/index.js";
import {
  expandSlurmNodes,
  expandSlurmPath,
  isSlurmJobPart,
  parseSlurmJobId,
  readSlurmStatus,
  renderSlurmJobId,
  sacct,
  type SlurmJobRecord,
  type SlurmJobRef,
  SlurmRefusal,
  squeue,
} from "../../schedulers/slurm/index.js";
import { parseKeyedDescription } from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { matchesQuery, newestFirst } from "../match-query.js";
import { mergeStatuses } from "../merge-statuses.js";
import { jobNotFound } from "../slurm-refusals.js";
import { isUnavailable, type SlurmCliService } from "./slurm-cli-service.js";

/** Above this many numbers all jobs of the user are asked for. */
const mostNumbers = 200;

/** Which of the jobs that had a number one after the other is meant. */
interface Life {
  /** The submit key, or a comment that holds none; empty where there is no comment. */
  readonly owner: string;
  /** Milliseconds since 1970, and the name: of a job that was seen. */
  readonly submittedAt?: number;
  readonly name?: string;
}

/** One record, who told it, and when. */
interface Told {
  readonly record: SlurmJobRecord;
  readonly source: "squeue" | "sacct";
  readonly observedAt: Date;
}

interface Found {
  readonly told: readonly Told[];
  /** Why the queue, or the accounting, did not answer. */
  readonly queueFailure?: ScarfError | undefined;
  readonly accountingFailure?: ScarfError | undefined;
}

/** Jobs of one session: the controller's queue and the accounting, joined. */
export class SlurmCliJobs {
  readonly #service: SlurmCliService;
  /** What this session knows of a number: the controller gives it away again when its state was lost. */
  readonly #seen = new Map<number, Life>();

  /** Elements of arrays that this session has cancelled while they waited. */
  readonly #cancelled = new Set<JobId>();

  /** As far as it was asked. */
  #hasAccounting = true;

  constructor(service: SlurmCliService) {
    this.#service = service;
  }

  async status(ids: readonly JobId[], options: CallOptions = {}): Promise<ReadonlyMap<JobId, JobStatus>> {
    const refs = new Map(
      ids.flatMap((id) => {
        const ref = parseSlurmJobId(id);
        return ref === undefined ? [] : [[id, ref] as const];
      }),
    );
    const found: Found = refs.size === 0 ? { told: [] } : await this.#find([...refs.values()], options);
    const statuses = new Map(
      ids.map((id) => {
        const ref = refs.get(id);
        return [id, ref === undefined ? notListed() : this.#statusOf(ref, found)];
      }),
    );
    // What has ended the accounting tells alone. Of the others nothing is known now: their picture becomes old.
    if (found.queueFailure !== undefined && [...statuses.values()].some(({ phase }) => phase === "unknown"))
      throw found.queueFailure;
    return statuses;
  }

  /** @throws {SchedulerError} `JOB_NOT_FOUND`. */
  async job(id: JobId, options: CallOptions = {}): Promise<Job> {
    const ref = parseSlurmJobId(id);
    if (ref === undefined) throw jobNotFound(this.#service.who, id);
    const found = await this.#find([ref], options);
    const meant = found.told.filter(({ record }) => isSlurmJobPart(ref, record.ref));
    const [first] = [...meant.filter(({ record }) => record.number === ref.base), ...meant];
    if (first === undefined) {
      const failure = found.queueFailure ?? found.accountingFailure;
      if (failure !== undefined) throw failure;
      throw jobNotFound(this.#service.who, id);
    }
    return { ...this.#toJob(first), id, status: this.#statusOf(ref, found) };
  }

  /** Newest first: what the controller has, and, if an instant is given, what has ended since then by the accounting. */
  async list(query: JobQuery = {}, options: CallOptions = {}): Promise<readonly Job[]> {
    const told = [...(await this.#askQueue(undefined, options))];
    // sacct refuses a window that ends before it begins.
    if (query.endedSince !== undefined && query.endedSince.getTime() < Date.now() + 3_600_000) {
      const known = new Set(told.map(({ record }) => keyOf(record)));
      const ended = await this.#askAccounting({ endedSince: query.endedSince }, options);
      told.push(...ended.filter(({ record }) => !known.has(keyOf(record))));
    }
    return told
      .map((one) => this.#toJob(one))
      .filter((job) => matchesQuery(job, query))
      .sort(newestFirst);
  }

  /** The job of a submit key: in the queue, else among those that the accounting has since the submit began. */
  async findByKey(submitKey: string, since: Date, options: CallOptions): Promise<JobId | undefined> {
    const queued = findKey(await this.#askQueue(undefined, options), submitKey);
    if (queued !== undefined) return queued;
    // An hour for clocks that differ. Accounting that is absent or away tells nothing.
    const submittedSince = new Date(since.getTime() - 3_600_000);
    const accounted = await this.#askAccounting({ submittedSince }, options).catch((error: unknown) => {
      if (isScarfError(error)) return [];
      throw error;
    });
    return findKey(accounted, submitKey);
  }

  /** Slurm has taken a request to cancel a job that waited: an element is struck from its array then, and leaves no record (22.05). */
  noteCancelled(ref: SlurmJobRef): void {
    this.#cancelled.add(renderSlurmJobId(ref));
  }

  /** From now on the number of this job means it, and no other that has it before or after. */
  noteSubmitted(id: JobId, comment: string): void {
    const ref = parseSlurmJobId(id);
    if (ref !== undefined) this.#seen.set(ref.base, { owner: ownerOf(comment) });
  }

  async #find(refs: readonly SlurmJobRef[], options: CallOptions): Promise<Found> {
    const numbers = [...new Set(refs.map(({ base }) => base))];
    let queue: readonly Told[] = [];
    let queueFailure: ScarfError | undefined;
    try {
      queue = await this.#askQueue(numbers, options);
    } catch (error) {
      if (!isScarfError(error) || !isUnavailable(error)) throw error;
      queueFailure = error;
    }
    // Elements of an array leave the queue one by one, so that it has a part of them only.
    const settled = new Set(queue.flatMap(({ record: { ref } }) => (isWhole(ref) ? [ref.base] : [])));
    const missing = numbers.filter((number) => !settled.has(number));
    if (missing.length === 0) return { told: queue, queueFailure };
    try {
      const known = new Set(queue.map(({ record }) => keyOf(record)));
      const accounted = (await this.#askAccountingFor(missing, options)).filter(
        ({ record }) => !known.has(keyOf(record)),
      );
      const told = [...queue, ...accounted];
      // Submitted since the queue was asked.
      const isLate = queueFailure === undefined && accounted.some((one) => isLive(one));
      if (!isLate) return { told, queueFailure };
      const again = await this.#askQueue(numbers, options);
      const seen = new Set(again.map(({ record }) => keyOf(record)));
      return { told: [...again, ...told.filter(({ record }) => !seen.has(keyOf(record)))], queueFailure };
    } catch (error) {
      if (!isScarfError(error) || !isUnavailable(error)) throw error;
      // Neither of them answers: the picture becomes old, and no job another one.
      if (queueFailure !== undefined) throw queueFailure;
      return { told: queue, accountingFailure: error };
    }
  }

  #statusOf(ref: SlurmJobRef, { told, queueFailure, accountingFailure }: Found): JobStatus {
    const meant = told.filter(({ record }) => isSlurmJobPart(ref, record.ref));
    const statuses = meant.map((one) => this.#readStatus(one, queueFailure));
    const failure = queueFailure ?? accountingFailure;
    const isArray = meant.some(({ record }) => !isWhole(record.ref));
    if (isWhole(ref) && isArray && failure === undefined)
      statuses.push(...this.#findStruck(ref, told).map(() => cancelledWhileWaiting()));
    const merged = mergeStatuses(statuses);
    // Elements leave the controller one by one: those that failed may be gone.
    if (isWhole(ref) && isArray && isGood(merged) && (failure !== undefined || !this.#hasAccounting))
      return {
        ...notListed(),
        why: failure === undefined ? "no-evidence" : "unreachable",
        reason: `The elements that Slurm's queue still has did succeed. Whether all have, only its accounting could tell: ${failure?.message ?? "this cluster has none."}`,
      };
    if (merged !== undefined) return merged;
    const isStruck =
      this.#cancelled.has(renderSlurmJobId(ref)) && told.some(({ record }) => record.ref.base === ref.base);
    if (failure === undefined) return isStruck ? cancelledWhileWaiting() : notListed();
    return { ...notListed(), why: "unreachable", reason: failure.message };
  }

  /** Elements of an array that were cancelled while they waited, and have no record. */
  #findStruck({ base }: SlurmJobRef, told: readonly Told[]): readonly JobId[] {
    return [...this.#cancelled].filter((id) => {
      const ref = parseSlurmJobId(id);
      return (
        ref?.base === base && !isWhole(ref) && !told.some(({ record }) => isSlurmJobPart(ref, record.ref))
      );
    });
  }

  #readStatus(one: Told, queueFailure?: ScarfError): JobStatus {
    const { record, source, observedAt } = one;
    const { state, raw, reason, exit } = record;
    const evidence = { source: source === "squeue" ? "squeue" : "sacct (accounting)", observedAt };
    const by = state.endedByUser === undefined ? undefined : `ended by user ${state.endedByUser}`;
    const why = reason ?? by;
    const status = readSlurmStatus(
      {
        words: state.words,
        raw,
        ...(why !== undefined && { reason: why }),
        ...(exit !== undefined && { exit }),
      },
      evidence,
    );
    const before = this.#noteOf(record);
    if (before)
      return {
        phase: "unknown",
        why: "no-evidence",
        raw,
        reason: `Slurm has given the number ${renderSlurmJobId(record.ref)} to another job since: its controller had lost the job that had it.`,
        evidence,
      };
    if (source === "squeue" || status.phase === "finished") return status;
    // The accounting has no end of it, and the queue does not know it.
    return {
      phase: "unknown",
      why: queueFailure === undefined ? "no-evidence" : "unreachable",
      raw,
      reason:
        queueFailure?.message ??
        `Slurm's queue does not know the job any more, and its accounting, which says ${raw}, has no end of it. Accounting may be late, or the controller has lost the job.`,
      evidence,
    };
  }

  /** True: another job has the number that this session knew one by. */
  #noteOf({ number, submittedAt, comment = "", name, ref }: SlurmJobRecord): boolean {
    if (submittedAt === undefined || ref.index !== undefined || ref.waiting !== undefined) return false;
    const [seen, owner] = [this.#seen.get(number), ownerOf(comment)];
    // A requeued job gets a new time of submission, and keeps its comment. sacct has no comment where the site does not store it.
    const isSame =
      seen === undefined ||
      (owner !== "" && seen.owner !== ""
        ? owner === seen.owner
        : submittedAt.getTime() >= (seen.submittedAt ?? 0) && name === (seen.name ?? name));
    if (isSame && seen?.submittedAt === undefined)
      this.#seen.set(number, {
        owner: owner === "" ? (seen?.owner ?? "") : owner,
        submittedAt: submittedAt.getTime(),
        name,
      });
    return !isSame;
  }

  #toJob(one: Told): Job {
    const { record } = one;
    const status = this.#readStatus(one);
    const { description, submitKey } = parseKeyedDescription(record.comment ?? "");
    // A job that was cancelled while it waited has its end as its start; one that waits has the start that is expected.
    const hasStarted = record.nodes !== undefined && status.phase !== "queued" && status.phase !== "held";
    const path = (pattern: string | undefined) =>
      pattern === undefined ? undefined : expandSlurmPath(pattern, record);
    const [outputPath, errorPath] = [path(record.outputPath), path(record.errorPath)];
    return {
      id: renderSlurmJobId(record.ref),
      name: record.name,
      status,
      ...(record.owner !== undefined && { owner: record.owner }),
      ...(description !== undefined && { description }),
      ...(submitKey !== undefined && { submitKey }),
      ...(record.partition !== undefined && { queue: record.partition }),
      ...(record.account !== undefined && { account: record.account }),
      ...(record.submittedAt !== undefined && { submittedAt: record.submittedAt }),
      ...(hasStarted && record.startedAt !== undefined && { startedAt: record.startedAt }),
      ...(status.phase === "finished" && record.endsAt !== undefined && { endedAt: record.endsAt }),
      ...(record.workingDirectory !== undefined && { workingDirectory: record.workingDirectory }),
      ...(outputPath !== undefined && { outputPath }),
      ...(errorPath !== undefined && { errorPath }),
      ...(record.nodes !== undefined && { executionHosts: expandSlurmNodes(record.nodes) }),
    };
  }

  async #askQueue(numbers: readonly number[] | undefined, options: CallOptions): Promise<readonly Told[]> {
    const { who } = this.#service;
    const observedAt = new Date();
    const records = await this.#service.run(
      squeue({
        userName: who.userName,
        separator: this.#service.newSeparator(),
        ...(numbers !== undefined && numbers.length <= mostNumbers && { numbers }),
      }),
      "list the jobs",
      options,
    );
    return this.#own(records).map((record) => ({ record, source: "squeue", observedAt }));
  }

  async #askAccountingFor(numbers: readonly number[], options: CallOptions): Promise<readonly Told[]> {
    const told: Told[] = [];
    for (let at = 0; at < numbers.length; at += mostNumbers)
      told.push(...(await this.#askAccounting({ numbers: numbers.slice(at, at + mostNumbers) }, options)));
    return told;
  }

  async #askAccounting(
    which:
      | { readonly numbers: readonly number[] }
      | { readonly endedSince: Date }
      | { readonly submittedSince: Date },
    options: CallOptions,
  ): Promise<readonly Told[]> {
    const observedAt = new Date();
    const { userName } = this.#service.who;
    const command = sacct({ userName, separator: this.#service.newSeparator(), ...which });
    try {
      const records = await this.#service.run(command, "read the accounting", options);
      return this.#own(records).map((record) => ({ record, source: "sacct", observedAt }));
    } catch (error) {
      if (!(error instanceof SlurmRefusal)) throw error;
      // A cluster without accounting: nothing more is known, and nothing is wrong.
      if (error.kind === "no-accounting") {
        this.#hasAccounting = false;
        return [];
      }
      throw this.#service.unavailable(error);
    }
  }

  #own(records: readonly SlurmJobRecord[]): readonly SlurmJobRecord[] {
    return records.filter(({ owner }) => owner === this.#service.who.userName);
  }
}

function ownerOf(comment: string): string {
  return parseKeyedDescription(comment).submitKey ?? comment;
}

function isWhole({ index, waiting, offset }: SlurmJobRef): boolean {
  return index === undefined && waiting === undefined && offset === undefined;
}

function isLive({ record }: Told): boolean {
  const { phase } = readSlurmStatus({ words: record.state.words }, { source: "", observedAt: new Date(0) });
  return phase !== "finished";
}

function keyOf({ ref }: SlurmJobRecord): string {
  return renderSlurmJobId(ref.waiting === undefined ? ref : { base: ref.base, waiting: "" });
}

function findKey(told: readonly Told[], submitKey: string): JobId | undefined {
  const found = told.find(
    ({ record }) => parseKeyedDescription(record.comment ?? "").submitKey === submitKey,
  );
  // One key is one job, of which an array has many parts.
  return found === undefined ? undefined : String(found.record.ref.base);
}

function isGood(status: JobStatus | undefined): boolean {
  return status?.phase === "finished" && status.outcome === "succeeded";
}

function cancelledWhileWaiting(): JobStatus {
  const reason = "It was cancelled before it started.";
  const evidence = { source: "scancel", observedAt: new Date() };
  return { phase: "finished", outcome: "cancelled", raw: "", reason, evidence };
}

function notListed() {
  const evidence = { source: "squeue and sacct", observedAt: new Date() };
  return { phase: "unknown", why: "not-listed", raw: "", evidence } as const;
}
