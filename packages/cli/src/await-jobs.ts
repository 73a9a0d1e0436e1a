import type { JobId, JobStatus, Session } from "scarf-tomo";
import type { CommandContext } from "./command-context.js";
import { renderDuration } from "./format/render-quantity.js";
import { readLastLines } from "./read-last-lines.js";
import { makePictureTeller } from "./tell-of-picture.js";
import { renderStatus, toJobDocument } from "./render-status.js";

interface AwaitOptions {
  /** Give up waiting, not the jobs, after so long. */
  readonly timeoutSeconds?: number | undefined;
  /** Called at every change, in the order seen. */
  readonly onChange?: ((jobId: JobId, status: JobStatus) => void) | undefined;
  /** False: the caller prints the result itself. */
  readonly printResult?: boolean;
  /** Further fields of the document. */
  readonly more?: object;
}

interface Ending {
  readonly jobId: JobId;
  readonly status: JobStatus | undefined;
  readonly ended: "finished" | "lost" | "timeout";
}

/**
 * Waits until all jobs have ended, prints how, and throws unless every one of them succeeded: an exit code of 0 is a
 * promise. Under a job that did not succeed stand the last lines of its output and of its standard error.
 * @throws {SchedulerError} `JOB_NOT_SUCCEEDED`.
 */
export async function awaitJobs(
  context: CommandContext,
  session: Session,
  jobIds: readonly JobId[],
  { timeoutSeconds, onChange, printResult = true, more = {} }: AwaitOptions,
): Promise<void> {
  const { SchedulerError } = await import("scarf-tomo");
  await checkThatAllExist(context, session, jobIds);
  const endings = await waitForAll(context, session, [...new Set(jobIds)], { timeoutSeconds, onChange });
  context.interrupts.advise(undefined);
  const jobs = await Promise.all(endings.map((ending) => describeEnding(context, session, ending)));
  if (printResult)
    await context.output.result({ ...more, jobs: jobs.map(({ document }) => document) }, () =>
      jobs.map(({ text }) => text).join("\n"),
    );
  const bad = endings.filter(({ status }) => status?.phase !== "finished" || status.outcome !== "succeeded");
  const [first] = bad;
  if (!first) return;
  const names = bad.length === 1 ? `Job ${first.jobId}` : `${bad.length} of ${endings.length} jobs`;
  throw new SchedulerError(
    "JOB_NOT_SUCCEEDED",
    `${names} ${describeFailure(first, bad.length, timeoutSeconds)}.`,
    {
      hint: getHint(first, context.hintOptions(session)),
      context: { jobIds: bad.map(({ jobId }) => jobId) },
    },
  );
}

async function waitForAll(
  context: CommandContext,
  session: Session,
  jobIds: readonly JobId[],
  { timeoutSeconds, onChange }: Pick<AwaitOptions, "timeoutSeconds" | "onChange">,
): Promise<Ending[]> {
  const { waitForJob } = await import("scarf-tomo");
  const tellOfPicture = makePictureTeller(context);
  const goingOn = describeGoingOn(jobIds, context.hintOptions(session));
  context.interrupts.advise(goingOn);
  const line = showWaiting(context, jobIds);
  const waitForOne = async (jobId: JobId): Promise<Ending> => {
    const { ended, status } = await waitForJob(session, jobId, {
      signal: context.signal,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      onEvent: tellOfPicture,
      onChange: (changed) => {
        line.changed(jobId, changed);
        onChange?.(jobId, changed);
      },
    });
    line.ended(jobId);
    return { jobId, status, ended };
  };
  try {
    return await Promise.all(jobIds.map(waitForOne));
  } catch (error) {
    // E.g. the session has expired: the waiting has ended, the jobs have not.
    if (!context.signal.aborted) context.output.note(goingOn);
    throw error;
  } finally {
    line.close();
  }
}

/** A mistyped id is told at once, and not after the time in which a job may be out of sight. */
async function checkThatAllExist(
  context: CommandContext,
  session: Session,
  jobIds: readonly JobId[],
): Promise<void> {
  const { signal } = context;
  for (const [jobId, status] of await session.status(jobIds, { signal })) {
    if (status.phase === "unknown" && status.why === "not-listed") await session.job(jobId, { signal });
  }
}

function describeFailure(
  { ended, status }: Ending,
  count: number,
  timeoutSeconds: number | undefined,
): string {
  if (count > 1) return "did not succeed, or are not known to have";
  if (ended === "timeout")
    return `had not ended after ${renderDuration(timeoutSeconds ?? 0)}${status ? ` (${status.phase})` : ""}`;
  if (ended === "lost" || !status) return "is lost from sight: how it ended is not known";
  return `did not succeed: ${renderStatus(status)}`;
}

function getHint({ jobId, ended }: Ending, target: string): string {
  if (ended === "timeout") return `It goes on. Wait again with: scarf wait ${jobId} ${target}`;
  return `See all it wrote: scarf logs ${jobId} ${target}`;
}

async function describeEnding(
  context: CommandContext,
  session: Session,
  { jobId, status, ended }: Ending,
): Promise<{ document: object; text: string }> {
  const job = await session.job(jobId, { signal: context.signal }).catch(() => undefined);
  const known = status ?? job?.status;
  const succeeded = known?.phase === "finished" && known.outcome === "succeeded";
  const lastLines =
    succeeded || ended === "timeout" ? [] : await readLastLines(session, jobId, context.signal);
  const base = job && known ? toJobDocument({ ...job, status: known }) : { id: jobId, ...known };
  return {
    document: { ...base, ended, ...(lastLines.length > 0 && { lastLines }) },
    text: [
      `${jobId} ${known ? renderStatus(known) : "unknown"}`,
      ...lastLines.map((text) => `  | ${text}`),
    ].join("\n"),
  };
}

function describeGoingOn(jobIds: readonly JobId[], target: string): string {
  const list = jobIds.join(" ");
  const subject = jobIds.length === 1 ? `Job ${list} goes on` : `The jobs ${list} go on`;
  return `${subject}. Take up waiting with: scarf wait ${list} ${target}`;
}

/** A line that shows what is being waited for, with a clock that moves. */
function showWaiting(context: CommandContext, jobIds: readonly JobId[]) {
  const waiting = new Map<JobId, JobStatus | undefined>(jobIds.map((jobId) => [jobId, undefined]));
  const startedAt = performance.now();
  const show = () => {
    if (context.output.quiet || waiting.size === 0) return;
    const [first] = waiting;
    const time = renderDuration(Math.floor((performance.now() - startedAt) / 1000));
    const what =
      waiting.size === 1 && first
        ? `Job ${first[0]}: ${first[1] ? renderStatus(first[1]) : "asking"}`
        : `${waiting.size} jobs not ended`;
    context.output.statusLine.show(`${what}  ${time}`);
  };
  const timer = setInterval(show, 1000);
  show();
  return {
    changed: (jobId: JobId, status: JobStatus) => {
      waiting.set(jobId, status);
      show();
    },
    ended: (jobId: JobId) => waiting.delete(jobId),
    close: () => {
      clearInterval(timer);
      context.output.statusLine.clear();
    },
  };
}
