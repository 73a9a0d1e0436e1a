import type { ApplicationTemplate, TemplateArgument, TemplateParameter } from "./application-template.js";
import { findValueProblem, parseFlag, renderDefault } from "./parameter-values.js";
import { readConditions } from "./read-conditions.js";
import { isShellScript, type PlaceholderStyle, placeholdersIn } from "./placeholders.js";
import { standardParameters } from "./standard-parameters.js";

/** A mistake in a template that the shape of the file alone does not show. */
export interface TemplateProblem {
  /** Where in the file: keys and indices from the top. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Types whose values hold no character that a shell or another interpreter would act on, and the one that is meant to. */
const rawTypes = new Set(["integer", "number", "choice", "flag", "arguments"]);

/** The fields of an application, the standard ones included; the template's own come first and replace standard ones. */
export function allParameters({ parameters: own = [] }: ApplicationTemplate): readonly TemplateParameter[] {
  const ownIds = new Set(own.map(({ id }) => id));
  return [...own.map(withTarget), ...standardParameters.filter(({ id }) => !ownIds.has(id))];
}

/** A template that gives `QUEUE` a default need not say again what `QUEUE` sets. */
function withTarget(parameter: TemplateParameter): TemplateParameter {
  const sets = parameter.sets ?? standardParameters.find(({ id }) => id === parameter.id)?.sets;
  return sets === undefined ? parameter : { ...parameter, sets };
}

export function findTemplateProblems(template: ApplicationTemplate): readonly TemplateProblem[] {
  return [
    ...taskProblems(template),
    ...(template.parameters ?? []).flatMap(parameterProblems),
    ...twins(template),
    ...conditionProblems(template),
  ];
}

function taskProblems(template: ApplicationTemplate): readonly TemplateProblem[] {
  const kinds = (["shell", "command", "script"] as const).filter((kind) => template[kind] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? "none" : kinds.join(" and ");
    return [
      {
        path: [kinds[1] ?? "name"],
        message: `exactly one of shell, command, script is needed, not ${found}`,
      },
    ];
  }
  const { shell = "", command = [], script = "" } = template;
  const byId = new Map(allParameters(template).map((parameter) => [parameter.id, parameter]));
  return [
    ...placeholderProblems(byId, ["shell"], shell, "shell"),
    ...command.flatMap((argument, index) => argumentProblems(byId, ["command", index], argument)),
    ...placeholderProblems(byId, ["script"], script, isShellScript(script) ? "shell" : "script"),
  ];
}

type ParametersById = ReadonlyMap<string, TemplateParameter>;

function argumentProblems(
  byId: ParametersById,
  path: readonly (string | number)[],
  argument: TemplateArgument,
): readonly TemplateProblem[] {
  if (typeof argument === "string") return placeholderProblems(byId, path, argument, "command");
  const inner = argument.arguments.flatMap((text) =>
    placeholderProblems(byId, [...path, "arguments"], text, "command"),
  );
  if (byId.has(argument.when)) return inner;
  return [{ path: [...path, "when"], message: `no parameter is called ${argument.when}` }, ...inner];
}

function placeholderProblems(
  byId: ParametersById,
  path: readonly (string | number)[],
  text: string,
  place: "shell" | "command" | "script",
): readonly TemplateProblem[] {
  return placeholdersIn(text).flatMap(({ id, style }) => {
    const message = placeholderProblem(byId.get(id), id, style, place);
    return message === undefined ? [] : [{ path, message }];
  });
}

function placeholderProblem(
  parameter: TemplateParameter | undefined,
  id: string,
  style: PlaceholderStyle,
  place: "shell" | "command" | "script",
): string | undefined {
  if (parameter === undefined) return `{{${id}}} stands for no parameter of this application`;
  const { type } = parameter;
  if (parameter.several === true)
    return `{{${id}}} can hold several files, so it cannot stand in the command`;
  if (place !== "shell" && (type === "arguments" || type === "program"))
    return `{{${id}}} is a piece of shell line (${type}), so it can stand only in shell or in a shell script`;
  if (style === "raw" && !rawTypes.has(type))
    return `{{${id}:raw}}: a ${type} may hold any character, so it cannot stand unquoted`;
  if (place === "script" && style === "plain" && !rawTypes.has(type))
    return `{{${id}}}: this script is not for a shell, so write {{${id}:json}}, a literal of most languages`;
  return undefined;
}

function parameterProblems(parameter: TemplateParameter, index: number): readonly TemplateProblem[] {
  const at = (key: string, message: string): TemplateProblem => ({
    path: ["parameters", index, key],
    message,
  });
  const { type } = parameter;
  const problems: TemplateProblem[] = [];
  if (type === "choice" && parameter.choices === undefined)
    problems.push(at("type", "a choice needs choices"));
  if (type !== "choice" && parameter.choices !== undefined)
    problems.push(at("choices", `choices belong to type choice, not ${type}`));
  for (const key of ["min", "max"] as const)
    if (parameter[key] !== undefined && type !== "integer" && type !== "number")
      problems.push(at(key, `${key} belongs to type integer or number, not ${type}`));
  if (parameter.several === true && type !== "file")
    problems.push(at("several", `several belongs to type file, not ${type}`));
  if (parameter.pattern !== undefined && !isRegularExpression(parameter.pattern))
    problems.push(at("pattern", "not a regular expression"));
  if (problems.length > 0) return problems;
  const value = renderDefault(parameter);
  const wrong = value === "" ? undefined : findValueProblem(parameter, value);
  return wrong === undefined ? [] : [at("default", `the default of ${parameter.id} ${wrong}`)];
}

/** A condition on a field that isn't there, or can't have the value, would hide its field for ever. */
function conditionProblems(template: ApplicationTemplate): readonly TemplateProblem[] {
  const byId = new Map(allParameters(template).map((parameter) => [parameter.id, parameter]));
  return (template.parameters ?? []).flatMap((parameter, index) =>
    readConditions(parameter).flatMap(({ field, is = [] }) => {
      const message =
        conditionProblem(byId.get(field), field, is) ??
        (dependsOn(byId, field, parameter.id) ? `${parameter.id} would depend on itself` : undefined);
      return message === undefined ? [] : [{ path: ["parameters", index, "when"], message }];
    }),
  );
}

function conditionProblem(
  on: TemplateParameter | undefined,
  field: string,
  is: readonly string[],
): string | undefined {
  if (on === undefined) return `no parameter is called ${field}`;
  for (const value of is) {
    if (on.type === "flag" && parseFlag(value) !== undefined) continue;
    const problem = findValueProblem(on, value);
    if (problem !== undefined) return `${field} ${problem}, so it can never be ${JSON.stringify(value)}`;
  }
  return undefined;
}

/** Whether `from` is `target`, or applies only under conditions that lead to it. */
function dependsOn(byId: ParametersById, from: string, target: string, seen = new Set<string>()): boolean {
  if (from === target) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  const parameter = byId.get(from);
  return (
    parameter !== undefined &&
    readConditions(parameter).some(({ field }) => dependsOn(byId, field, target, seen))
  );
}

function twins({ parameters = [] }: ApplicationTemplate): readonly TemplateProblem[] {
  const ids = parameters.map(({ id }) => id);
  return ids.flatMap((id, index) =>
    ids.indexOf(id) < index
      ? [{ path: ["parameters", index, "id"], message: `${id} is declared twice` }]
      : [],
  );
}

function isRegularExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, "su") instanceof RegExp;
  } catch {
    return false;
  }
}
