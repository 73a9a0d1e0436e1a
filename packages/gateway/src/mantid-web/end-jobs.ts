import { setTimeout as sleep } from "node:timers/promises";
import { isScarfError, type JobId, type JobStatus, SchedulerError, type Session } from "scarf-tomo";

/**
 * Cancels jobs and waits until they have ended: files must not vanish under one that still writes. A job of which nobody knows
 * has not ended for that.
 * @throws {SchedulerError} `SCHEDULER_UNAVAILABLE`: after `seconds` some go on, or can't be told to have ended.
 */
export async function endJobs(session: Session, ids: readonly JobId[], seconds: number): Promise<void> {
  if (ids.length === 0) return;
  const asked: JobId[] = [];
  for (const [id, status] of await session.status(ids)) {
    if (!hasEnded(status) && (await isToBeWaitedFor(session, id))) asked.push(id);
  }
  const end = performance.now() + seconds * 1000;
  let open = await openAmong(session, asked);
  while (open.length > 0 && performance.now() < end) {
    await sleep(100);
    open = await openAmong(
      session,
      open.map(({ id }) => id),
    );
  }
  if (open.length > 0) throw stillOpen(open);
}

interface OpenJob {
  readonly id: JobId;
  readonly status: JobStatus | undefined;
}

async function openAmong(session: Session, ids: readonly JobId[]): Promise<readonly OpenJob[]> {
  if (ids.length === 0) return [];
  const states = await session.status(ids);
  return ids.map((id) => ({ id, status: states.get(id) })).filter(({ status }) => !hasEnded(status));
}

/** `no-evidence` is an end whose result nobody knows. */
function hasEnded(status: JobStatus | undefined): boolean {
  return status?.phase === "finished" || (status?.phase === "unknown" && status.why === "no-evidence");
}

/** What the resource says to a cancellation tells more of a job than a status that is unknown. */
async function isToBeWaitedFor(session: Session, id: JobId): Promise<boolean> {
  try {
    return (await session.cancel(id)) === "requested";
  } catch (error) {
    if (isScarfError(error) && error.code === "JOB_NOT_FOUND") return false;
    throw error;
  }
}

function stillOpen(open: readonly OpenJob[]): SchedulerError {
  const list = (jobs: readonly OpenJob[]): string => jobs.map(({ id }) => id).join(", ");
  const unknown = open.filter(({ status }) => status === undefined || status.phase === "unknown");
  const ending = open.filter((job) => !unknown.includes(job));
  const sentences = [
    ...(ending.length > 0 ? [`Jobs of the transaction are still ending: ${list(ending)}.`] : []),
    ...(unknown.length > 0
      ? [
          `Jobs of the transaction were told to end, and nobody can say at the moment whether they have: ${list(unknown)}.`,
        ]
      : []),
  ];
  return new SchedulerError("SCHEDULER_UNAVAILABLE", sentences.join(" "), {
    hint: "Stop the transaction again in a minute. Until then its files stay.",
  });
}
