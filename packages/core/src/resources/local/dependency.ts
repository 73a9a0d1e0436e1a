import type { Dependency, JobStatus } from "../../model/index.js";

/** `never`: it can't come to hold any more, unless somebody runs the other job again. */
export type DependencyState = "met" | "waiting" | "never";

/** Whether one condition on another job holds. */
export function judgeDependency(condition: Dependency["condition"], status: JobStatus): DependencyState {
  switch (status.phase) {
    case "queued":
    case "held":
      return "waiting";
    case "running":
    case "suspended":
      return condition === "started" ? "met" : "waiting";
    case "unknown":
      // It has ended, that much is sure, unless there never was such a job; whether it succeeded nobody knows.
      if (status.why !== "no-evidence") return "never";
      return condition === "started" || condition === "ended" ? "met" : "never";
    default: // finished
      if (condition === "started") return status.raw === "cancelled" && !wasStarted(status) ? "never" : "met";
      if (condition === "ended") return "met";
      return (status.outcome === "succeeded") === (condition === "succeeded") ? "met" : "never";
  }
}

function wasStarted(status: JobStatus): boolean {
  return status.phase === "finished" && (status.exitCode !== undefined || status.signal !== undefined);
}
