import { type Job, SchedulerError } from "scarf-tomo";
import { parseJobIds, renderJobHistory } from "scarf-tomo/wire";
import { findJobs } from "../find-jobs.js";
import type { NotedJobs } from "../noted-jobs.js";
import { requireSession } from "../pac-operation.js";
import { parseQuery } from "../split-target.js";
import { findByIds } from "./find-by-ids.js";
import { readWsFilter } from "./jobs.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

const weekMilliseconds = 7 * 24 * 3_600_000;

/** `jobhistory?ids=&jobname=&username=`: of these jobs, or of all of the past week. */
export const jobHistory = wsOperation({}, async (request, desk, audit) => {
  const { jobs, headers } = await requireSession(request, desk, audit);
  const now = new Date();
  const found = await find(jobs, parseQuery(request.query), now);
  return wsAnswer(request, (format) => renderJobHistory(found, now, format), headers);
});

async function find(jobs: NotedJobs, given: ReadonlyMap<string, string>, now: Date): Promise<readonly Job[]> {
  const ids = given.get("ids") ?? "";
  if (ids !== "") return findByIds(jobs, parseJobIds(ids));
  const since = now.getTime() - weekMilliseconds;
  const found = await findJobs(jobs, readWsFilter(given));
  const recent = found.filter(({ status, endedAt, startedAt, submittedAt }) => {
    const last = endedAt ?? startedAt ?? submittedAt;
    return status.phase !== "finished" || last === undefined || last.getTime() >= since;
  });
  if (recent.length > 0) return recent;
  throw new SchedulerError("JOB_NOT_FOUND", "No matching job found in the past week.", {
    hint: "Ask for older jobs by their ids.",
  });
}
