import type { ApplicationForm, FieldCondition, FormField } from "../model/index.js";
import { nearNames } from "../errors/near-names.js";
import { showValue } from "./field-error.js";
import { findValueProblem, parseFlag } from "./parameter-values.js";

/** What is wrong with one field of a filled-in form. */
export interface FormProblem {
  readonly field: string;
  /** The end of a sentence that begins with the field. */
  readonly message: string;
  /** What to do, where it is more than to correct the value. */
  readonly hint?: string;
}

/** A form with its defaults filled in. Only fields that apply and have a value are in it. */
export interface FilledForm {
  readonly values: ReadonlyMap<string, string>;
  /** Values of `0INPUT_FILE`, `1INPUT_FILE` …: more files for a file field, as IBM's lsf_faas sends them. */
  readonly furtherFiles: readonly string[];
  /** All that is wrong, in the order of the form; unknown fields first. Values of these fields are not in `values`. */
  readonly problems: readonly FormProblem[];
}

/** Fills in defaults and checks every value against its field. Pure; throws nothing: a wrong form is a result. */
export function fillForm(form: ApplicationForm, given: Readonly<Record<string, string>>): FilledForm {
  const byId = new Map(form.fields.map((field) => [field.id, field]));
  const problems: FormProblem[] = [];
  const furtherFiles: string[] = [];
  for (const [id, value] of Object.entries(given)) {
    if (byId.has(id)) continue;
    if (byId.get(/^\d+(.+)$/.exec(id)?.[1] ?? "")?.type === "file") {
      if (value.trim() !== "") furtherFiles.push(value);
    } else if (form.complete) problems.push(describeUnknown(id, [...byId.keys()]));
  }
  const conditions = new Conditions(byId, given);
  const values = new Map<string, string>();
  for (const field of form.fields) {
    const own = givenValue(field, given);
    const failing = conditions.failing(field);
    if (failing !== undefined) {
      if (own !== "") problems.push({ field: field.id, message: describeFailing(failing) });
      continue;
    }
    const value = own === "" ? field.defaultValue : own;
    const message =
      value === ""
        ? field.mandatory && `(${field.label}) must be given`
        : showProblem(findValueProblem(field, value), value);
    if (message) problems.push({ field: field.id, message });
    else if (value !== "")
      values.set(field.id, field.type === "text" || field.type === "arguments" ? value : value.trim());
  }
  return { values, furtherFiles, problems };
}

/** Whether fields apply, told from what is given and the defaults. A field that does not apply has no value for others. */
class Conditions {
  readonly #byId: ReadonlyMap<string, FormField>;
  readonly #given: Readonly<Record<string, string>>;
  readonly #failing = new Map<string, FieldCondition | undefined>();

  constructor(byId: ReadonlyMap<string, FormField>, given: Readonly<Record<string, string>>) {
    this.#byId = byId;
    this.#given = given;
  }

  /** The first condition of a field that does not hold. */
  failing(field: FormField): FieldCondition | undefined {
    if (this.#failing.has(field.id)) return this.#failing.get(field.id);
    // Templates with circles are refused when they are read; a form that a server tells must not hang us.
    this.#failing.set(field.id, undefined);
    const failing = field.when?.find((condition) => !this.#holds(condition));
    this.#failing.set(field.id, failing);
    return failing;
  }

  #holds({ field: id, is }: FieldCondition): boolean {
    const field = this.#byId.get(id);
    if (field === undefined || this.failing(field) !== undefined) return false;
    const value = (givenValue(field, this.#given) || field.defaultValue).trim();
    if (field.type === "flag") {
      const flag = parseFlag(value) === true;
      return is === undefined ? flag : is.some((word) => (parseFlag(word) === true) === flag);
    }
    return is === undefined ? value !== "" : is.includes(value);
  }
}

/** Blanks count as nothing. */
function givenValue({ id }: FormField, given: Readonly<Record<string, string>>): string {
  const value = Object.hasOwn(given, id) ? (given[id] ?? "") : "";
  return value.trim() === "" ? "" : value;
}

function showProblem(problem: string | undefined, value: string): string | undefined {
  return problem === undefined ? undefined : `${problem}, not ${showValue(value)}`;
}

/** A condition in words: `only when TYPE is uint16`. */
function describeFailing({ field, is }: FieldCondition): string {
  const wanted = is === undefined ? "is given" : `is ${is.join(" or ")}`;
  return `applies only when ${field} ${wanted}`;
}

function describeUnknown(field: string, known: readonly string[]): FormProblem {
  const near = nearNames(field, known);
  const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `Its fields are ${known.join(", ")}.`;
  return { field, message: "is not one of its fields", hint };
}
