import { ValueError } from "scarf-tomo";
import { parseJobIds, renderWsActionResults } from "scarf-tomo/wire";
import type { JobAction } from "../act-on-job.js";
import { actOnJobs, findFailure } from "../act-on-jobs.js";
import { errorHeaders } from "../pac-answer.js";
import { type PacOperation, readText, requireSession } from "../pac-operation.js";
import { parseForm } from "../split-target.js";
import { wsAnswer, wsOperation, wsStatusOf } from "./ws-operation.js";

/** `jobs/kill` and relatives, the form `ids=1,2`. Anything but success for every job is an error that tells each. */
export function jobAction(action: JobAction): PacOperation {
  return wsOperation({ audited: "job operation", method: "POST" }, async (request, desk, audit) => {
    const { session, headers } = await requireSession(request, desk, audit);
    const form = parseForm(await readText(request.body, desk.limits.requestBytes));
    const ids = parseJobIds(form.get("ids") ?? "");
    audit.subject = `${action} ${ids.join(" ")}`;
    // LSF's own commands take 0 for all jobs of the user.
    if (ids.length === 0 || ids.includes("0")) {
      const message = ids.length === 0 ? "The request names no job." : "0 is not the id of a job.";
      throw new ValueError("USAGE_INVALID", message, { hint: "Send ids=… with the ids of the jobs." });
    }
    const results = await actOnJobs(session, action, ids);
    const failure = findFailure(results);
    const told = results.map(({ jobId, message, error }) => ({ jobId, message, done: error === undefined }));
    if (failure === undefined) {
      return wsAnswer(request, (format) => renderWsActionResults(told, format), headers);
    }
    const { code, hint } = failure;
    const answer = wsAnswer(request, (format) => renderWsActionResults(told, format, { error: true }), {
      ...headers,
      ...errorHeaders(code, hint),
    });
    return { ...answer, status: wsStatusOf(code) };
  });
}
