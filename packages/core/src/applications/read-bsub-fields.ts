import type { JobSpec } from "../model/index.js";
import { parseBsubOptions } from "../wire/bsub/parse-bsub-options.js";
import { quoteWord } from "../wire/shell-words.js";
import type { ParameterTarget, TemplateParameter } from "./application-template.js";

/**
 * What a form says in LSF's terms: processes, their spread over hosts, and raw bsub options (`EXTRA_PARAMS`), read
 * together as the one command line that LSF would have made of them, so that later ones count.
 * @throws {SpecError} `SPEC_REJECTED`: an option that we don't know, by its name.
 */
export function readBsubFields(
  parameters: readonly TemplateParameter[],
  values: ReadonlyMap<string, string>,
): Partial<JobSpec> {
  const valueOf = (target: ParameterTarget): string | undefined =>
    parameters.flatMap(({ id, sets }) => (sets === target ? (values.get(id) ?? []) : []))[0];
  // A form asks for a range of processes; a spec has one number. The most that was asked for is what the user wants.
  const tasks = valueOf("tasks") ?? valueOf("fewestTasks");
  const perHost = valueOf("tasksPerNode");
  const span = valueOf("bsubSpan");
  const line = [
    tasks === undefined ? "" : `-n ${tasks}`,
    perHost === undefined ? "" : `-R 'span[ptile=${perHost}]'`,
    // pac writes `SPAN=hosts=1` of its command line as `span[hosts=1]`; other clients leave the brackets out.
    span === undefined ? "" : `-R ${quoteWord(span.includes("[") ? span : `span[${span}]`)}`,
    valueOf("bsubOptions") ?? "",
  ].join(" ");
  return line.trim() === "" ? {} : parseBsubOptions(line).spec;
}
