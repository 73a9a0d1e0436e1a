import { SpecError } from "../../errors/index.js";

/** An option that can't be honoured is named and refused, never dropped. */
export function rejectedOption(option: string, expected?: string): SpecError {
  return new SpecError(
    "SPEC_REJECTED",
    `The scheduler option ${option} ${expected === undefined ? "is not known here" : `can't be read: ${expected}`}.`,
    {
      hint: "Take it out of the job's options (EXTRA_PARAMS), or write it in a form that is known here.",
      context: { option },
    },
  );
}
