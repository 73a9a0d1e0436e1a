import type { core } from "zod/mini";
import { nearNames } from "../errors/near-names.js";
import { type ConfigurationProblem, renderTomlPath } from "./configuration-problem.js";
import { findSchema, knownKeys } from "./find-schema.js";
import { isRecord } from "./is-record.js";
import type { TomlPath } from "./toml-positions.js";

/** The message that an issue has when its schema brings none of its own; see `describeIssues`. */
export const noOwnMessage = "\0";

/**
 * What a schema found wrong, as sentences for the person who wrote the file. A message that the schema itself
 * brings says what was *expected*; the rest is worded here.
 */
export function describeIssues(
  issues: readonly core.$ZodIssue[],
  schema: core.$ZodType,
  value: unknown,
): readonly ConfigurationProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.filter((part): part is string | number => typeof part !== "symbol");
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: describeUnknownKey(key, path, schema, value),
      }));
    if (issue.code === "invalid_key")
      return [
        {
          path,
          message: `expected ${ownMessage(issue.issues[0]) ?? "another name"}, found ${quote(path.at(-1))}`,
        },
      ];
    const found = describeFound(valueAt(value, path));
    return [{ path, message: `expected ${renderName(path)}${describeExpected(issue)}, found ${found}` }];
  });
}

function describeExpected(issue: core.$ZodIssue): string {
  const own = ownMessage(issue);
  if (own !== undefined) return own;
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? issue.expected;
    case "invalid_value":
      return oneOf(issue.values.map(quote));
    case "invalid_union":
      if ("options" in issue && issue.options !== undefined) return oneOf(issue.options.map(quote));
      return oneOf(
        issue.errors.flatMap((errors) => errors.slice(0, 1).map((error) => describeExpected(error))),
      );
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${String(issue.minimum)}${countOf(issue.origin)}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${String(issue.maximum)}${countOf(issue.origin)}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "url" ? "a web address" : `text in the form ${issue.pattern ?? issue.format}`;
    default:
      return "something else";
  }
}

function describeUnknownKey(key: string, path: TomlPath, schema: core.$ZodType, value: unknown): string {
  if (/passw|secret|token$/i.test(key))
    return `expected no ${quote(key)} here: secrets are never kept in a configuration file; take it out`;
  const keys = knownKeys(findSchema(schema, path, value));
  const place = path.length === 0 ? "" : ` in ${renderTomlPath(path)}`;
  const [near] = nearNames(key, keys);
  if (near !== undefined)
    return `expected a known key${place}, found ${quote(key)}; did you mean ${quote(near)}?`;
  return `expected ${oneOf(keys)}${place}, found ${quote(key)}`;
}

/** What stands there, short. Never called for unknown keys, whose value may be a secret. */
function describeFound(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value instanceof Date) return `the date ${value.toISOString()}`;
  if (typeof value === "object" && value !== null) return "a table";
  return quote(value);
}

function valueAt(value: unknown, path: TomlPath): unknown {
  let at: unknown = value;
  for (const part of path) {
    if (!isRecord(at)) return undefined;
    at = Object.hasOwn(at, part) ? at[part] : undefined;
  }
  return at;
}

function ownMessage(issue: core.$ZodIssue | undefined): string | undefined {
  return issue === undefined || issue.message === noOwnMessage ? undefined : issue.message;
}

function renderName(path: TomlPath): string {
  return path.length === 0 ? "" : `${renderTomlPath(path)} to be `;
}

function quote(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

function oneOf(choices: readonly string[]): string {
  const distinct = [...new Set(choices)];
  const last = distinct.pop() ?? "nothing";
  return distinct.length === 0 ? last : `${distinct.join(", ")} or ${last}`;
}

function countOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set" ? " entries" : "";
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a table",
  record: "a table",
  date: "a date",
};
