import { constants } from "node:os";
import { isScarfError } from "../../errors/index.js";
import type { Job, JobId, JobQuery, JobStatus } from "../../model/index.js";
import { isEndedUnknown, type MantidJob, parseMantidJobs } from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { matchesQuery, newestFirst } from "../match-query.js";
import type { MantidWebService } from "./mantid-web-service.js";
import { exitCodeName } from "./outer-script.js";
import { isOurScript, type MantidPlan } from "./plan-submit.js";
import { jobNotFound, notSupported } from "./refusals.js";

/** Above this many ids the whole list is asked for once instead of each id by itself. */
const fewIds = 3;
/** So many exit codes are fetched for one question; those of further jobs for the next. */
const mostEvidence = 50;
const evidenceAtOnce = 4;

/** Jobs of one session: what the service lists, and the evidence that our own jobs have left. */
export class MantidWebJobs {
  readonly #service: MantidWebService;
  readonly #transactions = new Map<JobId, string>();
  readonly #places = new Map<JobId, Pick<Job, "outputPath" | "errorPath">>();
  /** Outcomes are for ever. */
  readonly #outcomes = new Map<JobId, JobStatus>();

  constructor(service: MantidWebService) {
    this.#service = service;
  }

  /** All jobs of the user, newest first. */
  async list(query: JobQuery = {}, options: CallOptions = {}): Promise<readonly Job[]> {
    const jobs = await this.#withEvidence(await this.#fetch(undefined, options), options);
    return jobs.filter((job) => matchesQuery(job, query)).sort(newestFirst);
  }

