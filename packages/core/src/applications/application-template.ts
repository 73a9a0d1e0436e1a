import * as z from "zod/mini";

/**
 * What a field of a form takes.
 * - `text` any text · `integer`, `number` with `min` and `max` · `choice` one of `choices` · `flag` yes or no
 * - `path` a path on the cluster · `file` a path on the cluster or a file that travels with the submit
 * - `program` like `file`, and options may follow the path (`/work/x.py --tool astra`), as SCARF's forms allowed
 * - `arguments` a piece of command line as the user typed it: the only type that a shell reads as it stands
 */
export const parameterTypes = [
  "text",
  "integer",
  "number",
  "choice",
  "flag",
  "path",
  "file",
  "program",
  "arguments",
] as const;
/** What kind of value a field holds; decides how it is checked and quoted. */
export type ParameterType = (typeof parameterTypes)[number];

/** What of a job a field can set, beside or instead of standing in the command. */
export const parameterTargets = [
  "name",
  "description",
  "queue",
  "account",
  "inputPath",
  "outputPath",
  "errorPath",
  "workingDirectory",
  "wallTimeHours",
  "wallTimeMinutes",
  "nodes",
  "fewestTasks",
  "tasks",
  "tasksPerNode",
  "coresPerTask",
  "gpusPerNode",
  "memoryPerNodeGigabytes",
  "bsubOptions",
  "bsubSpan",
  "nothing",
] as const;
/** A part of the job that a field can set. */
export type ParameterTarget = (typeof parameterTargets)[number];

const idPattern = /^[A-Za-z0-9_]+$/;

const parameterSchema = z.strictObject({
  id: z.string().check(z.regex(idPattern, "letters, digits and _ only")),
  type: z.enum(parameterTypes),
  label: z.string(),
  documentation: z.optional(z.string()),
  default: z.optional(z.union([z.string(), z.number(), z.boolean()])),
  mandatory: z.optional(z.boolean()),
  /** Not shown in dialogs; still accepted. */
  hidden: z.optional(z.boolean()),
  choices: z.optional(z.array(z.string()).check(z.minLength(1))),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
  /** A regular expression that the whole value must match; `expects` says the same in words. */
  pattern: z.optional(z.string()),
  expects: z.optional(z.string()),
  /** Several files in one field. */
  several: z.optional(z.boolean()),
  sets: z.optional(z.enum(parameterTargets)),
});

const argumentSchema = z.union([
  z.string(),
  /** These arguments only if the field `when` has a value (a flag: if it is yes). */
  z.strictObject({ when: z.string(), arguments: z.array(z.string()).check(z.minLength(1)) }),
]);

export const templateSchema = z.strictObject({
  name: z.string().check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "letters, digits, _ . - only")),
  label: z.string(),
  documentation: z.optional(z.string()),
  /** One line for the shell. */
  shell: z.optional(z.string()),
  /** A program and its arguments, each one argument whatever it holds. */
  command: z.optional(z.array(argumentSchema).check(z.minLength(1))),
  script: z.optional(z.string()),
  parameters: z.optional(z.array(parameterSchema)),
});

export type TemplateArgument = z.infer<typeof argumentSchema>;
/** One field of a form, as a template file declares it. */
export type TemplateParameter = z.infer<typeof parameterSchema>;
/** One application, as its file declares it. */
export type ApplicationTemplate = z.infer<typeof templateSchema>;
