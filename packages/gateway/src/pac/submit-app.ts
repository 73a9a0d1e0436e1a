import { renderSubmitAnswer } from "scarf-tomo/wire";
import { xmlError } from "./error-form.js";
import { rawXmlAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import { submitForm } from "./submit-form.js";

/** `submitapp`: once for each submit key; a client that sends none gets a job for every request. */
export const submitApp: PacOperation = {
  audited: "submit",
  errorForm: xmlError("Job", "<id>0</id>"),
  async run(request, desk, audit) {
    const { headers, ...user } = await requireSession(request, desk, audit);
    const jobId = await submitForm(user, request, desk, audit);
    return rawXmlAnswer(renderSubmitAnswer({ jobId }), headers);
  },
};
