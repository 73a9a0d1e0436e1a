import { renderWsSubmitAnswer } from "scarf-tomo/wire";
import { requireSession } from "../pac-operation.js";
import { submitForm } from "../submit-form.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `jobs/submit`, the body as in the legacy generation. */
export const submit = wsOperation({ audited: "submit", method: "POST" }, async (request, desk, audit) => {
  const { headers, ...user } = await requireSession(request, desk, audit);
  const jobId = await submitForm(user, request, desk, audit);
  return wsAnswer(request, (format) => renderWsSubmitAnswer(jobId, format), headers);
});
