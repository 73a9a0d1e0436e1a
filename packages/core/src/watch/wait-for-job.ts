import { AbortedError } from "../errors/index.js";
import type { JobId, JobStatus } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { defaultLostAfterSeconds, EndDetector, type EndOfJob } from "./end-of-job.js";
import type { WatchEvent } from "./watch-event.js";
import { watcherFor } from "./watcher-for.js";

/** Options of `waitForJob`. */
export interface WaitOptions extends CallOptions {
  /** Called with each new status, the first one included. */
  readonly onChange?: (status: JobStatus) => void;
  /** Called with everything the watcher tells, e.g. that the picture has become old. */
  readonly onEvent?: (event: WatchEvent) => void;
  /** Give up waiting (not the job) after this time. Absent = wait as long as it takes. */
  readonly timeoutSeconds?: number;
  /** `fail`: throw SESSION_EXPIRED. `wait`: go on after the next log-in of this user. @defaultValue "fail" */
  readonly whenExpired?: "fail" | "wait";
  /** A job that is not listed for so long counts as lost. @defaultValue 60 */
  readonly lostAfterSeconds?: number;
}

/** `timeout`: the job goes on, only the waiting ended. */
export type WaitResult = EndOfJob | { readonly ended: "timeout"; readonly status?: JobStatus };

/**
 * Waits for the end of a job. Look at `status.outcome`: a job that failed has finished too.
 * @throws {AuthError} `SESSION_EXPIRED`. @throws {ValueError} `NOT_LOGGED_IN`. @throws {AbortedError}
 */
export function waitForJob(session: Session, id: JobId, options: WaitOptions = {}): Promise<WaitResult> {
  const { signal, onChange, onEvent, timeoutSeconds, whenExpired = "fail" } = options;
  return new Promise((resolve, reject) => {
    const end = (act: () => void): void => {
      subscription.close();
      detector.close();
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      act();
    };
    const stop = (): void =>
      end(() =>
        reject(
          new AbortedError("ABORTED", `Stopped waiting for job ${id}; the job goes on.`, {
            hint: "Wait for it again at any time.",
            cause: signal?.reason,
          }),
        ),
      );
    const giveUp = (): void =>
      end(() =>
        resolve({ ended: "timeout", ...(detector.last === undefined ? {} : { status: detector.last }) }),
      );
    const detector = new EndDetector(options.lostAfterSeconds ?? defaultLostAfterSeconds, (found) =>
      end(() => resolve(found)),
    );
    const subscription = watcherFor(session).watch([id], (event) => {
      onEvent?.(event);
      if (event.kind === "changed") onChange?.(event.status);
      if (event.kind === "paused" && whenExpired === "fail") end(() => reject(event.error));
      else detector.take(event);
    });
    const timer = timeoutSeconds === undefined ? undefined : setTimeout(giveUp, timeoutSeconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
  });
}
