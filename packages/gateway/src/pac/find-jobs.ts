import { AuthError, type Job, type JobQuery, ValueError } from "scarf-tomo";
import { parseStatusWord, renderStatusWord, statusWords } from "scarf-tomo/wire";
import { normalizeGroup } from "./job-group.js";
import type { NotedJobs } from "./noted-jobs.js";

/** What a job list is asked for; all of it must hold. */
export interface JobsFilter {
  readonly name?: string;
  readonly status?: string;
  /** Exactly this one, without those below it; `/` has the jobs that were given none. */
  readonly group?: string;
  /** `all` means all that this user may see, which are their own: nobody is an administrator here. */
  readonly user?: string;
  readonly queue?: string;
  /** One that the job runs or ran on. */
  readonly host?: string;
  /** Hours. */
  readonly past?: string;
}

/** @throws {ValueError} `PROPERTY_INVALID` @throws {AuthError} `PERMISSION_DENIED`: other users' jobs. */
export async function findJobs(jobs: NotedJobs, filter: JobsFilter): Promise<readonly Job[]> {
  const fits = readConditions(jobs, filter);
  const found = await jobs.list(readJobQuery(filter));
  // The same list again where there is nothing to choose: it may have been rendered already.
  return found.every(fits) ? found : found.filter(fits);
}

/** What a query of the resource can't say. */
export function readConditions(
  { userName }: NotedJobs,
  { status: word, user, group, queue, host }: JobsFilter,
): (job: Job) => boolean {
  checkUser(user, userName);
  const statuses = readStatuses(word);
  const wantedGroup = group === undefined ? undefined : normalizeGroup(group);
  return (job) =>
    (statuses === undefined || statuses.has(renderStatusWord(job.status))) &&
    (wantedGroup === undefined || normalizeGroup(job.group ?? "/") === wantedGroup) &&
    (queue === undefined || job.queue === queue) &&
    (host === undefined || (job.executionHosts ?? []).includes(host));
}

function readJobQuery({ name, past }: JobsFilter): JobQuery {
  let query: JobQuery = name === undefined ? {} : { name };
  if (past !== undefined) {
    const hours = Number(past);
    if (!(hours >= 0)) {
      throw new ValueError(
        "PROPERTY_INVALID",
        `"past" takes a number of hours, not ${JSON.stringify(past)}.`,
      );
    }
    // A few seconds more of the past, so that requests that come together ask the same.
    const since = Math.floor((Date.now() - hours * 3_600_000) / 10_000) * 10_000;
    query = { ...query, endedSince: new Date(since) };
  }
  return query;
}

/** One word or several with commas between them, of either generation and in any case. */
function readStatuses(text: string | undefined): ReadonlySet<string> | undefined {
  return text === undefined ? undefined : new Set(text.split(",").map(readStatus));
}

function readStatus(text: string): string {
  const word = parseStatusWord(text);
  if (word !== undefined) return word;
  throw new ValueError("PROPERTY_INVALID", `There is no job status ${JSON.stringify(text)}.`, {
    hint: `Ask for one of ${statusWords.join(", ")}.`,
  });
}

function checkUser(user: string | undefined, own: string): void {
  if (user === undefined || user === "all" || user === own) return;
  throw new AuthError("PERMISSION_DENIED", `You may not see the jobs of ${user}.`, {
    hint: "Leave the user out to see your own jobs.",
  });
}
