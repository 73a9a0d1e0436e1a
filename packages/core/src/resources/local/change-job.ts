import type { JobRef } from "./job-record.js";
import { type EnginePhase, isActive, isOver, type JobState } from "./job-state.js";
import type { JobStore } from "./job-store.js";

export type Change = "cancel" | "hold" | "release" | "suspend" | "resume" | "requeue";

/** Changes a job, or asks its keeper to. `changed`, or the phase in which the change doesn't apply. */
export function changeJob(store: JobStore, ref: JobRef, change: Change): "changed" | EnginePhase | undefined {
  let answer: "changed" | EnginePhase | undefined;
  store.update(ref, (state) => {
    const next = decide(state, change);
    answer = next ? "changed" : state.phase;
    // Asked for already: nothing to write, and nothing to refuse.
    return next === state ? undefined : next;
  });
  return answer;
}

/** The state after a change; the same object when it was asked for already; undefined when it doesn't apply. */
export function decide(state: JobState, change: Change): JobState | undefined {
  const at = new Date().toISOString();
  switch (change) {
    case "cancel":
      if (isOver(state)) return undefined;
      if (isActive(state)) return ask(state, "cancel");
      return {
        format: 1,
        phase: "finished",
        run: state.run,
        at,
        endedAt: at,
        outcome: "cancelled",
        reason: "Cancelled before it was started.",
        source: "job's state file",
      };
    case "hold":
      return state.phase === "queued" ? { format: 1, phase: "held", run: state.run, at } : undefined;
    case "release":
      return state.phase === "held" ? { format: 1, phase: "queued", run: state.run, at } : undefined;
    case "suspend":
      return state.phase === "running" || state.phase === "starting" ? askFirst(state, "suspend") : undefined;
    case "resume":
      return state.phase === "suspended" ? askFirst(state, "resume") : undefined;
    default: // requeue
      if (isActive(state)) return askFirst(state, "requeue");
      return isOver(state)
        ? { format: 1, phase: "queued", run: state.run + 1, at, reason: "Requeued." }
        : undefined;
  }
}

function ask(state: JobState, request: NonNullable<JobState["request"]>): JobState {
  return state.request === request ? state : { ...state, request };
}

/** A job that is being ended obeys nothing else. */
function askFirst(state: JobState, request: "suspend" | "resume" | "requeue"): JobState | undefined {
  return state.request === "cancel" || (state.request === "requeue" && request !== "requeue")
    ? undefined
    : ask(state, request);
}
