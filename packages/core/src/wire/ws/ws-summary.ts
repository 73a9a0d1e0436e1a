import type { JobStatus } from "../../model/index.js";
import { readWsRecords, renderWsDocument } from "./ws-document.js";
import type { WsFormat } from "./ws-format.js";
import { renderWsStatus } from "./render-ws-jobs.js";

/** How many jobs are in each state, by the words of the current generation. */
export type JobsSummary = ReadonlyMap<string, number>;

const words = ["PENDING", "RUNNING", "SUSPENDED", "DONE", "EXIT", "UNKNOWN"] as const;

export function summarizeJobs(jobs: Iterable<{ readonly status: JobStatus }>): JobsSummary {
  const counts = new Map<string, number>(words.map((word) => [word, 0]));
  for (const { status } of jobs) {
    const word = renderWsStatus(status);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Answer of `jobs/summary`, which only our gateway has: every state, also one without a job. */
export function renderJobsSummary(summary: JobsSummary, format: WsFormat): string {
  const states = [...summary].map(([name, count]) => ({ jobs: count, name }));
  const total = states.reduce((sum, { jobs }) => sum + jobs, 0);
  return renderWsDocument("jobsSummary", { "@total": String(total), state: states }, format);
}

/** Reads it. States that don't tell a number are left out. @throws {WireFormatError} */
export function parseJobsSummary(body: string): JobsSummary {
  const counts = new Map<string, number>();
  for (const record of readWsRecords(body, "state")) {
    const count = Number(record.get("jobs"));
    if (Number.isSafeInteger(count) && count >= 0) counts.set(record.get("name")?.trim() ?? "", count);
  }
  return counts;
}
