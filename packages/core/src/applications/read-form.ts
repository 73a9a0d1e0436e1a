import { SpecError } from "../errors/index.js";
import type { ApplicationForm } from "../model/index.js";
import { fieldError } from "./field-error.js";
import { type FilledForm, fillForm, type FormProblem } from "./fill-form.js";

/**
 * Reads a filled-in form against the fields of its application.
 * @throws {SpecError} `SPEC_INVALID`: names every field that is wrong and says what it takes.
 */
export function readForm(form: ApplicationForm, given: Readonly<Record<string, string>>): FilledForm {
  const filled = fillForm(form, given);
  if (filled.problems.length > 0) throw formError(form.application, filled.problems);
  return filled;
}

/** A form of a thousand fields that nobody knows is one mistake, not a message of a hundred thousand characters. */
const mostShown = 20;

/** One error for all that is wrong with a form. */
export function formError(application: string, problems: readonly FormProblem[]): SpecError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined)
    return fieldError(application, first.field, first.message, first.hint);
  const shown = problems.slice(0, mostShown);
  const others = problems.length > mostShown ? [`and ${problems.length - mostShown} more`] : [];
  const list = [...shown.map(({ field, message }) => `${field} ${message}`), ...others].join("; ");
  const hints = new Set(shown.flatMap(({ hint }) => hint ?? []));
  return new SpecError(
    "SPEC_INVALID",
    `${problems.length} fields of application ${application} can't be as they are: ${list}.`,
    {
      hint: ["Correct the values; no job was submitted.", ...hints].join(" "),
      context: { application, fields: problems.map(({ field }) => `task.parameters.${field}`) },
    },
  );
}
