import type { Evidence, JobStatus } from "../../model/index.js";

/** The words of the interface, which are those of Moab, the scheduler behind Fermi. */
export const mantidStatusWords = [
  "RUNNING",
  "QUEUED",
  "COMPLETED",
  "REMOVED",
  "DEFERRED",
  "IDLE",
  "UNKNOWN",
] as const;
export type MantidStatusWord = (typeof mantidStatusWords)[number];

/**
 * `COMPLETED`: the job ended by itself, whatever its result. `REMOVED`: something else ended it. There is no word for failure,
 * and none for a suspended job: `IDLE` at least never looks like an end.
 */
export function renderMantidStatus(status: JobStatus): MantidStatusWord {
  switch (status.phase) {
    case "queued":
      return "QUEUED";
    case "held":
      return "DEFERRED";
    case "running":
      return "RUNNING";
    case "suspended":
      return "IDLE";
    case "finished":
      return status.outcome === "succeeded" || status.outcome === "failed" ? "COMPLETED" : "REMOVED";
    default:
      return "UNKNOWN";
  }
}

/**
 * What a word says by itself. `COMPLETED` tells the end and not how: without other evidence that is `unknown`, never success.
 * A word that is not of the interface is `unknown` too.
 */
export function parseMantidStatus(word: string, evidence: Evidence): JobStatus {
  const base = { raw: word, evidence };
  switch (word.trim().toUpperCase()) {
    case "RUNNING":
      return { ...base, phase: "running" };
    case "QUEUED":
    case "IDLE":
      return { ...base, phase: "queued" };
    case "DEFERRED":
      return { ...base, phase: "held" };
    case "COMPLETED":
      return {
        ...base,
        phase: "unknown",
        why: "no-evidence",
        reason: "It has ended; this service does not tell with what result.",
      };
    case "REMOVED":
      return {
        ...base,
        phase: "finished",
        outcome: "cancelled",
        reason:
          "It was taken away, by its user, an administrator or a limit; this service does not tell which.",
      };
    default:
      return { ...base, phase: "unknown", why: "unrecognised" };
  }
}

/** Whether a status is that of a job which ended in a way that the service does not tell. */
export function isEndedUnknown(status: JobStatus): boolean {
  return status.phase === "unknown" && status.why === "no-evidence";
}
