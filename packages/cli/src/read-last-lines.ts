import type { JobId, Session } from "scarf-tomo";
import { renderSafeLine } from "./terminal/safe-text.js";

const longestLine = 500;

/** The last lines of a job's output and of its standard error, safe for a terminal; none where they can't be had. */
export async function readLastLines(session: Session, jobId: JobId, signal: AbortSignal): Promise<string[]> {
  const core = await import("scarf-tomo");
  const output = await core.readLastLines(session, jobId, "output", { signal });
  const errors = await core.readLastLines(session, jobId, "error", { signal });
  return [...output, ...errors].map((line) => renderSafeLine(line.slice(0, longestLine)));
}
