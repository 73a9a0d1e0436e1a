import type { ScarfError } from "../errors/index.js";
import type { Job, JobId, JobStatus } from "../model/index.js";

/** What a watcher tells. */
export type WatchEvent =
  /** Phase, outcome or exit code is another than the listener was last told; the first time, `previous` is absent. */
  | {
      readonly kind: "changed";
      readonly jobId: JobId;
      readonly status: JobStatus;
      readonly previous?: JobStatus;
    }
  /** For listeners of the list: all jobs, because one has come, gone or changed. */
  | { readonly kind: "listed"; readonly jobs: readonly Job[]; readonly observedAt: Date }
  /** A query failed. No job's state changed by that; what is known is `ageSeconds` old, and the next try comes by itself. */
  | { readonly kind: "stale"; readonly ageSeconds: number; readonly error: ScarfError }
  /** A query was answered again. */
  | { readonly kind: "fresh" }
  /** The session has ended. Jobs are not affected; nothing is asked until someone logs in again. */
  | { readonly kind: "paused"; readonly error: ScarfError }
  | { readonly kind: "resumed" };

/** Whoever is told. */
export type WatchListener = (event: WatchEvent) => void;

/** What makes a change worth an event. */
export function isSameStatus(a: JobStatus | undefined, b: JobStatus | undefined): boolean {
  return statusKey(a) === statusKey(b);
}

function statusKey(status: JobStatus | undefined): string {
  if (status === undefined) return "";
  if (status.phase === "finished")
    return `finished ${status.outcome} ${status.exitCode ?? "-"} ${status.signal ?? "-"}`;
  return status.phase === "unknown" ? `unknown ${status.why}` : status.phase;
}
