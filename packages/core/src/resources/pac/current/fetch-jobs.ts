import { isScarfError } from "../../../errors/index.js";
import type { Job, JobId } from "../../../model/index.js";
import { readWsJobs, renderJobIds, renderStatusWord } from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import { encodeJobId } from "../job-id.js";
import type { PacService } from "../pac-service.js";
import type { PacJobsQuery } from "../pac-wire.js";
import { readJobList } from "../read-job-list.js";
import { type CurrentCall, currentCall, refusalOf, saysNothingFound } from "./current-failure.js";

/** Ids in one request. */
const mostIds = 500;
/** Requests for ids that a server does not want to answer together, before the rest counts as not listed. */
const mostSplits = 40;
const doing = "list jobs";

export async function fetchJobs(
  service: PacService,
  query: PacJobsQuery,
  { signal }: CallOptions,
): Promise<readonly Job[]> {
  const ask = (path: string): Promise<readonly Job[]> =>
    fetchList(service, { path, repeatable: true, signal, doing });
  switch (query.kind) {
    case "all":
      return ask(`jobs/fullinfo${filterText(query.name, service.isGateway ? query.pastHours : undefined)}`);
    case "name":
      return ask(`jobs?jobname=${encodeURIComponent(query.name)}`);
    case "id":
      return fetchJobsByIds(service, [query.id], { ...(signal !== undefined && { signal }) });
    default: {
      // It has no filter by state.
      const jobs = await ask("jobs/fullinfo");
      return jobs.filter(({ status }) => renderStatusWord(status) === query.state);
    }
  }
}

/** A name that some server might understand in another way than we do is looked for here only. `past` is our gateway's own. */
function filterText(name: string | undefined, pastHours: number | undefined): string {
  const parts = [
    ...(name !== undefined && /^[\w.*-]+$/.test(name) ? [`jobname=${name}`] : []),
    ...(pastHours === undefined ? [] : [`past=${pastHours}`]),
  ];
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Any number of ids in as few requests as they fit in. An id that makes the server refuse them all does not spoil the others. */
export async function fetchJobsByIds(
  service: PacService,
  ids: readonly JobId[],
  { signal }: CallOptions,
): Promise<readonly Job[]> {
  const found: Job[] = [];
  const waiting: (readonly JobId[])[] = [];
  for (let at = 0; at < ids.length; at += mostIds) waiting.push(ids.slice(at, at + mostIds));
  let splits = 0;
  for (let some = waiting.shift(); some !== undefined; some = waiting.shift()) {
    try {
      found.push(...(await fetchList(service, callFor(some, signal))));
    } catch (error) {
      // 400 is "bad input": one of them is.
      if (refusalOf(error)?.httpStatus !== 400) throw error;
      const half = Math.ceil(some.length / 2);
      if (some.length > 1 && splits < mostSplits) waiting.push(some.slice(0, half), some.slice(half));
      splits++;
    }
  }
  return found;
}

function callFor(ids: readonly JobId[], signal: AbortSignal | undefined): CurrentCall {
  const [only = ""] = ids;
  if (ids.length === 1) return { path: `jobs/${encodeJobId(only)}`, repeatable: true, signal, doing };
  return {
    path: "jobs/getfullinfo",
    method: "POST",
    contentType: "application/x-www-form-urlencoded",
    body: renderIdsForm(ids),
    repeatable: true,
    signal,
    doing,
  };
}

/** As Janelia's client writes it: commas and brackets raw. */
export function renderIdsForm(ids: readonly JobId[]): string {
  return `ids=${encodeURIComponent(renderJobIds(ids)).replaceAll("%2C", ",").replaceAll("%5B", "[").replaceAll("%5D", "]")}`;
}

async function fetchList(service: PacService, call: CurrentCall): Promise<readonly Job[]> {
  try {
    const answer = await service.open(currentCall(service, call));
    return (await readJobList(service, answer, doing, readWsJobs)).jobs;
  } catch (error) {
    if (isScarfError(error) && saysNothingFound(error)) return [];
    throw error;
  }
}
