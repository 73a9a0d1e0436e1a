import { isScarfError } from "../../../errors/index.js";
import type { FinishedStatus, JobId } from "../../../model/index.js";
import { parseJobHistory, readHistoryOutcome, renderJobIds } from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import type { PacService } from "../pac-service.js";
import { currentCall, isLacking } from "./current-failure.js";

/** Ids in the address of one request. */
const mostIds = 100;

/**
 * `jobhistory`: how jobs ended that have left the list. It is additional evidence: without it they stay not listed, so a failure to
 * get it fails nothing, except where the session has ended.
 */
export async function fetchOutcomes(
  service: PacService,
  ids: readonly JobId[],
  { signal }: CallOptions,
): Promise<ReadonlyMap<JobId, FinishedStatus>> {
  const outcomes = new Map<JobId, FinishedStatus>();
  const wanted = new Set(ids);
  for (let at = 0; at < ids.length; at += mostIds) {
    const list = renderJobIds(ids.slice(at, at + mostIds))
      .split(",")
      .map(encodeURIComponent)
      .join(",");
    const call = {
      path: `jobhistory?ids=${list}`,
      repeatable: true,
      signal,
      doing: "tell the history of jobs",
    };
    const observedAt = new Date();
    const histories = await service
      .xml(currentCall(service, call), parseJobHistory)
      .catch((error: unknown) => {
        if (isScarfError(error) && !fatal.has(error.code) && !isLacking(error)) return [];
        throw error;
      });
    for (const { jobId, text } of histories) {
      const outcome = readHistoryOutcome(text);
      if (outcome === undefined || !wanted.has(jobId)) continue;
      outcomes.set(jobId, {
        phase: "finished",
        ...outcome,
        evidence: { source: "PAC job history", observedAt },
      });
    }
  }
  return outcomes;
}

const fatal: ReadonlySet<string> = new Set(["SESSION_EXPIRED", "ABORTED", "NOT_LOGGED_IN"]);
