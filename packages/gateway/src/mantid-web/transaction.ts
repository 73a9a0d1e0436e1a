import { setTimeout as sleep } from "node:timers/promises";
import {
  isScarfError,
  type JobId,
  NotSupportedError,
  SchedulerError,
  type Session,
  ValueError,
} from "scarf-tomo";
import { renderTransactionAnswer } from "scarf-tomo/wire";
import { jsonAnswer } from "./answers.js";
import { type MantidOperation, requireMantidUser } from "./mantid-request.js";
import { getParameter, requireParameter } from "./read-query.js";
import { removeDirectory } from "./transaction-directory.js";

/** Jobs that are being cancelled go on writing for a moment; a client waits no longer for its answer. */
const endingSeconds = 15;

/** `transaction?Action=Start` and `…Stop`. A stop cancels the jobs that go on and removes the files, as the interface says. */
export const transaction: MantidOperation = {
  method: "GET",
  audited: "transaction",
  async run(request, desk, audit) {
    const { session, owner } = await requireMantidUser(request, desk, audit);
    const { transactions } = desk;
    const action = getParameter(request.query, "Action");
    if (action === "Start") {
      requireDirectories(session);
      const id = transactions.start(owner);
      audit.subject = `Start ${id}`;
      return jsonAnswer(renderTransactionAnswer(id));
    }
    if (action !== "Stop") {
      throw new ValueError("PROPERTY_INVALID", "The parameter Action must be Start or Stop.", {
        hint: "Values are case-sensitive.",
      });
    }
    const id = requireParameter(request.query, "TransID");
    audit.subject = `Stop ${id}`;
    await endJobs(session, transactions.beginStop(owner, id));
    await removeDirectory(session, id);
    transactions.finishStop(id);
    return jsonAnswer("{}");
  },
};

function requireDirectories({ capabilities, resource }: Session): void {
  if (capabilities.fileBrowsing) return;
  throw new NotSupportedError(
    "NOT_SUPPORTED",
    `${resource.id} can't keep the files of a transaction: its directories can't be reached from here.`,
    { hint: "Use the other web service of this gateway for it." },
  );
}

/** Files must not vanish under a job that still writes. @throws {SchedulerError} `SCHEDULER_UNAVAILABLE`: some go on. */
async function endJobs(session: Session, ids: readonly JobId[]): Promise<void> {
  const ended = async (): Promise<readonly JobId[]> => {
    const states = await session.status(ids);
    return ids.filter((id) => {
      const phase = states.get(id)?.phase;
      return phase !== "finished" && phase !== "unknown";
    });
  };
  if (ids.length === 0) return;
  let active = await ended();
  for (const id of active) await cancel(session, id);
  const end = performance.now() + endingSeconds * 1000;
  while (active.length > 0 && performance.now() < end) {
    await sleep(100);
    active = await ended();
  }
  if (active.length === 0) return;
  throw new SchedulerError(
    "SCHEDULER_UNAVAILABLE",
    `Jobs of the transaction are still ending: ${active.join(", ")}.`,
    {
      hint: "Stop the transaction again in a minute. Until then its files stay.",
    },
  );
}

async function cancel(session: Session, id: JobId): Promise<void> {
  try {
    await session.cancel(id);
  } catch (error) {
    if (!isScarfError(error) || error.code !== "JOB_NOT_FOUND") throw error;
  }
}
