import { type JobSpec, type ResourceSpec, SpecError } from "scarf-tomo";

/** Fields of `submit` beyond the interface, as `info` tells them. Mantid sends the first two. */
export const submitVariables = [
  "NumNodes",
  "CoresPerNode",
  "WallTimeSeconds",
  "MemoryPerNodeBytes",
  "Queue",
  "Description",
  "OutputFile",
  "ErrorFile",
] as const;

type Variables = ReadonlyMap<string, string>;

/** What the variables of a form say about a job. @throws {SpecError} `SPEC_INVALID`: one is no number. */
export function readSubmitVariables(fields: Variables): Omit<JobSpec, "task"> {
  const resources: Partial<ResourceSpec> = {
    ...numberField(fields, "NumNodes", "nodes"),
    ...numberField(fields, "CoresPerNode", "tasksPerNode"),
    ...numberField(fields, "WallTimeSeconds", "wallTimeSeconds"),
    ...numberField(fields, "MemoryPerNodeBytes", "memoryPerNodeBytes"),
  };
  return {
    ...(Object.keys(resources).length > 0 && { resources }),
    ...textField(fields, "JobName", "name"),
    ...textField(fields, "Queue", "queue"),
    ...textField(fields, "Description", "description"),
    // Beside the other files of the transaction, where a client of this interface looks for them.
    outputPath: fields.get("OutputFile") ?? "%J.output",
    ...textField(fields, "ErrorFile", "errorPath"),
  };
}

function textField<Name extends keyof JobSpec>(
  fields: Variables,
  field: string,
  name: Name,
): { readonly [Key in Name]?: string } {
  const value = fields.get(field) ?? "";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key loses its name
  return (value === "" ? {} : { [name]: value }) as { readonly [Key in Name]?: string };
}

/** Version 1 of Mantid's algorithm writes 0 for what is not asked for. */
function numberField<Name extends keyof ResourceSpec>(
  fields: Variables,
  field: string,
  name: Name,
): { readonly [Key in Name]?: number } {
  const text = fields.get(field)?.trim() ?? "";
  if (text === "" || text === "0") return {};
  if (!/^\d{1,18}(?:\.\d{1,6})?$/.test(text)) {
    throw new SpecError(
      "SPEC_INVALID",
      `The field ${field} is no number: ${JSON.stringify(text.slice(0, 80))}.`,
      {
        hint: "Write it with digits. No job was created.",
      },
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key loses its name
  return { [name]: Number(text) } as { readonly [Key in Name]?: number };
}
