import type { Attachment, JobSpec, SpecProblem } from "../../model/index.js";
import {
  type AppParam,
  isFileValue,
  isPlainFileName,
  linuxFileName,
  parseFileValues,
  quoteWord,
  quoteWords,
  renderBsubOptions,
  renderKeyedDescription,
} from "../../wire/index.js";
import { bytesSource } from "../../transfers/bytes-source.js";
import { findNul, findSpecProblems } from "../find-spec-problems.js";
import { renderWrapper, scriptName, scriptText, wrapperName } from "../wrapper-script.js";

/** A submit before it is bytes. */
export interface SubmitPlan {
  readonly application: string;
  readonly parameters: readonly AppParam[];
  readonly attachments: readonly Attachment[];
  /** The submit key is in the job's description, where it can be found again. */
  readonly keyTravels: boolean;
  readonly problems: readonly SpecProblem[];
}

interface PlanContext {
  /** Our gateway is at the other end. */
  readonly gateway: boolean;
  readonly submitKey: string | undefined;
}

/** What would be sent for a spec. Pure; problems are in the result. */
export function planSubmit(spec: JobSpec, context: PlanContext): SubmitPlan {
  const nul = findNul(spec);
  if (nul !== undefined) return planNothing(spec, nul);
  return spec.task.kind === "application"
    ? planApplication(spec, spec.task, context)
    : planGeneric(spec, context);
}

/** With NUL in it not even a command line can be written. */
function planNothing(spec: JobSpec, field: string): SubmitPlan {
  const known = findSpecProblems(spec);
  const problems = known.length > 0 ? known : [refused(field, "can't hold a NUL character")];
  const application = spec.task.kind === "application" ? spec.task.application : "generic";
  return { application, parameters: [], attachments: [], keyTravels: false, problems };
}

function planGeneric(spec: JobSpec, { gateway, submitKey }: PlanContext): SubmitPlan {
  const wrapped = needsWrapper(spec, gateway);
  const attachments = [...(wrapped ? wrapperAttachments(spec) : []), ...(spec.attachments ?? [])];
  const bsub = renderBsubOptions(spec, { gateway });
  const key = gateway ? undefined : submitKey;
  const description = renderKeyedDescription(spec.description, key);
  const words = [...bsub.words];
  if (description !== "") words.unshift("-Jd", description);
  if (!wrapped && spec.workingDirectory !== undefined) words.push("-cwd", spec.workingDirectory);
  if (!wrapped && spec.inputPath !== undefined) words.push("-i", spec.inputPath);
  const parameters = [
    text("COMMANDTORUN", wrapped ? `sh ./${wrapperName}` : commandLine(spec)),
    ...commonParameters(spec, {}, wrapped || spec.workingDirectory === undefined),
    ...(words.length > 0 ? [text("EXTRA_PARAMS", quoteWords(words))] : []),
    ...fileParameters(attachments.filter(({ name }) => isPlainFileName(name))),
  ];
  const problems = [...findSpecProblems(spec), ...attachmentProblems(attachments, gateway), ...bsub.problems];
  return { application: "generic", parameters, attachments, keyTravels: key !== undefined, problems };
}

function planApplication(
  spec: JobSpec,
  task: Extract<JobSpec["task"], { readonly kind: "application" }>,
  { gateway, submitKey }: PlanContext,
): SubmitPlan {
  const attachments = spec.attachments ?? [];
  const isGeneric = /^generic(?::|$)/.test(task.application);
  const takesOptions = gateway || isGeneric;
  const bsub = renderBsubOptions(spec, { gateway });
  const key = gateway || !isGeneric ? undefined : submitKey;
  const description = renderKeyedDescription(spec.description, key);
  const words = [...bsub.words];
  if (description !== "") words.unshift("-Jd", description);
  if (spec.workingDirectory !== undefined) words.push("-cwd", spec.workingDirectory);
  if (spec.inputPath !== undefined) words.push("-i", spec.inputPath);
  const { EXTRA_PARAMS: given, ...own } = task.parameters;
  const extra = [given ?? "", takesOptions ? quoteWords(words) : ""].filter((part) => part !== "").join(" ");
  const problems = [...findSpecProblems(spec), ...attachmentProblems(attachments, gateway), ...bsub.problems];
  if (spec.environment !== undefined && Object.keys(spec.environment).length > 0) {
    problems.push(
      refused("environment", "an application's form has no field for it; use a command or a script"),
    );
  }
  if (!takesOptions) problems.push(...unsayableFields(spec, task.application));
  const referenced = new Set(Object.values(own).flatMap((value) => uploadedNames(value)));
  return {
    application: task.application,
    parameters: [
      ...Object.entries({ ...own, ...saidBeside(spec, own) }).map(([id, value]): AppParam => ({
        id,
        value,
        type: isFileValue(value) ? "file" : "",
      })),
      ...commonParameters(spec, own, spec.workingDirectory === undefined),
      ...(extra === "" ? [] : [text("EXTRA_PARAMS", extra)]),
      ...fileParameters(attachments.filter(({ name }) => !referenced.has(name) && isPlainFileName(name))),
    ],
    attachments,
    keyTravels: key !== undefined,
    problems: [...problems, ...missingAttachments(referenced, attachments)],
  };
}

/**
 * Fields that every form has. Output and error get names that a job's file list shows, unless the job works elsewhere: then the
 * other side knows better where they belong.
 */
