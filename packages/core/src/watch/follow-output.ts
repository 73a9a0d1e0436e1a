import { isScarfError } from "../errors/index.js";
import type { JobId } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { sleep, throwIfAborted } from "../transports/abort.js";
import { isPassing, RetryBudget, type RetryOptions } from "../transports/retry.js";
import { defaultLostAfterSeconds, EndDetector } from "./end-of-job.js";
import { PollPace } from "./poll-pace.js";
import { watcherFor } from "./watcher-for.js";

/** Options of {@link followOutput}. */
export interface FollowOptions extends CallOptions {
  readonly retry?: RetryOptions;
  /** A job that is not listed for so long counts as ended. @defaultValue 60 */
  readonly lostAfterSeconds?: number;
}

/**
 * The bytes of a file that a job is writing, as they come: every byte once, whatever breaks in between, until the job has
 * ended and the last byte is read. A file that isn't there yet is waited for.
 * Chunks may be reused buffers: consume each before asking for the next.
 * @param path - relative to the job's directory, e.g. from `findOutputPath`.
 * @throws {FileError} `FILE_NOT_FOUND`: the job has ended and never wrote that file. @throws {AuthError} `SESSION_EXPIRED`. @throws {AbortedError}
 */
export async function* followOutput(
  session: Session,
  jobId: JobId,
  path: string,
  { signal, retry, lostAfterSeconds = defaultLostAfterSeconds }: FollowOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const end = new JobEnd(session, jobId, lostAfterSeconds);
  const pace = new PollPace();
  const budget = new RetryBudget({ ...session.resource.retry, ...retry }, signal);
  let delivered = 0;
  try {
    for (;;) {
      throwIfAborted(signal);
      // Looked at before reading: what a job wrote before it ended is there when its end is known.
      const hasEnded = end.hasCome;
      const before = delivered;
      const startedAt = performance.now();
      try {
        for await (const chunk of readFrom(session, jobId, path, delivered, signal)) {
          delivered += chunk.byteLength;
          yield chunk;
        }
        budget.restore();
        if (hasEnded) return;
      } catch (error) {
        if (isScarfError(error) && error.code === "FILE_NOT_FOUND" && !hasEnded) budget.restore();
        else if (isPassing(error)) {
          if (delivered > before) budget.restore();
          await budget.waitAfter(error);
        } else throw error;
      }
      if (!end.hasCome) {
        const seconds = pace.afterAnswer((performance.now() - startedAt) / 1000, delivered > before);
        await pause(seconds, end.come, signal);
      }
    }
  } finally {
    end.close();
  }
}

/** Ends early with `come`, and leaves no timer behind. */
async function pause(seconds: number, come: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const early = new AbortController();
  const either = signal === undefined ? early.signal : AbortSignal.any([signal, early.signal]);
  const over = come.then(() => early.abort());
  await Promise.race([sleep(seconds, either).catch(() => undefined), over]);
  throwIfAborted(signal);
}

/** What is behind `offset` in the file at this moment. */
async function* readFrom(
  session: Session,
  jobId: JobId,
  path: string,
  offset: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const call = signal === undefined ? {} : { signal };
  const files = session.jobFiles(jobId);
  const hasRanges = session.capabilities.byteRanges;
  const { chunks } = await files.read(path, hasRanges && offset > 0 ? { offset } : undefined, call);
  // Without ranges the whole file comes each time, and what was delivered before is dropped.
  let toDrop = hasRanges ? 0 : offset;
  for await (const chunk of chunks) {
    const dropped = Math.min(toDrop, chunk.byteLength);
    toDrop -= dropped;
    if (dropped < chunk.byteLength) yield chunk.subarray(dropped);
  }
}

/** Knows when a job has ended, through the watcher that others use too. */
class JobEnd {
  /** Resolves when the job has ended. */
  readonly come: Promise<void>;
  hasCome = false;
  readonly #close: () => void;

  constructor(session: Session, jobId: JobId, lostAfterSeconds: number) {
    let resolve = (): void => undefined;
    this.come = new Promise<void>((done) => {
      resolve = done;
    });
    const detector = new EndDetector(lostAfterSeconds, () => {
      this.hasCome = true;
      resolve();
    });
    const subscription = watcherFor(session).watch([jobId], (event) => detector.take(event));
    this.#close = () => {
      detector.close();
      subscription.close();
    };
  }

  close(): void {
    this.#close();
  }
}
