import { hostname } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Job, JobId, JobQuery, JobStatus } from "../../model/index.js";
import { getElements, type JobRecord, type JobRef, parseJobId } from "./job-record.js";
import { isActive } from "./job-state.js";
import type { JobStore } from "./job-store.js";
import { mergeStatuses } from "../merge-statuses.js";
import { matchesName, notListed, readStatus, renderJob } from "./job-view.js";
import type { LocalContext } from "./local-resource.js";

/** A list of very many jobs lets other work of this process in between. */
const jobsPerTurn = 250;
/** Asked of the system once, not for each job of each list. */
const thisHost = hostname();

/** The jobs of one user, in the words of the interface. Others' are as if they were not there. */
export class OwnJobs {
  readonly #userName: string;
  readonly #context: LocalContext;

  constructor(userName: string, context: LocalContext) {
    this.#userName = userName;
    this.#context = context;
  }

  /** What an id means: a job, all elements of an array, or one of them. Undefined = no such job. */
  findElements(id: JobId): readonly [JobRef, ...JobRef[]] | undefined {
    const ref = parseJobId(id);
    if (!ref || this.#context.store.readRecord(ref.number)?.user !== this.#userName) return undefined;
    const [first, ...more] = this.#context.store.findElements(ref);
    return first && [first, ...more];
  }

  /** An array as a whole is one job, as far as its least advanced element. */
  find(id: JobId): Job | undefined {
    const elements = this.findElements(id);
    const record = elements && this.#context.store.readRecord(elements[0].number);
    if (!record) return undefined;
    const jobs = elements.flatMap((ref) => this.#renderElement(ref, record) ?? []);
    const [first] = jobs;
    if (!first || jobs.length === 1) return first && { ...first, id };
    const [number] = id.split("[", 1);
    return {
      ...renderJob(
        { id: number ?? id },
        record,
        undefined,
        mergeStatuses(jobs.map(({ status }) => status)) ?? notListed(),
        "",
      ),
      id,
    };
  }

  /**
   * Newest first, with the statuses of all jobs that were looked at.
   * @param onTurn - called now and then between two jobs; what it throws ends the list.
   */
  async list(
    query: JobQuery,
    onTurn: () => void,
  ): Promise<{ readonly jobs: readonly Job[]; readonly statuses: readonly JobStatus[] }> {
    const { store } = this.#context;
    const jobs: Job[] = [];
    const statuses: JobStatus[] = [];
    let read = 0;
    store.recallFinished();
    for (const number of store.listNumbersOf(this.#userName)) {
      if ((read += 1) % jobsPerTurn === 0) {
        await nextTurn();
        onTurn();
      }
      const record = store.readRecord(number);
      if (!record) continue;
      if (query.name !== undefined && !matchesName(record.name, query.name)) continue;
      for (const ref of getElements(number, record).toReversed()) {
        const job = this.#renderElement(ref, record);
        if (!job) continue;
        statuses.push(job.status);
        if (fits(job, query)) jobs.push(job);
      }
    }
    store.keepFinished();
    return { jobs, statuses };
  }

  #renderElement(ref: JobRef, record: JobRecord): Job | undefined {
    const { store, engine } = this.#context;
    const seen = store.readState(ref);
    const status = readStatus(store, ref, seen);
    // One that is being worked on may have moved on since.
    const state = seen && isActive(seen.state) ? store.readState(ref)?.state : seen?.state;
    if (!status || !state) return undefined;
    const problem = status.phase === "queued" ? engine.startError : undefined;
    const explained =
      problem === undefined ? status : { ...status, reason: `The queue does not work: ${problem}` };
    return renderJob(ref, record, state, explained, thisHost);
  }
}

/** Jobs of all users, arrays by their elements: what a queue shows. */
export function countJobs(store: JobStore): { readonly runningJobs: number; readonly queuedJobs: number } {
  let [runningJobs, queuedJobs] = [0, 0];
  store.recallFinished();
  for (const number of store.listNumbers()) {
    const record = store.readRecord(number);
    for (const ref of record ? getElements(number, record) : []) {
      const phase = readStatus(store, ref)?.phase;
      if (phase === "running" || phase === "suspended") runningJobs += 1;
      if (phase === "queued" || phase === "held") queuedJobs += 1;
    }
  }
  return { runningJobs, queuedJobs };
}

function fits(job: Job, { phases, outcomes, endedSince }: JobQuery): boolean {
  const { status } = job;
  if (phases && !phases.includes(status.phase)) return false;
  if (outcomes && !(status.phase === "finished" && outcomes.includes(status.outcome))) return false;
  const isOverNow = status.phase === "finished" || status.phase === "unknown";
  return !endedSince || !isOverNow || (job.endedAt ?? status.evidence.observedAt) >= endedSince;
}
