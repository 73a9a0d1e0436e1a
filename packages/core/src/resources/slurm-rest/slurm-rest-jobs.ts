import { isScarfError } from "../../errors/index.js";
import type { Job, JobId, JobQuery, JobStatus } from "../../model/index.js";
import {
  isUnchanged,
  parseRestAccounting,
  parseRestJobs,
  readControllerSeconds,
  type SlurmDialect,
  type SlurmJobRequest,
  slurmErrorNumbers,
  type SlurmRestJob,
} from "../../wire/index.js";
import { isSlurmJobPart, parseSlurmJobId, type SlurmJobRef } from "../../schedulers/slurm/index.js";
import type { CallOptions } from "../compute-resource.js";
import { matchesQuery, newestFirst } from "../match-query.js";
import { mergeStatuses } from "../merge-statuses.js";
import { countElements } from "./count-elements.js";
import { isMeant, readJob, type SlurmSource } from "./job-status.js";
import { jobNotFound } from "../slurm-refusals.js";
import { unavailable } from "./refusals.js";
import { remember } from "./remember.js";
import type { SlurmRestService } from "./slurm-rest-service.js";

/** Above this many ids the queue is asked for once instead of each job by itself. */
const fewIds = 4;
/** So long may the accounting lag behind the controller. */
const lagSeconds = 60;
/** Ids in one question to the accounting. */
const idsAtOnce = 100;

/** One record, who told it, and when. */
interface Told {
  readonly job: SlurmRestJob;
  readonly source: SlurmSource;
  readonly observedAt: Date;
}

/** All jobs of the user that the controller has. */
interface Picture {
  readonly jobs: readonly SlurmRestJob[];
  readonly observedAt: Date;
  /** On the controller's clock, before it was asked; undefined = it can't be asked whether something has changed. */
  readonly askedSeconds: number | undefined;
  /** State words of all jobs, for versions that tell them cheaply but can't say whether something has changed. */
  readonly states: string | undefined;
}

/** Jobs of one session: the controller's queue and the accounting, joined. */
export class SlurmRestJobs {
  readonly #service: SlurmRestService;
  readonly #findUserId: () => number | undefined;
  #picture: Picture | undefined;
  /** Submit time of each job that this session has seen: an id comes back after the controller has lost its state. */
  readonly #seen = new Map<
    JobId,
    { readonly submittedAt: number; readonly comment: string; readonly name: string }
  >();
  /** What this session has cancelled. */
  readonly #cancelled = new Map<JobId, true>();
  /** How many elements each array has that this session has submitted. */
  readonly #counts = new Map<number, number>();
  /** What was last seen of jobs that had not ended. */
  readonly #active = new Map<JobId, JobStatus>();
  /** What has ended stays so. */
  readonly #ended = new Map<number, readonly Told[]>();

  /** @param findUserId - the number by which the user's jobs are known where the version tells no names */
  constructor(service: SlurmRestService, findUserId: () => number | undefined) {
    this.#service = service;
    this.#findUserId = findUserId;
  }

