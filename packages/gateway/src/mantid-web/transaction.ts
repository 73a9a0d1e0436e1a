import { NotSupportedError, type Session, ValueError } from "scarf-tomo";
import { renderTransactionAnswer } from "scarf-tomo/wire";
import { jsonAnswer } from "./answers.js";
import { endJobs } from "./end-jobs.js";
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
    await endJobs(session, transactions.beginStop(owner, id), endingSeconds);
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
