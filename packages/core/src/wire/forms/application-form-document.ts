import * as z from "zod/mini";
import { type ApplicationForm, fieldTypes } from "../../model/index.js";
import { WireFormatError } from "../wire-format-error.js";

const conditionSchema = z.object({ field: z.string(), is: z.optional(z.array(z.string())) });

const fieldSchema = z.object({
  id: z.string().check(z.minLength(1)),
  label: z.string(),
  type: z.enum(fieldTypes),
  documentation: z.string(),
  defaultValue: z.string(),
  mandatory: z.boolean(),
  hidden: z.boolean(),
  choices: z.optional(z.array(z.string())),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
  pattern: z.optional(z.string()),
  expects: z.optional(z.string()),
  several: z.boolean(),
  when: z.optional(z.array(conditionSchema)),
});

const formSchema = z.object({
  application: z.string(),
  label: z.string(),
  documentation: z.string(),
  fields: z.array(fieldSchema),
  complete: z.boolean(),
});

/** A whole form for our own client; PAC's `appParams` has words for four of its properties only. JSON. */
export function renderApplicationForm(form: ApplicationForm): string {
  return JSON.stringify(form);
}

/** @throws {WireFormatError} it is none; a pattern in it that is no regular expression counts, too. */
export function parseApplicationForm(text: string): ApplicationForm {
  try {
    const form = formSchema.parse(JSON.parse(text));
    for (const { pattern } of form.fields) if (pattern !== undefined) new RegExp(pattern, "su").test("");
    // JSON has no `undefined`: what is optional is either absent or there.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return form as ApplicationForm;
  } catch (cause) {
    throw new WireFormatError("malformed", "The answer is no form of an application.", cause);
  }
}
