import type { ApplicationForm, FormField } from "../model/index.js";
import type { ApplicationTemplate, TemplateParameter } from "./application-template.js";
import { allParameters } from "./check-template.js";
import { readConditions } from "./read-conditions.js";
import { renderDefault } from "./parameter-values.js";

/** Describes the form of an application: its own fields first, then those that every application has. */
export function describeForm(template: ApplicationTemplate): ApplicationForm {
  return {
    application: template.name,
    label: template.label,
    documentation: template.documentation ?? "",
    fields: allParameters(template).map(describeField),
    complete: true,
  };
}

function describeField(parameter: TemplateParameter): FormField {
  const { choices, min, max, pattern, expects } = parameter;
  const when = readConditions(parameter);
  return {
    id: parameter.id,
    label: parameter.label,
    type: parameter.type,
    documentation: parameter.documentation ?? "",
    defaultValue: renderDefault(parameter),
    mandatory: parameter.mandatory ?? false,
    hidden: parameter.hidden ?? false,
    several: parameter.several ?? false,
    ...(choices !== undefined && { choices }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
    ...(expects !== undefined && { expects }),
    ...(when.length > 0 && { when }),
  };
}