function commonParameters(
  spec: JobSpec,
  given: Readonly<Record<string, string>>,
  withDefaults: boolean,
): readonly AppParam[] {
  const stem = spec.array === undefined ? "%J" : "%J_%I";
  const output = spec.outputPath ?? (withDefaults ? `${stem}.output` : undefined);
  const errorDefault = spec.outputPath === undefined ? `${stem}.error` : besides(spec.outputPath);
  const error = spec.errorPath ?? (withDefaults ? errorDefault : undefined);
  const values = {
    JOB_NAME: spec.name,
    OUTPUT_FILE: inWorkingDirectory(spec, spec.outputPath) ?? output,
    ERROR_FILE: inWorkingDirectory(spec, spec.errorPath) ?? error,
  };
  return Object.entries(values).flatMap(([id, value]) =>
    value === undefined || id in given ? [] : [text(id, value)],
  );
}

/** What the spec says beside its form counts more than the form's own field for it, as where a template expands the form. */
function saidBeside(spec: JobSpec, own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const said = {
    JOB_NAME: spec.name,
    OUTPUT_FILE: inWorkingDirectory(spec, spec.outputPath),
    ERROR_FILE: inWorkingDirectory(spec, spec.errorPath),
  };
  return Object.fromEntries(
    Object.entries(said).flatMap(([id, value]) => (value !== undefined && id in own ? [[id, value]] : [])),
  );
}

function besides(outputPath: string): string {
  return /\.out(?:put)?$/.test(outputPath)
    ? outputPath.replace(/\.out(put)?$/, ".error")
    : `${outputPath}.error`;
}

/** Relative paths are relative to the working directory; the form counts them from the job's. */
function inWorkingDirectory({ workingDirectory }: JobSpec, path: string | undefined): string | undefined {
  if (workingDirectory === undefined || path === undefined || path.startsWith("/")) return path;
  return `${workingDirectory.replace(/\/+$/, "")}/${path}`;
}

function needsWrapper(spec: JobSpec, gateway: boolean): boolean {
  const { task } = spec;
  if (task.kind === "script" || Object.keys(spec.environment ?? {}).length > 0) return true;
  if (commandLine(spec).includes("\n")) return true;
  // PAC's own form script hands the command through a shell in ways that differ from site to site.
  if (!gateway && task.kind === "command" && task.argv.some((word) => quoteWord(word) !== word)) return true;
  return !gateway && (spec.workingDirectory !== undefined || spec.inputPath !== undefined);
}

function commandLine({ task }: JobSpec): string {
  if (task.kind === "shell") return task.commandLine;
  return task.kind === "command" ? quoteWords(task.argv) : "";
}

function wrapperAttachments(spec: JobSpec): readonly Attachment[] {
  const wrapper = attachment(wrapperName, renderWrapper(spec));
  return spec.task.kind === "script"
    ? [wrapper, attachment(scriptName, scriptText(spec.task.text))]
    : [wrapper];
}

function attachment(name: string, content: string): Attachment {
  return { name, source: bytesSource(content) };
}

/** As lsf_faas attaches its files: `INPUT_FILE` itself is the standard input in PAC's own form. */
function fileParameters(attachments: readonly Attachment[]): readonly AppParam[] {
  return attachments.map(({ name }, index) => ({
    id: `${index}INPUT_FILE`,
    value: `${name},upload`,
    type: "file",
  }));
}

function uploadedNames(value: string): readonly string[] {
  if (!isFileValue(value)) return [];
  return parseFileValues(value).flatMap(({ path, mode }) => (mode === "upload" ? [path] : []));
}

function attachmentProblems(attachments: readonly Attachment[], gateway: boolean): SpecProblem[] {
  const seen = new Set<string>();
  return attachments.flatMap(({ name }, index) => {
    const twice = seen.has(name);
    seen.add(name);
    if (twice) return [refused(`attachments.${index}`, `there are two attachments called ${name}`)];
    if (Buffer.byteLength(name) > 255)
      return [refused(`attachments.${index}`, "the name is longer than 255 bytes")];
    if (gateway ? linuxFileName(name) !== undefined : isPlainFileName(name)) return [];
    return [
      refused(
        `attachments.${index}`,
        `${JSON.stringify(name)} can't be sent: no / \\ " * , ; < > |, control characters or spaces at the ends`,
      ),
    ];
  });
}

function missingAttachments(
  referenced: ReadonlySet<string>,
  attachments: readonly Attachment[],
): SpecProblem[] {
  const names = new Set(attachments.map(({ name }) => name));
  return [...referenced]
    .filter((name) => !names.has(name))
    .map((name) => refused("task.parameters", `${name} is to be uploaded but not attached`));
}

/** Fields of a spec that a form of the site's, without `EXTRA_PARAMS`, would drop in silence. */
function unsayableFields(spec: JobSpec, application: string): SpecProblem[] {
  const fields = [
    "description",
    "workingDirectory",
    "inputPath",
    "resources",
    "queue",
    "account",
    "qos",
    "reservation",
    "array",
    "dependencies",
    "beginAt",
    "hold",
    "requeueable",
    "priority",
    "notification",
    "nativeOptions",
  ] as const satisfies readonly (keyof JobSpec)[];
  return fields
    .filter((field) => spec[field] !== undefined && field !== "beginAt")
    .map((field) =>
      refused(
        field,
        `the form ${application} of this service has no field for it; set one of its parameters instead`,
      ),
    );
}

function text(id: string, value: string): AppParam {
  return { id, value, type: "" };
}

function refused(field: string, message: string): SpecProblem {
  return { field, message, severity: "refused" };
}
