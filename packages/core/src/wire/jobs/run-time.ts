import type { Job } from "../../model/index.js";

/** Whole seconds from its start to its end, or until it was last seen; `undefined` = it never started, or nobody knows. */
export function runTimeSeconds({ startedAt, endedAt, status }: Job): number | undefined {
  if (startedAt === undefined) return undefined;
  const until = endedAt ?? (status.phase === "finished" ? undefined : status.evidence.observedAt);
  if (until === undefined) return undefined;
  return Math.max(0, Math.round((until.getTime() - startedAt.getTime()) / 1000));
}
