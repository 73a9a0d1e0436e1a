import { renderWsApplicationFields } from "scarf-tomo/wire";
import { requireSession } from "../pac-operation.js";
import { nameOf } from "./application-list.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `applications/appParams?name=generic`: the fields of its form. */
export const applicationForm = wsOperation({}, async (request, desk, audit) => {
  const { headers } = await requireSession(request, desk, audit);
  const { fields } = desk.applications.form(nameOf(request, desk));
  return wsAnswer(request, (format) => renderWsApplicationFields(fields, format), headers);
});
