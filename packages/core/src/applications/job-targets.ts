import type { JobSpec, ResourceSpec } from "../model/index.js";
import type { ParameterTarget, TemplateParameter } from "./application-template.js";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
export type SpecFields = Omit<JobSpec, "task" | "attachments">;

/** What the fields of a form say about the job itself: its name, queue, limits and so on. */
export function readJobTargets(
  parameters: readonly TemplateParameter[],
  values: ReadonlyMap<string, string>,
): SpecFields {
  const byTarget = new Map<ParameterTarget, string>();
  for (const { id, sets } of parameters) {
    const value = values.get(id);
    if (sets !== undefined && value !== undefined) byTarget.set(sets, value);
  }
  const fields: Writable<SpecFields> = {};
  for (const target of [
    "name",
    "description",
    "queue",
    "account",
    "inputPath",
    "outputPath",
    "errorPath",
    "workingDirectory",
  ] as const) {
    const value = byTarget.get(target);
    if (value !== undefined) fields[target] = value;
  }
  const resources = readResources(byTarget);
  return Object.keys(resources).length === 0 ? fields : { ...fields, resources };
}

function readResources(byTarget: ReadonlyMap<ParameterTarget, string>): ResourceSpec {
  const number = (target: ParameterTarget): number | undefined => {
    const value = byTarget.get(target);
    return value === undefined ? undefined : Number(value);
  };
  const resources: Writable<ResourceSpec> = {};
  for (const target of ["nodes", "coresPerTask", "gpusPerNode"] as const) {
    const value = number(target);
    if (value !== undefined) resources[target] = value;
  }
  const gigabytes = number("memoryPerNodeGigabytes");
  if (gigabytes !== undefined) resources.memoryPerNodeBytes = Math.round(gigabytes * 1e9);
  // Forms send 0 and 0 for "no limit".
  const seconds = Math.round((number("wallTimeHours") ?? 0) * 3600 + (number("wallTimeMinutes") ?? 0) * 60);
  if (seconds > 0) resources.wallTimeSeconds = seconds;
  return resources;
}

/** Joins what two places say about a job; `later` wins, field by field inside `resources` too. */
export function joinSpecFields(earlier: Partial<JobSpec>, later: Partial<JobSpec>): Partial<JobSpec> {
  const resources = { ...earlier.resources, ...later.resources };
  const nativeOptions = [...(earlier.nativeOptions ?? []), ...(later.nativeOptions ?? [])];
  return {
    ...earlier,
    ...later,
    ...(Object.keys(resources).length > 0 && { resources }),
    ...(nativeOptions.length > 0 && { nativeOptions }),
  };
}
