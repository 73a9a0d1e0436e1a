import { SpecError } from "../errors/index.js";

/** A value of a form that cannot be: says which field of which application, what it must be, and what it is. */
export function fieldError(application: string, field: string, problem: string, hint?: string): SpecError {
  return new SpecError("SPEC_INVALID", `${field} of application ${application} ${problem}.`, {
    hint: hint ?? "Correct the value; no job was submitted.",
    context: { application, field: `task.parameters.${field}` },
  });
}

/** A value as a message shows it: quoted, and cut where it is long. */
export function showValue(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
}
