import { isScarfError, SchedulerError } from "../../errors/index.js";
import type { Job, JobId, JobQuery, JobStatus } from "../../model/index.js";
import { isHtml } from "../../transports/http/index.js";
import { type JobsAnswer, readJobs, type StatusWord } from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { arrayStatus, elementsOf } from "./array-status.js";
import { matchesQuery } from "../match-query.js";
import type { PacService } from "./pac-service.js";
import { pageInsteadOfAnswer } from "../session-errors.js";
import { jobRefusal, saysNoSuchJob } from "./refusals.js";

/** The questions the service's job list can answer by itself. */
export type PacJobsQuery =
  | { readonly kind: "all"; readonly pastHours?: number }
  | { readonly kind: "id"; readonly id: JobId }
  /** `*` as wildcard. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "state"; readonly state: StatusWord };

/** Above this many ids the whole list is asked for once instead of each id by itself. */
const fewIds = 3;
/** So many ids that a list did not name are asked for one by one; a finished job leaves the list before it is forgotten. */
const mostSingleQueries = 50;

/** Job lists of one session. */
export class PacJobs {
  readonly #service: PacService;
  readonly #historyHours: number;

  constructor(service: PacService, historyHours: number) {
    this.#service = service;
    this.#historyHours = historyHours;
  }

  /** One question, as it stands on the wire. A job that is not there is an empty list. */
  async fetch(query: PacJobsQuery, { signal }: CallOptions = {}): Promise<readonly Job[]> {
    const { who } = this.#service;
    const doing = "list jobs";
    const answer = await this.#service.open({
      path: `jobs?${this.#queryText(query)}`,
      repeatable: true,
      signal,
      doing,
    });
    const observedAt = new Date();
    const list = await this.#read(
      answer.chunks,
      answer.headers["content-type"],
      answer.status,
      observedAt,
      doing,
    );
    if (list.errorMessage !== undefined) {
      if (saysNoSuchJob(list.errorMessage)) return [];
      throw jobRefusal(who, this.#service.mask(list.errorMessage), doing);
    }
    if (list.note !== undefined) this.#service.checkSession(list.note);
    return list.jobs;
  }

  /** All jobs of the user, newest first. */
  async list(query: JobQuery = {}, options: CallOptions = {}): Promise<readonly Job[]> {
    const pastHours =
      query.endedSince === undefined
        ? this.#historyHours
        : Math.max(1, Math.ceil((Date.now() - query.endedSince.getTime()) / 3_600_000));
    const jobs = await this.fetch({ kind: "all", pastHours }, options);
    return jobs.filter((job) => matchesQuery(job, query)).sort(newestFirst);
  }

  async status(ids: readonly JobId[], options: CallOptions = {}): Promise<ReadonlyMap<JobId, JobStatus>> {
    const found = new Map<JobId, JobStatus>();
    const unique = [...new Set(ids)];
    if (unique.length > fewIds) {
      const jobs = await this.fetch({ kind: "all", pastHours: this.#historyHours }, options);
      const byId = new Map(jobs.map((job) => [job.id, job.status]));
      for (const id of unique) {
        const status = byId.get(id) ?? arrayStatus(elementsOf(id, jobs));
        if (status !== undefined) found.set(id, status);
      }
    }
    for (const id of unique.filter((one) => !found.has(one)).slice(0, mostSingleQueries)) {
      const job = await this.#one(id, options);
      if (job !== undefined) found.set(id, job.status);
    }
    return new Map(unique.map((id) => [id, found.get(id) ?? notListed()]));
  }

  /** @throws {SchedulerError} `JOB_NOT_FOUND`. */
  async job(id: JobId, options: CallOptions = {}): Promise<Job> {
    const job = await this.#one(id, options);
    if (job !== undefined) return job;
    const { resourceId, userName } = this.#service.who;
    throw new SchedulerError("JOB_NOT_FOUND", `${resourceId} lists no job ${id} of ${userName}.`, {
      hint: "List your jobs to see their ids: scarf jobs. Jobs that ended long ago are no longer listed.",
      context: { resource: resourceId, user: userName, jobId: id },
    });
  }

  /** The job that was submitted with this key, if it is listed. */
  async findByKey(submitKey: string, options: CallOptions): Promise<JobId | undefined> {
    const jobs = await this.fetch({ kind: "all", pastHours: this.#historyHours }, options);
    const found = jobs.find((job) => job.submitKey === submitKey);
    // The elements of an array carry the key of the whole.
    return found?.id.replace(/\[\d+\]$/, "");
  }

  async #one(id: JobId, options: CallOptions): Promise<Job | undefined> {
    if (!isJobId(id)) return undefined;
    const jobs = await this.fetch({ kind: "id", id }, options);
    const exact = jobs.find((job) => job.id === id);
    if (exact !== undefined) return exact;
    const elements = elementsOf(id, jobs);
    const [first] = elements;
    const status = arrayStatus(elements);
    return first === undefined || status === undefined ? undefined : { ...first, id, status };
  }

  #queryText(query: PacJobsQuery): string {
    // Keys in the order in which IBM's client sends them; an empty value means "not given".
    switch (query.kind) {
      case "all":
        return `user=&details=yes&past=${query.pastHours ?? ""}`;
      case "id":
        return `id=${encodeJobId(query.id)}&user=&details=yes&past=${this.#historyHours}`;
      case "name":
        return `name=${encodeURIComponent(query.name)}&user=`;
      default:
        return `status=${query.state}&user=`;
    }
  }

  async #read(
    chunks: AsyncIterable<Uint8Array>,
    contentType: string | undefined,
    httpStatus: number,
    observedAt: Date,
    doing: string,
  ): Promise<JobsAnswer> {
    const { who, isGateway } = this.#service;
    let head: Uint8Array = new Uint8Array();
    async function* remembering(): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of chunks) {
        if (head.byteLength === 0) head = Buffer.from(chunk.subarray(0, 2048));
        yield chunk;
      }
    }
    try {
      return await readJobs(remembering(), {
        evidence: { source: "PAC job list", observedAt },
        extended: isGateway,
      });
    } catch (error) {
      if (isScarfError(error)) throw error;
      const text = Buffer.from(head).toString("utf8");
      if (isHtml(contentType, text)) throw pageInsteadOfAnswer(who, this.#service.mask(text), httpStatus);
      this.#service.checkSession(text);
      throw this.#service.explain(doing, error);
    }
  }
}

/** Ids are the scheduler's own words; anything else can't be one and is not sent. */
export function isJobId(id: string): boolean {
  return /^[\w.+@-]+(?:\[\d+\])?$/.test(id);
}

/** Brackets stay raw, as all clients send them; the `+` of a heterogeneous Slurm job must not become a space. */
export function encodeJobId(id: JobId): string {
  return encodeURIComponent(id).replaceAll("%5B", "[").replaceAll("%5D", "]");
}

function notListed(): JobStatus {
  return {
    phase: "unknown",
    why: "not-listed",
    raw: "",
    evidence: { source: "PAC job list", observedAt: new Date() },
  };
}

function newestFirst(a: Job, b: Job): number {
  const byTime = (b.submittedAt?.getTime() ?? 0) - (a.submittedAt?.getTime() ?? 0);
  return byTime === 0 ? b.id.localeCompare(a.id, "en", { numeric: true }) : byTime;
}
