import { SchedulerError } from "../../errors/index.js";
import type { Job, JobId, JobQuery, JobStatus } from "../../model/index.js";
import type { CallOptions } from "../compute-resource.js";
import { matchesQuery, newestFirst } from "../match-query.js";
import { isJobId } from "./job-id.js";
import { JobLookup } from "./job-lookup.js";
import type { PacJobsQuery, PacWire } from "./pac-wire.js";
import { jobListSource } from "./read-job-list.js";

/** Job lists of one session. */
export class PacJobs {
  readonly #wire: PacWire;
  readonly #historyHours: number;

  constructor(wire: PacWire, historyHours: number) {
    this.#wire = wire;
    this.#historyHours = historyHours;
  }

  /** One question, as it stands on the wire. A job that is not there is an empty list. */
  fetch(query: PacJobsQuery, options: CallOptions = {}): Promise<readonly Job[]> {
    return this.#wire.fetchJobs(query, options);
  }

  /** All jobs of the user, newest first. */
  async list(query: JobQuery = {}, options: CallOptions = {}): Promise<readonly Job[]> {
    const pastHours =
      query.endedSince === undefined
        ? this.#historyHours
        : Math.max(1, Math.ceil((Date.now() - query.endedSince.getTime()) / 3_600_000));
    const { name } = query;
    const jobs = await this.fetch({ kind: "all", pastHours, ...(name !== undefined && { name }) }, options);
    return jobs.filter((job) => matchesQuery(job, query)).sort(newestFirst);
  }

  async status(ids: readonly JobId[], options: CallOptions = {}): Promise<ReadonlyMap<JobId, JobStatus>> {
    const unique = [...new Set(ids)];
    const possible = unique.filter(isJobId);
    const jobs = possible.length === 0 ? [] : await this.#wire.fetchJobsByIds(possible, options);
    const lookup = new JobLookup(jobs);
    const found = new Map(possible.flatMap((id) => entry(id, lookup.find(id)?.status)));
    const missing = possible.filter((id) => !found.has(id));
    const outcomes = missing.length === 0 ? found : await this.#wire.fetchOutcomes(missing, options);
    return new Map(unique.map((id) => [id, found.get(id) ?? outcomes.get(id) ?? notListed()]));
  }

  /** @throws {SchedulerError} `JOB_NOT_FOUND`. */
  async job(id: JobId, options: CallOptions = {}): Promise<Job> {
    const jobs = isJobId(id) ? await this.#wire.fetchJobsByIds([id], options) : [];
    const job = new JobLookup(jobs).find(id);
    if (job !== undefined) return job;
    const { resourceId, userName } = this.#wire.service.who;
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
}

function entry(id: JobId, status: JobStatus | undefined): readonly (readonly [JobId, JobStatus])[] {
  return status === undefined ? [] : [[id, status]];
}

function notListed(): JobStatus {
  return {
    phase: "unknown",
    why: "not-listed",
    raw: "",
    evidence: { source: jobListSource, observedAt: new Date() },
  };
}
