import type { Attachment } from "../model/index.js";
import type { TemplateParameter } from "./application-template.js";
import { fieldError, showValue } from "./field-error.js";
import { type FileValue, parseFileValues } from "../wire/forms/file-values.js";
import type { FilledForm } from "./fill-form.js";
import { quoteWord } from "../wire/shell-words.js";

/** What the file fields of a form come to. */
export interface FormFiles {
  /** Field → the word by which the command reaches its file: a plain name in the job's directory, or a path. */
  readonly words: ReadonlyMap<string, string>;
  /** Field of type `program` → options that followed the path, as typed. */
  readonly tails: ReadonlyMap<string, string>;
  /** Shell commands that bring files of the cluster into the job's directory, to run before anything else. */
  readonly staging: readonly string[];
}

/** @throws {SpecError} `SPEC_INVALID`: an attached file did not come along, or two files would have the same name. */
export function readFormFiles(
  application: string,
  parameters: readonly TemplateParameter[],
  form: FilledForm,
  attachments: readonly Attachment[],
): FormFiles {
  const words = new Map<string, string>();
  const tails = new Map<string, string>();
  const brought = new Map<string, FileValue>();
  const bring = (field: string, value: FileValue): string => {
    const word = checkFile(application, field, value, attachments);
    const other = brought.get(word);
    if (
      value.mode !== "path" &&
      other !== undefined &&
      (other.path !== value.path || other.mode !== value.mode)
    )
      throw fieldError(
        application,
        field,
        `would put a second file called ${showValue(word)} into the job's directory`,
      );
    if (value.mode !== "path") brought.set(word, value);
    return word;
  };
  for (const parameter of parameters) {
    const text = form.values.get(parameter.id);
    if (text === undefined || (parameter.type !== "file" && parameter.type !== "program")) continue;
    const { value, tail } = parameter.type === "program" ? splitProgram(text) : { value: text, tail: "" };
    const files = parseFileValues(value);
    if (files.length > 1 && parameter.several !== true)
      throw fieldError(application, parameter.id, `takes one file, not ${files.length}`);
    const first = files.map((file) => bring(parameter.id, file))[0];
    if (first !== undefined) words.set(parameter.id, notAnOption(first));
    if (tail !== "") tails.set(parameter.id, tail);
  }
  for (const text of form.furtherFiles) for (const file of parseFileValues(text)) bring("INPUT_FILE", file);
  const staging = [...brought.values()].flatMap(({ path, mode }) => {
    if (mode === "copy") return [`cp -pf -- ${quoteWord(path)} . || exit 1`];
    return mode === "link" ? [`ln -sf -- ${quoteWord(path)} . || exit 1`] : [];
  });
  return { words, tails, staging };
}

function checkFile(
  application: string,
  field: string,
  { path, mode }: FileValue,
  attachments: readonly Attachment[],
): string {
  if (mode === "path") return path;
  const name = path.split(/[/\\]/).at(-1) ?? "";
  if (mode === "upload") {
    if (!attachments.some((attachment) => attachment.name === name))
      throw fieldError(
        application,
        field,
        `says that ${showValue(name)} travels with the submit, but no such file came along`,
        "Attach the file, or give its path on the cluster instead.",
      );
    return name;
  }
  if (!path.startsWith("/") || name === "")
    throw fieldError(
      application,
      field,
      `must be the absolute path of a file to ${mode}, not ${showValue(path)}`,
    );
  return name;
}

/** Users of SCARF wrote options after the path, e.g. `/work/x.py --tool astra`; the server simply put both into one line. */
function splitProgram(text: string): { readonly value: string; readonly tail: string } {
  const at = text.search(/\s-/);
  return at < 0 ? { value: text, tail: "" } : { value: text.slice(0, at), tail: text.slice(at).trim() };
}

/** A file called `-x` must not be taken for an option. */
function notAnOption(word: string): string {
  return word.startsWith("-") ? `./${word}` : word;
}
