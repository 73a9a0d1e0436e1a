import type { FinishedStatus } from "../../model/index.js";

/** How a job's history says that it ended. */
export type HistoryOutcome = Pick<FinishedStatus, "outcome" | "exitCode" | "raw">;

/**
 * A line of `bhist -l`: a time, a colon, what happened. Lines without a time hold what the job's owner has chosen, such as its
 * name and command, and prove nothing.
 */
const eventLine =
  /^\s*[\w, /.-]*?\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z| ?[+-]\d{2}:?\d{2}| \d{4}| [A-Z]{2,5}(?: \d{4})?)?: +(\S.*)$/;

/**
 * What the lines of a history prove about the end of a job: only the last end counts, and only if the job did not begin again
 * after it. `undefined` = nothing is proved.
 */
export function readHistoryOutcome(text: string): HistoryOutcome | undefined {
  let outcome: HistoryOutcome | undefined;
  for (const line of text.split(/\r?\n/)) {
    const event = eventLine.exec(line)?.[1];
    if (event === undefined) continue;
    if (/^(?:Submitted|Starting|Started|Dispatched|Pending|Requeue|Migrat|Running|Resum)/i.test(event)) {
      outcome = undefined;
    } else {
      outcome = endOf(event, outcome) ?? outcome;
    }
  }
  return outcome;
}

function endOf(event: string, before: HistoryOutcome | undefined): HistoryOutcome | undefined {
  if (/^Done successfully\b|^Completed <done>/.test(event)) {
    // A job that has exited does not become done by itself.
    return before?.outcome === "failed" ? undefined : { outcome: "succeeded", exitCode: 0, raw: "DONE" };
  }
  if (!/^Exited\b|^Completed <exit>/.test(event)) return undefined;
  // `Completed <exit>` follows `Exited with exit code 3.` and tells less.
  if (before?.outcome === "failed" && event.startsWith("Completed")) return undefined;
  const code = Number(/\bexit code (\d{1,3})\b/.exec(event)?.[1] ?? 0);
  return { outcome: "failed", raw: "EXIT", ...(code > 0 && code < 256 && { exitCode: code }) };
}
