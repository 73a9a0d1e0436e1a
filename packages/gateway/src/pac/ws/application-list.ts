import { renderFormSchema, ValueError } from "scarf-tomo";
import { renderApplicationForm, renderWsApplications } from "scarf-tomo/wire";
import { type PacDesk, requireSession } from "../pac-operation.js";
import type { PacRequest } from "../pac-request.js";
import { parseQuery } from "../split-target.js";
import { applicationOf } from "../submit-form.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `applications`: those there are. */
export const applicationList = wsOperation({}, async (request, desk, audit) => {
  const { headers } = await requireSession(request, desk, audit);
  const published = desk.applications.names().map((name) => ({ name, status: "Published" }));
  return wsAnswer(request, (format) => renderWsApplications(published, format), headers);
});

/** `applications/form?name=recon`, ours: all that there is to know of a form, for our own client. */
export const wholeForm = wsOperation({}, async (request, desk, audit) => {
  const { headers } = await requireSession(request, desk, audit);
  const form = desk.applications.form(nameOf(request, desk));
  return { status: 200, contentType: "application/json", headers, body: renderApplicationForm(form) };
});

/** `applications/schema?name=recon`, ours: the form as JSON Schema, for programs of others. */
export const formSchema = wsOperation({}, async (request, desk, audit) => {
  const { headers } = await requireSession(request, desk, audit);
  const schema = renderFormSchema(desk.applications.form(nameOf(request, desk)));
  return { status: 200, contentType: "application/schema+json", headers, body: JSON.stringify(schema) };
});

/** The application that the query names. @throws {ValueError} `PROPERTY_MISSING` */
export function nameOf(request: PacRequest, desk: PacDesk): string {
  const name = applicationOf(parseQuery(request.query).get("name") ?? "");
  if (name !== "") return name;
  throw new ValueError("PROPERTY_MISSING", "The request does not say which application.", {
    hint: `Send name=… with one of ${desk.applications.names().join(", ")}.`,
  });
}
