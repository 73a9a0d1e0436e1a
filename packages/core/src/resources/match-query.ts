import type { Job, JobQuery } from "../model/index.js";

/** Filters here what the service's own filters, which give the short form only, would cost in detail. */
export function matchesQuery(job: Job, { name, phases, outcomes, endedSince }: JobQuery): boolean {
  const { status } = job;
  if (name !== undefined && !matchesName(job.name, name)) return false;
  if (phases !== undefined && !phases.includes(status.phase)) return false;
  if (outcomes !== undefined && !(status.phase === "finished" && outcomes.includes(status.outcome)))
    return false;
  if (endedSince === undefined || status.phase !== "finished") return true;
  // The server has counted by whole hours; a job whose end is not told is kept.
  return job.endedAt === undefined || job.endedAt >= endedSince;
}

function matchesName(name: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}

/** For `sort`: the job submitted last first. */
export function newestFirst(a: Job, b: Job): number {
  const byTime = (b.submittedAt?.getTime() ?? 0) - (a.submittedAt?.getTime() ?? 0);
  return byTime === 0 ? b.id.localeCompare(a.id, "en", { numeric: true }) : byTime;
}
