import type { FieldType } from "../model/index.js";
import type { TemplateParameter } from "./application-template.js";

/** What a field demands of its value; fields of forms and of templates both say it so. */
interface ValueRules {
  readonly type: FieldType;
  readonly choices?: readonly string[] | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly pattern?: string | undefined;
  readonly expects?: string | undefined;
}

const yesWords = new Set(["y", "yes", "true", "on", "1"]);
const noWords = new Set(["n", "no", "false", "off", "0"]);

/** The default of a field as text, as forms show it. Empty = none. */
export function renderDefault(parameter: TemplateParameter): string {
  const value = parameter.default;
  if (typeof value === "boolean") return value ? "Y" : "N";
  return value === undefined ? "" : String(value);
}

/** Reads a flag; undefined when it is neither yes nor no. */
export function parseFlag(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (yesWords.has(word)) return true;
  return noWords.has(word) ? false : undefined;
}

/** What is wrong with a value that is not empty, as the end of a sentence that begins with the field; undefined = nothing. */
export function findValueProblem(parameter: ValueRules, value: string): string | undefined {
  if (value.includes("\0")) return "must not hold a NUL character";
  const text = value.trim();
  switch (parameter.type) {
    case "integer":
    case "number":
      return isWithin(parameter, text) ? undefined : `must be ${describeNumber(parameter)}`;
    case "choice": {
      const choices = parameter.choices ?? [];
      return choices.includes(text) ? undefined : `must be one of ${choices.join(", ")}`;
    }
    case "flag":
      return parseFlag(text) === undefined ? "must be Y or N" : undefined;
    case "path":
    case "file":
    case "program":
      return /[\r\n]/.test(value) ? "must be a path on one line" : findPatternProblem(parameter, text);
    default:
      return findPatternProblem(parameter, value);
  }
}

function isWithin({ type, min, max }: ValueRules, text: string): boolean {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return false;
  const value = Number(text);
  if (type === "integer" && !Number.isSafeInteger(value)) return false;
  return value >= (min ?? -Infinity) && value <= (max ?? Infinity);
}

function describeNumber({ type, min, max }: ValueRules): string {
  const kind = type === "integer" ? "a whole number" : "a number";
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind}, ${min} or more`;
  return max === undefined ? kind : `${kind}, ${max} or less`;
}

function findPatternProblem({ pattern, expects }: ValueRules, value: string): string | undefined {
  if (pattern === undefined || new RegExp(`^(?:${pattern})$`, "su").test(value)) return undefined;
  return `must be ${expects ?? `text of the form ${pattern}`}`;
}