  async status(ids: readonly JobId[], options: CallOptions = {}): Promise<ReadonlyMap<JobId, JobStatus>> {
    const refs = new Map(
      ids.flatMap((id) => {
        const ref = parseSlurmJobId(id);
        return ref === undefined ? [] : [[id, ref] as const];
      }),
    );
    const found = await this.#find([...refs.values()], options);
    return new Map(
      ids.map((id) => {
        const ref = refs.get(id);
        return [id, ref === undefined ? notListed() : this.#statusOf(id, ref, found)];
      }),
    );
  }

  /** @throws {SchedulerError} `JOB_NOT_FOUND`. */
  async job(id: JobId, options: CallOptions = {}): Promise<Job> {
    const ref = parseSlurmJobId(id);
    if (ref === undefined) throw jobNotFound(this.#service.who, id);
    const found = await this.#find([ref], options);
    const told = found.told.filter(({ job }) => isMeant(ref, job));
    const [first] = told.filter(({ job }) => job.id === ref.base).concat(told);
    const status = this.#statusOf(id, ref, found);
    if (first === undefined) {
      if (found.accountingFailure !== undefined) throw found.accountingFailure;
      throw jobNotFound(this.#service.who, id);
    }
    return { ...readJob(first.job, first.source, first.observedAt), id, status };
  }

  /** Jobs of the user, newest first: what the controller has, and, if an instant is given, what the accounting has since then. */
  async list(query: JobQuery = {}, options: CallOptions = {}): Promise<readonly Job[]> {
    const { jobs, observedAt } = await this.#fetchQueue(options);
    const all = new Map(
      jobs.filter(wasTaken).map((job) => {
        const shown = readJob(job, "slurmctld", observedAt);
        return [shown.id, shown] as const;
      }),
    );
    if (query.endedSince !== undefined) {
      for (const { job } of await this.#fetchAccountedSince(query.endedSince, options)) {
        const shown = readJob(job, "slurmdbd", new Date());
        if (shown.status.phase === "finished" && !all.has(shown.id)) all.set(shown.id, shown);
      }
    }
    return [...all.values()].filter((job) => matchesQuery(job, query)).sort(newestFirst);
  }

  /** The job of a submit key, in the queue, else, if an instant is given, among those that the accounting has since then. */
  async findByKey(
    submitKey: string,
    since: Date | undefined,
    options: CallOptions,
  ): Promise<JobId | undefined> {
    this.#picture = undefined;
    const { jobs, observedAt } = await this.#fetchQueue(options);
    const queued = jobs.map((job) => readJob(job, "slurmctld", observedAt));
    const inQueue = queued.find((job) => job.submitKey === submitKey);
    const accounted =
      inQueue !== undefined || since === undefined ? [] : await this.#fetchAccountedSince(since, options);
    const found =
      inQueue ??
      accounted
        .map(({ job }) => readJob(job, "slurmdbd", new Date()))
        .find((job) => job.submitKey === submitKey);
    return found?.id.replace(/_.*$/, "");
  }

  /** After something was changed, the next question gets a new picture. */
  forget(): void {
    this.#picture = undefined;
  }

  /** Slurm has made a job of this number. If it shows another one under it later, this one was lost. */
  noteSubmitted(
    id: JobId,
    { comment = "", name, array }: Pick<SlurmJobRequest, "comment" | "name" | "array">,
  ): void {
    const count = array === undefined ? undefined : countElements(array);
    if (count === undefined) this.#counts.delete(Number(id));
    else remember(this.#counts, Number(id), count);
    remember(this.#seen, id, { submittedAt: Date.now(), comment, name });
    this.#picture = undefined;
  }

  /** Slurm has taken a request to cancel it. */
  noteCancel(id: JobId): void {
    remember(this.#cancelled, id, true);
    this.#picture = undefined;
  }

  #statusOf(id: JobId, ref: SlurmJobRef, found: Found): JobStatus {
    const { told, accountingFailure } = found;
    const meant = told.filter(({ job }) => isMeant(ref, job));
    const [first] = meant;
    if (first === undefined) {
      // The controller drops a job a moment before the accounting knows its end. Until then the last picture holds, with its age.
      const last = this.#active.get(id);
      if (ref.index !== undefined && this.#isGoneFromArray(id, last, told))
        return cancelledWhileWaiting(last);
      if (isRecent(last)) return last;
      if (accountingFailure !== undefined)
        return { ...notListed(), why: "unreachable", reason: accountingFailure.message };
      return last === undefined ? notListed() : { ...notListed(), why: "no-evidence" };
    }
    const reused = this.#noteLife(id, first.job);
    if (reused !== undefined) return { ...notListed(), why: "no-evidence", reason: reused };
    const struck = ref.index === undefined ? this.#findStruck(ref, told) : [];
    const statuses = [...meant.map(statusOfTold), ...struck];
    const status = this.#withoutGaps(mergeStatuses(statuses) ?? notListed(), ref, found);
    // The accounting knows the end a moment after the controller has dropped the job.
    const last = this.#active.get(id);
    if (status.phase === "unknown" && isRecent(last)) return last;
    if (status.phase === "finished" || status.phase === "unknown") this.#active.delete(id);
    else remember(this.#active, id, status);
    return status;
  }

  /** Elements that this session has cancelled, and that are in their array no more: without them it would look whole. */
  #findStruck(asked: SlurmJobRef, told: readonly Told[]): readonly JobStatus[] {
    return [...this.#cancelled.keys()].flatMap((id) => {
      const ref = parseSlurmJobId(id);
      const isPart = ref !== undefined && (ref.index ?? ref.waiting) !== undefined;
      if (!isPart || !isSlurmJobPart(asked, ref)) return [];
      return told.some(({ job }) => isMeant(ref, job)) ? [] : [cancelledWhileWaiting(this.#active.get(id))];
    });
  }

  /**
   * Elements leave the controller one by one, so that those that are left may all have succeeded where another failed. A whole array is
   * called succeeded only where all that were submitted are told of, or, where this session does not know how many they were, where the
   * accounting, which keeps them all, knows those that the controller has.
   */
  #withoutGaps(status: JobStatus, { index, waiting, base }: SlurmJobRef, found: Found): JobStatus {
    const isGood = status.phase === "finished" && status.outcome === "succeeded";
    const mine = found.told.filter(({ job }) => job.array?.id === base);
    const listed = mine.filter(({ source }) => source === "slurmctld");
    if (!isGood || index !== undefined || waiting !== undefined || mine.length === 0) return status;
    const count = this.#counts.get(base);
    const isWhole =
      count === undefined
        ? listed.every(({ job }) => found.accounted.has(lifeOf(job)))
        : new Set(mine.map(({ job }) => job.array?.index)).size >= count;
    if (isWhole) return status;
    const isLate = mine.some(({ job: { endsAt } }) => isWithin(endsAt, lagSeconds));
    const why = isLate || found.accountingFailure !== undefined ? "unreachable" : "no-evidence";
    const said = found.accountingFailure?.message ?? "The accounting has no record of them.";
    return {
      ...notListed(),
      why,
      raw: status.raw,
      reason: `The elements that Slurm still tells of succeeded; of others nobody can say how they ended. ${said}`,
    };
  }

  /** An element that is cancelled while it waits is struck from its array, and leaves no record anywhere (22.05). */
  #isGoneFromArray(id: JobId, last: JobStatus | undefined, told: readonly Told[]): boolean {
    const base = parseSlurmJobId(id)?.base;
    const waited = last === undefined || last.phase === "queued" || last.phase === "held";
    return this.#cancelled.has(id) && waited && told.some(({ job }) => job.array?.id === base);
  }

  /** Why a record is of another job than the one that had this id before; undefined = it is the same. */
  #noteLife(id: JobId, { submittedAt, comment, name }: SlurmRestJob): string | undefined {
    if (submittedAt === undefined) return undefined;
    const before = this.#seen.get(id);
    // A requeued job has a new time, and is the same for all that. The accounting may have been told to keep no comments.
    const isSame =
      before === undefined ||
      before.submittedAt === submittedAt.getTime() ||
      (before.name === name && (comment === undefined || before.comment === comment));
    const now = {
      submittedAt: submittedAt.getTime(),
      comment: comment ?? before?.comment ?? "",
      name,
    };
    if (isSame) {
      remember(this.#seen, id, now);
      return undefined;
    }
    return `The cluster has lost this job: its number belongs to another one (${name}), submitted at ${submittedAt.toISOString()}.`;
  }

  async #find(refs: readonly SlurmJobRef[], options: CallOptions): Promise<Found> {
    const bases = [...new Set(refs.map(({ base }) => base))];
    const told =
      bases.length <= fewIds
        ? (await Promise.all(bases.map((base) => this.#fetchOne(base, options)))).flat()
        : await this.#fetchTold(options);
    const missing = [
      ...new Set(refs.filter((ref) => this.#needsAccounting(ref, told)).map(({ base }) => base)),
    ];
    const before = missing.flatMap((base) => this.#ended.get(base) ?? []);
    // What ended a moment ago may become more exact: the code of a failed job, the elements of an array.
    const asked = missing.filter((base) => {
      const ended = this.#ended.get(base);
      return ended === undefined || ended.some(({ job }) => isWithin(job.endsAt, lagSeconds));
    });
    let accounted: readonly Told[] = [];
    let accountingFailure: Error | undefined;
    try {
      accounted = await this.#fetchAccounted(asked, options);
    } catch (error) {
      // Nothing is concluded from a question that failed.
      if (!isScarfError(error) || error.code === "ABORTED" || error.code === "SESSION_EXPIRED") throw error;
      if (error.code !== "NOT_SUPPORTED") accountingFailure = error;
    }
    const ids = new Set(told.map(({ job }) => lifeOf(job)));
    const live = new Set(told.map(({ job }) => job.array?.id ?? job.id));
    const newer = new Set(accounted.map(({ job }) => lifeOf(job)));
    const all = [...accounted, ...before.filter(({ job }) => !newer.has(lifeOf(job)))];
    const added = all.filter(({ job, source, observedAt }) => {
      if (ids.has(lifeOf(job))) return false;
      // Of an array that the controller knows, the accounting, which lags, is believed for what has ended only.
      return (
        !live.has(job.array?.id ?? job.id) || readJob(job, source, observedAt).status.phase === "finished"
      );
    });
    return {
      told: [...told, ...added],
      accounted: new Set(all.map(({ job }) => lifeOf(job))),
      accountingFailure,
    };
  }

  /** The controller forgets jobs, and elements of an array one by one. */
  #needsAccounting(ref: SlurmJobRef, told: readonly Told[]): boolean {
    const mine = told.filter(({ job }) => isMeant(ref, job));
    if (mine.length === 0) return true;
    if (ref.index !== undefined || mine.every(({ job }) => job.array === undefined)) return false;
    return mine.every(
      ({ job, source, observedAt }) => readJob(job, source, observedAt).status.phase === "finished",
    );
  }

  async #fetchTold(options: CallOptions): Promise<readonly Told[]> {
    const { jobs, observedAt } = await this.#fetchQueue(options);
    return jobs.map((job) => ({ job, source: "slurmctld", observedAt }));
  }

  async #fetchOne(base: number, { signal }: CallOptions): Promise<readonly Told[]> {
    const observedAt = new Date();
    const { answer } = await this.#service.call({
      path: `job/${base}`,
      signal,
      doing: "show a job",
    });
    return this.#own(parseRestJobs(answer.body)).map((job) => ({ job, source: "slurmctld", observedAt }));
  }

  async #fetchQueue({ signal }: CallOptions): Promise<Picture> {
    const dialect = await this.#service.dialect(signal);
    const before = this.#picture;
    const observedAt = new Date();
    const states = dialect.jobStates && !dialect.changedSince ? await this.#fetchStates(signal) : undefined;
    if (before !== undefined && states !== undefined && states === before.states) {
      return (this.#picture = { ...before, observedAt });
    }
    if (before?.askedSeconds !== undefined) {
      const reply = await this.#service.call({
        path: `jobs?update_time=${before.askedSeconds}`,
        signal,
        doing: "list jobs",
      });
      if (isUnchanged(reply.status, reply.answer)) return (this.#picture = { ...before, observedAt });
    }
    const askedSeconds = dialect.changedSince ? await this.#fetchSeconds(signal) : undefined;
    const { answer } = await this.#service.call({ path: "jobs", signal, doing: "list jobs" });
    const jobs = parseRestJobs(answer.body);
    const [error] = answer.errors;
    // A list that was refused is no empty one.
    if (error !== undefined && jobs.length === 0)
      throw unavailable(this.#service.who, this.#service.mask(error.message));
    return (this.#picture = { jobs: this.#own(jobs), observedAt, askedSeconds, states });
  }

  async #fetchStates(signal: AbortSignal | undefined): Promise<string> {
    const { answer } = await this.#service.call({
      path: "jobs/state",
      signal,
      doing: "list the states of jobs",
    });
    return JSON.stringify(answer.body["jobs"]);
  }

  /** Undefined where this user may not ask: then lists come whole. */
  async #fetchSeconds(signal: AbortSignal | undefined): Promise<number | undefined> {
    const { answer } = await this.#service.call({ path: "diag", signal, doing: "tell its time" });
    return answer.errors.length === 0 ? readControllerSeconds(answer.body) : undefined;
  }

  async #fetchAccounted(bases: readonly number[], options: CallOptions): Promise<readonly Told[]> {
    const all: Told[] = [];
    const dialect = bases.length === 0 ? undefined : await this.#service.dialect(options.signal);
    if (dialect === undefined) return all;
    for (let at = 0; at < bases.length; at += idsAtOnce) {
      const some = bases.slice(at, at + idsAtOnce);
      const path = some.length === 1 ? `job/${some[0]}` : `jobs?${renderSteps(some, dialect)}`;
      all.push(...(await this.#askAccounting(path, dialect, options)));
    }
    for (const base of bases) this.#keepEnded(base, all);
    return all;
  }

  #keepEnded(base: number, all: readonly Told[]): void {
    const mine = all.filter(({ job }) => isMeant({ base }, job));
    const isOver = mine.every(
      ({ job, source, observedAt }) => readJob(job, source, observedAt).status.phase === "finished",
    );
    if (mine.length > 0 && isOver) remember(this.#ended, base, mine);
  }

  async #fetchAccountedSince(since: Date, options: CallOptions): Promise<readonly Told[]> {
    const dialect = await this.#service.dialect(options.signal);
    // The server reads a date in a zone of its own, so a day more; what is too old is left out afterwards.
    const day = new Date(since.getTime() - 86_400_000).toISOString().slice(0, 10);
    const user =
      dialect.environment === "list" ? `&users=${encodeURIComponent(this.#service.who.userName)}` : "";
    return this.#askAccounting(`jobs?start_time=${day}${user}`, dialect, options);
  }

  async #askAccounting(
    path: string,
    dialect: SlurmDialect,
    { signal }: CallOptions,
  ): Promise<readonly Told[]> {
    const observedAt = new Date();
    const { answer } = await this.#service.call({
      path,
      database: true,
      signal,
      doing: "look into the accounting",
    });
    const errors = answer.errors.filter(({ code }) => code !== slurmErrorNumbers.nothingFound);
    const jobs = newestLives(this.#own(parseRestAccounting(answer.body, dialect.accountingExitCodes)));
    if (errors.length > 0 && jobs.length === 0)
      throw accountingFailed(this.#service, errors[0]?.message ?? "");
    return jobs.map((job) => ({ job, source: "slurmdbd", observedAt }));
  }

  #own(jobs: readonly SlurmRestJob[]): readonly SlurmRestJob[] {
    const { userName } = this.#service.who;
    const userId = jobs.some((job) => job.userName === undefined) ? this.#findUserId() : undefined;
    return jobs.filter((job) =>
      job.userName === undefined ? userId !== undefined && job.userId === userId : job.userName === userName,
    );
  }
}

