import type { FinishedStatus, JobStatus } from "../model/index.js";

/** One status for a whole array: where its least advanced part is, and the first bad end. */
export function mergeStatuses(statuses: readonly JobStatus[]): JobStatus | undefined {
  const [first] = statuses;
  if (!first || statuses.length === 1) return first;
  for (const phase of ["running", "suspended", "queued", "held"] as const) {
    const count = statuses.filter((status) => status.phase === phase).length;
    const example = statuses.find((status) => status.phase === phase);
    if (example) return { ...example, reason: `${count} of ${statuses.length} elements are ${phase}.` };
  }
  const unknown = statuses.find((status) => status.phase === "unknown");
  if (unknown) return unknown;
  const bad = statuses.filter(
    (status): status is FinishedStatus => status.phase === "finished" && status.outcome !== "succeeded",
  );
  const [example] = bad;
  return example
    ? { ...example, reason: `${bad.length} of ${statuses.length} elements did not succeed.` }
    : first;
}
