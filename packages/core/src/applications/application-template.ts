import * as z from "zod/mini";
import { fieldTypes } from "../model/index.js";

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

const conditionSchema = z.strictObject({
  field: z.string(),
  is: z.optional(z.union([z.string(), z.array(z.string()).check(z.minLength(1))])),
});

const parameterSchema = z.strictObject({
  id: z.string().check(z.regex(idPattern, "letters, digits and _ only")),
  type: z.enum(fieldTypes),
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
  /** The field applies only while the condition, or all of several, hold. */
  when: z.optional(z.union([conditionSchema, z.array(conditionSchema).check(z.minLength(1))])),
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
