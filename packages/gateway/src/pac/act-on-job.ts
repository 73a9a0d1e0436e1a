import { type JobId, type JobPhase, isScarfError, SchedulerError, type Session } from "scarf-tomo";

/** What the legacy service can do to a job. */
export const jobActions = ["kill", "suspend", "resume", "requeue"] as const;
export type JobAction = (typeof jobActions)[number];

const participles: Readonly<Record<JobAction, string>> = {
  kill: "terminated",
  suspend: "stopped",
  resume: "resumed",
  requeue: "requeued",
};

/**
 * Does it and answers LSF's sentence, e.g. `Job <417666> is being terminated`. LSF suspends waiting and running jobs by the
 * same command; here the job's phase tells whether it is held or suspended.
 * @throws {SchedulerError} `JOB_NOT_FOUND`, `OPERATION_REFUSED`
 */
export async function actOnJob(session: Session, action: JobAction, id: JobId): Promise<string> {
  const { status } = await session.job(id);
  // LSF requeues finished jobs too; the resource says whether it can.
  if (status.phase === "finished" && action !== "requeue") throw alreadyFinished(id);
  try {
    await act(session, action, id, status.phase);
  } catch (error) {
    // It may have started, ended or been released since we looked: look again, once.
    if (!isScarfError(error) || error.code !== "OPERATION_REFUSED") throw error;
    const now = (await session.job(id)).status.phase;
    if (now === status.phase) throw error;
    if (now === "finished" && action !== "requeue") throw alreadyFinished(id);
    await act(session, action, id, now);
  }
  return `Job <${id}> is being ${participles[action]}`;
}

async function act(session: Session, action: JobAction, id: JobId, phase: JobPhase): Promise<void> {
  switch (action) {
    case "kill":
      if ((await session.cancel(id)) === "already-finished") throw alreadyFinished(id);
      return;
    case "suspend":
      return phase === "queued" || phase === "held" ? session.hold(id) : session.suspend(id);
    case "resume":
      return phase === "held" ? session.release(id) : session.resume(id);
    case "requeue":
      return session.requeue(id);
  }
}

/** Word for word what a real server said. */
function alreadyFinished(id: JobId): SchedulerError {
  return new SchedulerError("OPERATION_REFUSED", `Job <${id}>: Job has already finished`, {
    hint: "There is nothing left to do; its files are still there.",
    context: { jobId: id },
  });
}
