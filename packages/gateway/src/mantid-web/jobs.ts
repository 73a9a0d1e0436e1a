import type { Job } from "scarf-tomo";
import { type MantidJob, renderMantidJobs } from "scarf-tomo/wire";
import type { TransactionJob } from "../state/mantid-transactions.js";
import { jsonAnswer } from "./answers.js";
import { type MantidOperation, requireMantidUser } from "./mantid-request.js";
import { getParameter, requireParameter } from "./read-query.js";

/** `query`: one job, or all of this user, those that came another way included. */
export const query: MantidOperation = {
  method: "GET",
  async run(request, desk, audit) {
    const { session, owner } = await requireMantidUser(request, desk, audit);
    const id = getParameter(request.query, "JobID");
    if (id !== undefined) {
      const job = await session.job(id);
      return jsonAnswer(renderMantidJobs([toMantidJob(job, desk.transactions.jobOf(owner, id))]));
    }
    const jobs = await session.list();
    const ours = desk.transactions.jobsOf(owner);
    return jsonAnswer(renderMantidJobs(jobs.map((job) => toMantidJob(job, ours.get(job.id)))));
  },
};

/** `abort`: a job that has ended is no error. */
export const abort: MantidOperation = {
  method: "GET",
  audited: "cancel",
  async run(request, desk, audit) {
    const { session } = await requireMantidUser(request, desk, audit);
    const id = requireParameter(request.query, "JobID");
    audit.subject = id;
    await session.cancel(id);
    return jsonAnswer("{}");
  },
};

function toMantidJob(job: Job, ours: TransactionJob | undefined): MantidJob {
  return { job, transactionId: ours?.transactionId ?? "", scriptName: ours?.scriptName ?? "" };
}
