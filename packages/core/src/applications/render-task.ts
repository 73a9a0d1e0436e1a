import type { Task } from "../model/index.js";
import type { ApplicationTemplate, TemplateParameter } from "./application-template.js";
import { fieldError } from "./field-error.js";
import type { FormFiles } from "./form-files.js";
import { parseFlag } from "./parameter-values.js";
import { isShellScript, parsePlaceholders, type PlaceholderStyle } from "./placeholders.js";
import { quoteWord } from "../wire/shell-words.js";

/** Everything that a template's task is made from. */
export interface TaskInputs {
  readonly template: ApplicationTemplate;
  readonly parameters: readonly TemplateParameter[];
  readonly values: ReadonlyMap<string, string>;
  readonly files: FormFiles;
}

/** Puts the values of a checked form into the command, line or script of its template. */
export function renderTask(inputs: TaskInputs): Task {
  const { template, files } = inputs;
  if (template.script !== undefined) return { kind: "script", text: renderScript(template.script, inputs) };
  if (template.shell !== undefined) {
    const line = fill(template.shell, inputs, shellWord).trim();
    return { kind: "shell", commandLine: [...files.staging, line].join("; ") };
  }
  const [program = "", ...args] = renderArguments(inputs);
  if (files.staging.length === 0) return { kind: "command", argv: [program, ...args] };
  const line = [program, ...args].map(quoteWord).join(" ");
  return { kind: "shell", commandLine: [...files.staging, line].join("; ") };
}

function renderArguments(inputs: TaskInputs): readonly string[] {
  return (inputs.template.command ?? []).flatMap((argument) => {
    if (typeof argument === "string") return [fill(argument, inputs, plainText)];
    if (!hasValue(argument.when, inputs)) return [];
    return argument.arguments.map((text) => fill(text, inputs, plainText));
  });
}

/** A flag counts as a value only when it is yes. */
function hasValue(id: string, { parameters, values }: TaskInputs): boolean {
  const value = values.get(id);
  if (value === undefined) return false;
  const isFlag = parameters.some((parameter) => parameter.id === id && parameter.type === "flag");
  return !isFlag || parseFlag(value) === true;
}

function renderScript(script: string, inputs: TaskInputs): string {
  const text = fill(script, inputs, isShellScript(script) ? scriptWord : plainText);
  const { staging } = inputs.files;
  if (staging.length === 0) return text;
  if (!isShellScript(script))
    throw fieldError(
      inputs.template.name,
      inputs.parameters.find(({ type }) => type === "file")?.id ?? "",
      "cannot be copied or linked, as this application's script is not a shell script",
      "Attach the file (`name,upload`) or give its path (`/path,path`).",
    );
  const afterFirstLine = text.startsWith("#!") ? text.indexOf("\n") + 1 : 0;
  return `${text.slice(0, afterFirstLine)}${staging.join("\n")}\n${text.slice(afterFirstLine)}`;
}

type Writer = (value: string, style: PlaceholderStyle, type: string, tail: string) => string;

const plainText: Writer = (value, style, type) => (style === "json" ? jsonText(value, type) : value);

const shellWord: Writer = (value, style, type, tail) => {
  if (style === "raw" || type === "arguments") return value;
  const word = quoteWord(style === "json" ? jsonText(value, type) : value);
  return tail === "" ? word : `${word} ${tail}`;
};

/** In a shell script `json` may stand in a here-document for another interpreter, so it is left as it is. */
const scriptWord: Writer = (value, style, type, tail) =>
  style === "json" ? jsonText(value, type) : shellWord(value, style, type, tail);

function jsonText(value: string, type: string): string {
  if (type === "flag") return String(parseFlag(value) === true);
  return JSON.stringify(type === "integer" || type === "number" ? Number(value) : value);
}

/** A field without a value leaves nothing in a line; as JSON it is `null`. */
function fill(text: string, { parameters, values, files }: TaskInputs, write: Writer): string {
  return parsePlaceholders(text)
    .map((part) => {
      if (typeof part === "string") return part;
      const value = files.words.get(part.id) ?? values.get(part.id);
      if (value === undefined) return part.style === "json" ? "null" : "";
      const type = parameters.find(({ id }) => id === part.id)?.type ?? "text";
      return write(value, part.style, type, files.tails.get(part.id) ?? "");
    })
    .join("");
}
