import type { FieldCondition } from "../model/index.js";
import type { TemplateParameter } from "./application-template.js";

/** A file may write one condition, and one value, without the list around it. */
export function readConditions({ when = [] }: TemplateParameter): readonly FieldCondition[] {
  return (Array.isArray(when) ? when : [when]).map(({ field, is }) =>
    is === undefined ? { field } : { field, is: typeof is === "string" ? [is] : is },
  );
}
