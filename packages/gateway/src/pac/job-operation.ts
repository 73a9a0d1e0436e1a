import { ValueError } from "scarf-tomo";
import { renderActionAnswer } from "scarf-tomo/wire";
import { actOnJob, type JobAction, jobActions } from "./act-on-job.js";
import { xmlError } from "./error-form.js";
import { rawXmlAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";

/** `jobOperation/{action}/{jobId}` */
export const jobOperation: PacOperation = {
  audited: "job operation",
  errorForm: xmlError("Job", "<id>0</id>"),
  async run(request, desk, audit) {
    const { session, headers } = await requireSession(request, desk, audit);
    const [word = "", id = ""] = request.rest;
    audit.subject = `${word} ${id}`;
    const action = findAction(word);
    if (id === "") {
      throw new ValueError("USAGE_INVALID", "The request names no job.", { hint: "Give the id of a job." });
    }
    const message = await actOnJob(session, action, id);
    return rawXmlAnswer(renderActionAnswer({ message }, id), headers);
  },
};

function findAction(word: string): JobAction {
  const action = jobActions.find((candidate) => candidate === word.toLowerCase());
  if (action !== undefined) return action;
  throw new ValueError("USAGE_INVALID", `There is no operation ${JSON.stringify(word)} on jobs.`, {
    hint: `Use one of ${jobActions.join(", ")}.`,
  });
}
