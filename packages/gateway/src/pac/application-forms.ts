import { renderApplicationFields, renderApplications } from "scarf-tomo/wire";
import { xmlError } from "./error-form.js";
import { rawXmlAnswer } from "./pac-answer.js";
import { type PacOperation, readText, requireSession } from "./pac-operation.js";
import { applicationOf } from "./submit-form.js";

/** `appStatus`: the applications there are. */
export const appStatus: PacOperation = {
  errorForm: xmlError("AppInfos"),
  async run(request, desk, audit) {
    const { headers } = await requireSession(request, desk, audit);
    const published = desk.applications.names().map((name) => ({ name, status: "Published" }));
    return rawXmlAnswer(renderApplications(published), headers);
  },
};

/** `appParams`, the name of the application as body: the fields of its form. Every child has text, else pac crashes. */
export const appParams: PacOperation = {
  errorForm: xmlError("AppParams"),
  async run(request, desk, audit) {
    const { headers } = await requireSession(request, desk, audit);
    const asked = (await readText(request.body, desk.limits.requestBytes)).trim();
    const { fields } = desk.applications.form(applicationOf(asked));
    return rawXmlAnswer(renderApplicationFields(fields), headers);
  },
};