  async status(ids: readonly JobId[], options: CallOptions = {}): Promise<ReadonlyMap<JobId, JobStatus>> {
    const unique = [...new Set(ids)];
    const listed =
      unique.length > fewIds
        ? await this.#fetch(undefined, options)
        : (await Promise.all(unique.map((id) => this.#fetchOne(id, options)))).flatMap((job) => job ?? []);
    const wanted = new Set(unique);
    const jobs = await this.#withEvidence(
      listed.filter(({ job }) => wanted.has(job.id)),
      options,
    );
    const found = new Map(jobs.map((job) => [job.id, job.status]));
    return new Map(unique.map((id) => [id, found.get(id) ?? notListed()]));
  }

  /** @throws {SchedulerError} `JOB_NOT_FOUND`. */
  async job(id: JobId, options: CallOptions = {}): Promise<Job> {
    const [job] = await this.#withEvidence([await this.#require(id, options)], options);
    if (job === undefined) throw jobNotFound(this.#service.who, id);
    return job;
  }

  /** The transaction that a job belongs to. @throws {SchedulerError} `JOB_NOT_FOUND`. @throws {NotSupportedError} it belongs to none. */
  async transactionOf(id: JobId, options: CallOptions = {}): Promise<string> {
    const known = this.#transactions.get(id) ?? (await this.#require(id, options)).transactionId;
    if (known !== "") return known;
    throw notSupported(
      this.#service.who,
      `show files of job ${id}, which was submitted another way`,
      "Use the program or the address by which it was submitted.",
    );
  }

  /** The job whose script has this name, if it is listed. */
  async findByScript(scriptName: string, options: CallOptions): Promise<JobId | undefined> {
    const jobs = await this.#fetch(undefined, options);
    const stem = scriptName.replace(/\.\w+$/, "");
    return jobs.find((one) => one.scriptName.replace(/\.\w+$/, "") === stem)?.job.id;
  }

  /** Keeps what the service will not tell of a job. */
  notePlace(id: JobId, transactionId: string, { outputPath, errorPath }: MantidPlan): void {
    this.#transactions.set(id, transactionId);
    this.#places.set(id, {
      ...(outputPath !== undefined && { outputPath }),
      ...(errorPath !== undefined && { errorPath }),
    });
  }

  async #require(id: JobId, options: CallOptions): Promise<MantidJob> {
    const found = await this.#fetchOne(id, options);
    if (found !== undefined) return found;
    throw jobNotFound(this.#service.who, id);
  }

  async #fetchOne(id: JobId, options: CallOptions): Promise<MantidJob | undefined> {
    if (!isJobId(id)) return undefined;
    try {
      return (await this.#fetch(id, options)).find(({ job }) => job.id === id);
    } catch (error) {
      if (isScarfError(error) && error.code === "JOB_NOT_FOUND") return undefined;
      throw error;
    }
  }

  async #fetch(id: JobId | undefined, { signal }: CallOptions): Promise<readonly MantidJob[]> {
    const { who, isGateway } = this.#service;
    const jobs = await this.#service.json(
      {
        call: "query",
        ...(id !== undefined && { query: { JobID: id } }),
        repeatable: true,
        signal,
        doing: "list jobs",
        explain: (refusal) =>
          id !== undefined && (refusal.httpStatus === 400 || refusal.httpStatus === 404)
            ? jobNotFound(who, id)
            : undefined,
      },
      (text) => parseMantidJobs(text, { observedAt: new Date(), extended: isGateway, owner: who.userName }),
    );
    for (const { job, transactionId } of jobs) {
      if (transactionId !== "") this.#transactions.set(job.id, transactionId);
    }
    return jobs;
  }

  /** Looks for the exit codes of our own jobs that are said to have ended. A look that fails leaves the status as it is: unknown. */
  async #withEvidence(jobs: readonly MantidJob[], options: CallOptions): Promise<readonly Job[]> {
    const open = jobs
      .filter(({ job, scriptName }) => isEndedUnknown(job.status) && isOurScript(scriptName))
      .filter(({ job }) => !this.#outcomes.has(job.id))
      .slice(0, mostEvidence);
    for (let at = 0; at < open.length; at += evidenceAtOnce) {
      await Promise.all(open.slice(at, at + evidenceAtOnce).map((one) => this.#findOutcome(one, options)));
    }
    return jobs.map(({ job, scriptName }) => ({
      ...job,
      ...(job.command === undefined && scriptName !== "" && { command: scriptName }),
      ...this.#places.get(job.id),
      status: (isEndedUnknown(job.status) ? this.#outcomes.get(job.id) : undefined) ?? job.status,
    }));
  }

  async #findOutcome({ job, transactionId }: MantidJob, { signal }: CallOptions): Promise<void> {
    if (transactionId === "") return;
    try {
      const text = await this.#service.text({
        call: "download",
        query: { TransID: transactionId, File: exitCodeName },
        repeatable: true,
        signal,
        doing: "give the exit code",
      });
      const status = readExitCode(text, job.status);
      if (status !== undefined) this.#outcomes.set(job.id, status);
    } catch (error) {
      // Only what ends the whole question; that the file can't be had says nothing about the job.
      if (!isScarfError(error) || error.code === "ABORTED" || error.code === "SESSION_EXPIRED") throw error;
    }
  }
}

/** Ids are the scheduler's own words; anything else can't be one and is not sent. */
function isJobId(id: string): boolean {
  return /^[\w.+@:[\]-]+$/.test(id) && id.length <= 200;
}

function readExitCode(text: string, { raw }: JobStatus): JobStatus | undefined {
  const evidence = { source: "exit-code file of the job", observedAt: new Date() };
  const [, signalNumber, code] = /^(?:signal (\d{1,3})|(\d{1,3}))\n$/.exec(text) ?? [];
  if (signalNumber !== undefined) {
    const signal = Object.entries(constants.signals).find(([, value]) => value === Number(signalNumber))?.[0];
    return { phase: "finished", outcome: "failed", raw, evidence, ...(signal !== undefined && { signal }) };
  }
  const exitCode = Number(code);
  if (code === undefined || exitCode > 255) return undefined;
  return { phase: "finished", outcome: exitCode === 0 ? "succeeded" : "failed", exitCode, raw, evidence };
}

function notListed(): JobStatus {
  return {
    phase: "unknown",
    why: "not-listed",
    raw: "",
    evidence: { source: "Mantid web service", observedAt: new Date() },
  };
}
