import type { JobSpec } from "../model/index.js";
import type { TemplateParameter } from "./application-template.js";

/** What a form's raw bsub options (`EXTRA_PARAMS`, `SPAN`) say about the job. */
export function readBsubFields(
  parameters: readonly TemplateParameter[],
  values: ReadonlyMap<string, string>,
): Partial<JobSpec> {
  const text = parameters.filter(({ sets }) => sets === "bsubOptions").map(({ id }) => values.get(id) ?? "");
  return text.join("") === "" ? {} : { nativeOptions: text };
}
