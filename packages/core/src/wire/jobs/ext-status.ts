import type { FinishedStatus, JobOutcome, JobStatus, UnknownStatus } from "../../model/index.js";

/** Words of `extStatus`, read by people in job tables and by our own client. */
const outcomeWords: Readonly<Record<JobOutcome, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  "timed-out": "timed out",
  "out-of-memory": "out of memory",
  cancelled: "cancelled",
  "node-failure": "node failure",
  preempted: "preempted",
};

function outcomeOf(words: string): JobOutcome | undefined {
  const all: readonly JobOutcome[] = [
    "succeeded",
    "failed",
    "timed-out",
    "out-of-memory",
    "cancelled",
    "node-failure",
    "preempted",
  ];
  return all.find((outcome) => outcomeWords[outcome] === words);
}

/**
 * What the five status words of the wire can't say, as a text that reads well: `held`, `cancelled (SIGTERM)`,
 * `failed (exit code 3): no such file`, `unknown (no-evidence)`. `-` when there is nothing to add.
 */
export function renderExtStatus(status: JobStatus): string {
  const words = wordsOf(status);
  const reason = status.reason?.replaceAll(/\s+/g, " ").trim() ?? "";
  if (reason === "") return words ?? "-";
  const subject = status.phase === "finished" ? outcomeWords[status.outcome] : status.phase;
  return `${words ?? subject}: ${reason}`;
}

function wordsOf(status: JobStatus): string | undefined {
  switch (status.phase) {
    case "held":
      return "held";
    case "unknown":
      return `unknown (${status.why})`;
    case "finished":
      return finishedWords(status);
    default:
      return undefined;
  }
}

function finishedWords(status: FinishedStatus): string | undefined {
  const words = outcomeWords[status.outcome];
  if (status.signal !== undefined) return `${words} (${status.signal})`;
  const ordinary = status.outcome === "succeeded" && (status.exitCode ?? 0) === 0;
  if (ordinary) return undefined;
  return status.exitCode === undefined ? words : `${words} (exit code ${status.exitCode})`;
}

/** What an `extStatus` of our gateway says; fields it does not hold are absent. */
export interface ExtStatus {
  readonly held?: true;
  readonly outcome?: JobOutcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly why?: UnknownStatus["why"];
  readonly reason?: string;
}

const reasonsToBeUnknown = ["not-listed", "unreachable", "unrecognised", "no-evidence"] as const;

/** Reads what {@link renderExtStatus} wrote. Any other text (a site's `bpost`) is a reason and nothing more. */
export function parseExtStatus(text: string): ExtStatus {
  const whole = text.trim();
  if (whole === "" || whole === "-") return {};
  const match = /^([a-z ]+?)(?: \(([^)]*)\))?(?:: (.*))?$/s.exec(whole);
  const [, words = "", detail, reason] = match ?? [];
  const more = reason === undefined ? {} : { reason };
  if (words === "held" && detail === undefined) return { held: true, ...more };
  if (words === "queued" || words === "running" || words === "suspended") return more;
  const why = reasonsToBeUnknown.find((candidate) => candidate === detail);
  if (words === "unknown" && why !== undefined) return { why, ...more };
  const outcome = outcomeOf(words);
  if (outcome === undefined) return { reason: whole };
  const exitCode = /^exit code (\d{1,3})$/.exec(detail ?? "")?.[1];
  if (exitCode !== undefined) return { outcome, exitCode: Number(exitCode), ...more };
  if (detail !== undefined && !/^SIG[A-Z0-9+-]+$/.test(detail)) return { reason: whole };
  return { outcome, ...(detail !== undefined && { signal: detail }), ...more };
}