/** What one record says. The accounting alone is no proof that a job still waits or runs: of a lost one it never learns the end. */
function statusOfTold({ job, source, observedAt }: Told): JobStatus {
  const { status } = readJob(job, source, observedAt);
  if (source === "slurmctld" || status.phase === "finished" || status.phase === "unknown") return status;
  return {
    phase: "unknown",
    why: "no-evidence",
    raw: status.raw,
    reason: `Slurm's controller does not know the job any more, and its accounting, which says ${status.raw}, has no end of it. Accounting may be late, or the controller has lost the job.`,
    evidence: status.evidence,
  };
}

function isRecent(status: JobStatus | undefined): status is JobStatus {
  return isWithin(status?.evidence.observedAt, lagSeconds);
}

function isWithin(instant: Date | undefined, seconds: number): boolean {
  return instant !== undefined && Date.now() - instant.getTime() < seconds * 1000;
}

/** A submission that Slurm refused for its needs leaves a record of a job that has failed in the second it came. */
function wasTaken({ words, reason, nodes, submittedAt, endsAt }: SlurmRestJob): boolean {
  const isRefused = words[0] === "FAILED" && reason === "BadConstraints" && nodes === undefined;
  return !isRefused || submittedAt?.getTime() !== endsAt?.getTime();
}

