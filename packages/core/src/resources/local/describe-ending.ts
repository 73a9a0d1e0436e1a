import type { JobRecord } from "./job-record.js";

/** Why a keeper ends a job. */
export type Ending = "cancel" | "requeue" | "wall-time" | "memory";

/** How a job ended by itself. */
export interface NaturalEnd {
  readonly exitCode?: number;
  readonly signal?: string;
}

/** Outcome and reason of a job that did not end by itself. */
export function describeEnding(
  ending: Ending | undefined,
  record: JobRecord,
): { readonly outcome: "cancelled" | "timed-out" | "out-of-memory"; readonly reason: string } | undefined {
  switch (ending) {
    case "cancel":
    case "requeue":
      return { outcome: "cancelled", reason: "Cancelled on request." };
    case "wall-time":
      return { outcome: "timed-out", reason: `Its time limit of ${record.wallTimeSeconds} s was over.` };
    case "memory":
      return {
        outcome: "out-of-memory",
        reason: `It used more than its memory limit of ${Math.round((record.memoryBytes ?? 0) / 2 ** 20)} MiB.`,
      };
    default:
      return undefined;
  }
}

/** In words, where there is more to say than that it succeeded. */
export function describeEnd(end: NaturalEnd | undefined): string | undefined {
  if (end?.signal !== undefined) return `Ended by the signal ${end.signal}.`;
  return end?.exitCode ? `It ended with exit code ${end.exitCode}.` : undefined;
}
