import type { ApplicationTask } from "../model/index.js";
import type { TemplateParameter } from "./application-template.js";
import { fieldError, showValue } from "./field-error.js";
import { nearNames } from "../errors/near-names.js";
import { findValueProblem, renderDefault } from "./parameter-values.js";

/** A form with its defaults filled in and every value checked. Only fields that have a value are in it. */
export interface FilledForm {
  readonly values: ReadonlyMap<string, string>;
  /** Values of `0INPUT_FILE`, `1INPUT_FILE` …: more files for a file field, as IBM's lsf_faas sends them. */
  readonly furtherFiles: readonly string[];
}

/**
 * Reads a filled-in form against the fields of its application.
 * @throws {SpecError} `SPEC_INVALID`: names the field and says what it takes.
 */
export function readForm(task: ApplicationTask, parameters: readonly TemplateParameter[]): FilledForm {
  const known = new Map(parameters.map((parameter) => [parameter.id, parameter]));
  const furtherFiles: string[] = [];
  for (const [id, value] of Object.entries(task.parameters)) {
    if (known.has(id)) continue;
    const numbered = known.get(/^\d+(.+)$/.exec(id)?.[1] ?? "");
    if (numbered?.type !== "file") throw unknownField(task.application, id, [...known.keys()]);
    if (value.trim() !== "") furtherFiles.push(value);
  }
  const values = new Map<string, string>();
  for (const parameter of parameters) {
    const given = Object.hasOwn(task.parameters, parameter.id) ? (task.parameters[parameter.id] ?? "") : "";
    const value = given.trim() === "" ? renderDefault(parameter) : given;
    if (value === "") {
      if (parameter.mandatory === true)
        throw fieldError(task.application, parameter.id, `(${parameter.label}) must be given`);
      continue;
    }
    const problem = findValueProblem(parameter, value);
    if (problem !== undefined)
      throw fieldError(task.application, parameter.id, `${problem}, not ${showValue(value)}`);
    values.set(
      parameter.id,
      parameter.type === "text" || parameter.type === "arguments" ? value : value.trim(),
    );
  }
  return { values, furtherFiles };
}

function unknownField(application: string, id: string, known: readonly string[]): Error {
  const near = nearNames(id, known);
  return fieldError(
    application,
    id,
    "is not one of its fields",
    near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `Its fields are ${known.join(", ")}.`,
  );
}
