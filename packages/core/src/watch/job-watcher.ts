import { isScarfError, type ScarfError, SchedulerError } from "../errors/index.js";
import type { Job, JobId, JobStatus } from "../model/index.js";
import type { Session } from "../resources/compute-resource.js";
import { orAborted } from "../transports/abort.js";
import { PollPace } from "./poll-pace.js";
import type { WatchListener } from "./watch-event.js";
import { WatchSubscription } from "./watch-subscription.js";

/** A listener's part in a watch; it lasts until it is closed. */
export interface Subscription {
  /** No further event comes. With the last subscription the watcher asks no more and holds nothing open. */
  close(): void;
}

/**
 * Looks after the jobs of one user on one resource: however many listeners there are, each round asks the resource once.
 * A failed query changes no job's state; it makes the picture old, which is told, and is tried again ever more slowly.
 */
export class JobWatcher {
  #session: Session;
  /** Another session of the same user, for when the one in use has ended. */
  #spare: Session | undefined;
  readonly #subscriptions = new Set<WatchSubscription>();
  readonly #pace = new PollPace();
  #timer: NodeJS.Timeout | undefined;
  #round: AbortController | undefined;
  /** Someone subscribed while a round was under way, which may not have asked for their jobs. */
  #again = false;
  #paused: ScarfError | undefined;
  #stale = false;
  #observedAt: Date | undefined;
  #watchingSince = Date.now();

  constructor(session: Session) {
    this.#session = session;
  }

  get session(): Session {
    return this.#session;
  }

  /** When the resource last answered. */
  get observedAt(): Date | undefined {
    return this.#observedAt;
  }

  /** The session has ended and nobody has logged in again. */
  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  /** Tells about these jobs: each one's status at once, then its changes until it has finished. */
  watch(ids: readonly JobId[], listener: WatchListener): Subscription {
    return this.#subscribe(new WatchSubscription(ids, false, listener));
  }

  /** Tells about all jobs of the user. */
  watchList(listener: WatchListener): Subscription {
    return this.#subscribe(new WatchSubscription([], true, listener));
  }

  /** Goes on with another session of the same user, after a log-in. */
  resumeWith(session: Session): void {
    this.#session = session;
    this.#spare = undefined;
    const wasPaused = this.#paused !== undefined;
    this.#paused = undefined;
    if (wasPaused) this.#tellAll({ kind: "resumed" });
    this.lookNow();
  }

  /** Here is one more session of this user; whether it is newer than the one in use, nobody can tell. */
  offer(session: Session): void {
    if (session === this.#session) return;
    if (this.isPaused) this.resumeWith(session);
    else this.#spare = session;
  }

  /** Asks at once, e.g. because something was just done to a job. */
  lookNow(): void {
    this.#pace.reset();
    if (this.#round === undefined) this.#schedule(0);
    else this.#again = true;
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions.clear();
    this.#stop();
  }

  #subscribe(subscription: WatchSubscription): Subscription {
    if (this.#subscriptions.size === 0) this.#watchingSince = Date.now();
    this.#subscriptions.add(subscription);
    const paused = this.#paused;
    if (paused === undefined) this.lookNow();
    else queueMicrotask(() => subscription.tell({ kind: "paused", error: paused }));
    return {
      close: () => {
        subscription.close();
        this.#subscriptions.delete(subscription);
        if (this.#subscriptions.size === 0) this.#stop();
      },
    };
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#round?.abort();
  }

  #schedule(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#subscriptions.size === 0 || this.#paused !== undefined) return;
    this.#timer = setTimeout(() => void this.#look(), seconds * 1000);
  }

  async #look(): Promise<void> {
    const round = new AbortController();
    this.#round = round;
    this.#again = false;
    let waitSeconds = 0;
    const startedAt = performance.now();
    const session = this.#session;
    try {
      const picture = await orAborted(this.#ask(session, round.signal), round.signal);
      const durationSeconds = (performance.now() - startedAt) / 1000;
      waitSeconds = this.#pace.afterAnswer(durationSeconds, this.#take(picture));
    } catch (error) {
      if (!round.signal.aborted) {
        this.#takeFailure(asScarfError(error), session);
        waitSeconds = this.#pace.afterFailure();
      }
    } finally {
      this.#round = undefined;
    }
    // Stopped meanwhile and begun again: then the new subscribers wait for a round of their own.
    this.#schedule(this.#again || round.signal.aborted ? 0 : waitSeconds);
  }

  async #ask(session: Session, signal: AbortSignal): Promise<Picture> {
    const subscriptions = [...this.#subscriptions];
    const observedAt = new Date();
    const jobs = subscriptions.some(({ wantsList }) => wantsList)
      ? await session.list({}, { signal })
      : undefined;
    const statuses = new Map((jobs ?? []).map((job) => [job.id, job.status]));
    const ids = new Set<JobId>();
    for (const { wanted } of subscriptions) for (const id of wanted) if (!statuses.has(id)) ids.add(id);
    if (ids.size > 0)
      for (const [id, status] of await session.status([...ids], { signal })) statuses.set(id, status);
    return { observedAt, jobs, statuses };
  }

  #take({ observedAt, jobs, statuses }: Picture): boolean {
    this.#observedAt = observedAt;
    if (this.#stale) {
      this.#stale = false;
      this.#tellAll({ kind: "fresh" });
    }
    let isNew = false;
    for (const subscription of this.#subscriptions) {
      if (subscription.tellStatuses(statuses)) isNew = true;
      if (subscription.wantsList && jobs !== undefined && subscription.tellJobs(jobs, observedAt))
        isNew = true;
    }
    return isNew;
  }

  #takeFailure(error: ScarfError, session: Session): void {
    if (error.code === "SESSION_EXPIRED" || error.code === "NOT_LOGGED_IN") {
      // An answer to the old session says nothing about the new one.
      if (session !== this.#session) return;
      if (this.#spare !== undefined) {
        this.resumeWith(this.#spare);
        return;
      }
      this.#paused = error;
      this.#tellAll({ kind: "paused", error });
      return;
    }
    this.#stale = true;
    const since = this.#observedAt?.getTime() ?? this.#watchingSince;
    this.#tellAll({ kind: "stale", ageSeconds: (Date.now() - since) / 1000, error });
  }

  #tellAll(event: Parameters<WatchListener>[0]): void {
    for (const subscription of this.#subscriptions) subscription.tell(event);
  }
}

interface Picture {
  readonly observedAt: Date;
  readonly jobs: readonly Job[] | undefined;
  readonly statuses: ReadonlyMap<JobId, JobStatus>;
}

/** Even a bug in a resource must not end the watch in silence. */
function asScarfError(error: unknown): ScarfError {
  if (isScarfError(error)) return error;
  return new SchedulerError("OUTPUT_UNREADABLE", `Asking for the jobs failed: ${String(error)}`, {
    hint: "Your jobs are not affected. Please report this.",
    cause: error,
  });
}
