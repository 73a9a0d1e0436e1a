import { ValueError } from "scarf-tomo";
import { renderWsApplicationFields } from "scarf-tomo/wire";
import { requireSession } from "../pac-operation.js";
import { parseQuery } from "../split-target.js";
import { applicationOf } from "../submit-form.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `applications/appParams?name=generic`: the fields of its form. */
export const applicationForm = wsOperation({}, async (request, desk, audit) => {
  const { headers } = await requireSession(request, desk, audit);
  const name = applicationOf(parseQuery(request.query).get("name") ?? "");
  if (name === "") {
    throw new ValueError("PROPERTY_MISSING", "The request does not say which application.", {
      hint: `Send name=… with one of ${desk.applications.names().join(", ")}.`,
    });
  }
  const { fields } = desk.applications.form(name);
  return wsAnswer(request, (format) => renderWsApplicationFields(fields, format), headers);
});
