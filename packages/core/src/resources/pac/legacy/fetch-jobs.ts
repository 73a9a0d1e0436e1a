import type { Job, JobId } from "../../../model/index.js";
import { readJobs } from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import { encodeJobId } from "../job-id.js";
import { JobLookup } from "../job-lookup.js";
import type { PacService } from "../pac-service.js";
import type { PacJobsQuery } from "../pac-wire.js";
import { readJobList } from "../read-job-list.js";
import { jobRefusal, saysNoSuchJob } from "../refusals.js";
import { legacyCall } from "./legacy-call.js";

/** Above this many ids the whole list is asked for once instead of each id by itself. */
const fewIds = 3;
/** So many ids that a list did not name are asked for one by one; a finished job leaves the list before it is forgotten. */
const mostSingleQueries = 50;
const doing = "list jobs";

/** @param historyHours - how far back finished jobs are asked for. */
export async function fetchJobs(
  service: PacService,
  query: PacJobsQuery,
  historyHours: number,
  { signal }: CallOptions,
): Promise<readonly Job[]> {
  const answer = await service.open(
    legacyCall({ path: `jobs?${queryText(query, historyHours)}`, repeatable: true, signal, doing }),
  );
  const list = await readJobList(service, answer, doing, readJobs);
  if (list.errorMessage !== undefined) {
    if (saysNoSuchJob(list.errorMessage)) return [];
    throw jobRefusal(service.who, service.mask(list.errorMessage), doing);
  }
  if (list.note !== undefined) service.checkSession(list.note);
  return list.jobs;
}

/** This generation answers for one id or for all jobs, nothing between. */
export async function fetchJobsByIds(
  service: PacService,
  ids: readonly JobId[],
  historyHours: number,
  options: CallOptions,
): Promise<readonly Job[]> {
  const fetch = (query: PacJobsQuery): Promise<readonly Job[]> =>
    fetchJobs(service, query, historyHours, options);
  const jobs = ids.length > fewIds ? [...(await fetch({ kind: "all", pastHours: historyHours }))] : [];
  const listed = new JobLookup(jobs);
  const others = ids.filter((id) => listed.find(id) === undefined);
  for (const id of others.slice(0, mostSingleQueries)) jobs.push(...(await fetch({ kind: "id", id })));
  return jobs;
}

function queryText(query: PacJobsQuery, historyHours: number): string {
  // Keys in the order in which IBM's client sends them; an empty value means "not given".
  switch (query.kind) {
    case "all":
      return `user=&details=yes&past=${query.pastHours ?? ""}`;
    case "id":
      return `id=${encodeJobId(query.id)}&user=&details=yes&past=${historyHours}`;
    case "name":
      return `name=${encodeURIComponent(query.name)}&user=`;
    default:
      return `status=${query.state}&user=`;
  }
}