interface Found {
  readonly told: readonly Told[];
  /** Which jobs and elements the accounting was asked for and has. */
  readonly accounted: ReadonlySet<string>;
  readonly accountingFailure: Error | undefined;
}

/** v0.0.36 to 38 want one list with encoded commas, later ones the key again and again. */
function renderSteps(ids: readonly number[], { environment }: SlurmDialect): string {
  return environment === "object" ? `step=${ids.join("%2C")}` : ids.map((id) => `step=${id}`).join("&");
}

/** Of a job that was requeued, or whose number was given out again, the accounting has several. */
function newestLives(jobs: readonly SlurmRestJob[]): readonly SlurmRestJob[] {
  const newest = new Map<string, SlurmRestJob>();
  for (const job of jobs) {
    const other = newest.get(lifeOf(job));
    if ((other?.submittedAt?.getTime() ?? -1) <= (job.submittedAt?.getTime() ?? 0))
      newest.set(lifeOf(job), job);
  }
  return [...newest.values()];
}

function lifeOf({ id, array }: SlurmRestJob): string {
  return array?.index === undefined
    ? `${id}${array === undefined ? "" : "[]"}`
    : `${array.id}_${array.index}`;
}

function cancelledWhileWaiting(last: JobStatus | undefined): JobStatus {
  return {
    phase: "finished",
    outcome: "cancelled",
    raw: last?.raw ?? "",
    reason: "It was cancelled before it started.",
    evidence: { source: "Slurm's controller, which no longer has it in its array", observedAt: new Date() },
  };
}

function notListed(): JobStatus & { readonly phase: "unknown" } {
  return {
    phase: "unknown",
    why: "not-listed",
    raw: "",
    evidence: { source: "Slurm", observedAt: new Date() },
  };
}

function accountingFailed(service: SlurmRestService, said: string): Error {
  return unavailable(service.who, service.mask(said), { accounting: true });
}
