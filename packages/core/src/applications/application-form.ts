import type { ApplicationTemplate, ParameterType, TemplateParameter } from "./application-template.js";
import { allParameters } from "./check-template.js";
import { renderDefault } from "./parameter-values.js";

/** One field of an application's form, for whoever shows it: a dialog, a web page, PAC's `appParams`. */
export interface FormField {
  readonly id: string;
  readonly label: string;
  readonly type: ParameterType;
  readonly documentation: string;
  /** Empty = none. */
  readonly defaultValue: string;
  readonly mandatory: boolean;
  /** Accepted, but not worth a place in a dialog. */
  readonly hidden: boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly expects?: string;
  /** Takes several files. */
  readonly several: boolean;
}

/** What a person fills in to run an application: its fields, in their order. */
export interface ApplicationForm {
  readonly application: string;
  readonly label: string;
  readonly documentation: string;
  readonly fields: readonly FormField[];
}

/** Describes the form of an application: its own fields first, then those that every application has. */
export function describeForm(template: ApplicationTemplate): ApplicationForm {
  return {
    application: template.name,
    label: template.label,
    documentation: template.documentation ?? "",
    fields: allParameters(template).map(describeField),
  };
}

function describeField(parameter: TemplateParameter): FormField {
  const { choices, min, max, pattern, expects } = parameter;
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
  };
}
