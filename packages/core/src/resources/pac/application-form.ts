import type { ApplicationForm } from "../../model/index.js";
import { type ApplicationField, parseApplicationForm } from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import type { PacService } from "./pac-service.js";

/** The whole form, which only our gateway can tell. */
export async function fetchApplicationForm(
  service: PacService,
  application: string,
  { signal }: CallOptions,
): Promise<ApplicationForm> {
  return service.xml(
    {
      path: `ws/applications/form?name=${encodeURIComponent(application)}`,
      accept: "application/json",
      repeatable: true,
      signal,
      doing: `tell the form of ${application}`,
    },
    parseApplicationForm,
  );
}

/** What `appParams` tells: no types, and maybe not all that a submit takes. */
export function poorForm(application: string, fields: readonly ApplicationField[]): ApplicationForm {
  return {
    application,
    label: application,
    documentation: "",
    complete: false,
    fields: fields.map(({ id, label, mandatory, defaultValue = "" }) => ({
      id,
      label,
      type: "text",
      documentation: "",
      defaultValue,
      mandatory,
      hidden: false,
      several: false,
    })),
  };
}
