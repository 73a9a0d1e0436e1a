import { totalmem } from "node:os";
import { isAbsolute } from "node:path";
import { NotSupportedError, SpecError } from "../../errors/index.js";
import type { JobSpec, SpecProblem } from "../../model/index.js";
import { isPlainName } from "../../transfers/disk/plain-name.js";
import { parseArrayIndices } from "./array-indices.js";
import { errorPathBeside } from "./job-view.js";

/** A problem and, where it makes submit fail, how. */
export interface LocalProblem extends SpecProblem {
  /** Absent for what is only emulated. */
  readonly code?: "SPEC_INVALID" | "SPEC_REJECTED" | "NOT_SUPPORTED";
}

/** @throws the first problem that makes a submit fail; the context has them all. */
export function refuseProblems(problems: readonly LocalProblem[]): void {
  const refused = problems.filter(({ severity }) => severity === "refused");
  const [first] = refused;
  if (!first) return;
  const message = `\`${first.field}\`: ${first.message}`;
  const details = {
    hint: "No job was created. Correct the job and submit it again.",
    context: { problems: refused.map(({ field, message: text }) => ({ field, message: text })) },
  };
  if (first.code === "NOT_SUPPORTED") throw new NotSupportedError("NOT_SUPPORTED", message, details);
  throw new SpecError(first.code ?? "SPEC_REJECTED", message, details);
}

/** All that can be told without looking at files or other jobs. */
export function checkSpec(spec: JobSpec, slots: number): LocalProblem[] {
  return [
    ...checkTask(spec),
    ...checkEnvironment(spec),
    ...checkPaths(spec),
    ...checkResources(spec, slots),
    ...checkScheduling(spec),
    ...checkAttachments(spec),
    ...checkUnsupported(spec),
  ];
}

/** Cores that a job takes while it runs. */
export function countCores({ resources = {} }: JobSpec, slots: number): number {
  if (resources.exclusive) return slots;
  const nodes = resources.nodes ?? 1;
  const tasks = resources.tasks ?? nodes * (resources.tasksPerNode ?? 1);
  return tasks * (resources.coresPerTask ?? 1);
}

function invalid(field: string, message: string): LocalProblem {
  return { field, message, severity: "refused", code: "SPEC_INVALID" };
}

function rejected(field: string, message: string): LocalProblem {
  return { field, message, severity: "refused", code: "SPEC_REJECTED" };
}

function unsupported(field: string, message: string): LocalProblem {
  return { field, message, severity: "refused", code: "NOT_SUPPORTED" };
}

function emulated(field: string, message: string): LocalProblem {
  return { field, message, severity: "emulated" };
}

function checkTask({ task, name, description }: JobSpec): LocalProblem[] {
  const problems: LocalProblem[] = [];
  const texts: [field: string, text: string][] = [];
  switch (task.kind) {
    case "application":
      problems.push(
        unsupported(
          "task",
          `This machine has no application \`${task.application}\` of its own: expand its template into a command first.`,
        ),
      );
      break;
    case "command":
      if (!task.argv[0]) problems.push(invalid("task.argv", "The program's name is empty."));
      task.argv.forEach((argument, index) => texts.push([`task.argv[${index}]`, argument]));
      break;
    case "shell":
      if (task.commandLine.trim() === "")
        problems.push(invalid("task.commandLine", "The command line is empty."));
      texts.push(["task.commandLine", task.commandLine]);
      break;
    case "script":
      if (task.text.trim() === "") problems.push(invalid("task.text", "The script is empty."));
      texts.push(["task.text", task.text]);
      task.args?.forEach((argument, index) => texts.push([`task.args[${index}]`, argument]));
      break;
  }
  if (name !== undefined) {
    if (name === "" || name.length > 1024) problems.push(invalid("name", "A name has 1 to 1024 characters."));
    texts.push(["name", name]);
  }
  if (description !== undefined) texts.push(["description", description]);
  for (const [field, text] of texts)
    if (text.includes("\0"))
      problems.push(invalid(field, "It holds a NUL character, which no program can be given."));
  return problems;
}

function checkEnvironment({ environment = {} }: JobSpec): LocalProblem[] {
  const problems: LocalProblem[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_]\w*$/.test(name))
      problems.push(invalid(`environment.${name}`, "A variable's name has letters, digits and `_` only."));
    else if (/^(?:SCARF_JOB_|LSB_)/.test(name))
      problems.push(
        rejected(`environment.${name}`, "Variables named `SCARF_JOB_…` and `LSB_…` are set by the queue."),
      );
    if (value.includes("\0"))
      problems.push(invalid(`environment.${name}`, "Its value holds a NUL character."));
  }
  return problems;
}

function checkPaths(spec: JobSpec): LocalProblem[] {
  const problems: LocalProblem[] = [];
  for (const field of ["workingDirectory", "inputPath", "outputPath", "errorPath"] as const) {
    const path = spec[field];
    if (path === undefined) continue;
    if (path === "" || path.includes("\0")) problems.push(invalid(field, "This is not a path."));
    else if (field === "workingDirectory" && !isAbsolute(path))
      problems.push(invalid(field, `\`${path}\` is not an absolute path.`));
    else if (isTooLong(path)) problems.push(invalid(field, "A name in it is longer than 255 bytes."));
  }
  const { outputPath, errorPath } = spec;
  // Else the job would end before it begins.
  if (outputPath !== undefined && errorPath === undefined && !isTooLong(outputPath))
    if (isTooLong(errorPathBeside(outputPath)))
      problems.push(
        invalid("outputPath", "With `.error` behind it, for errors, it is longer than 255 bytes."),
      );
  return problems;
}

function isTooLong(path: string): boolean {
  return path.split("/").some((part) => Buffer.byteLength(part) > 255);
}

function checkResources(spec: JobSpec, slots: number): LocalProblem[] {
  const problems: LocalProblem[] = [];
  const { resources = {} } = spec;
  for (const field of ["nodes", "tasksPerNode", "tasks", "coresPerTask"] as const) {
    const value = resources[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      problems.push(invalid(`resources.${field}`, `${value} is not a whole number from 1.`));
  }
  const cores = countCores(spec, slots);
  if (problems.length === 0 && cores > slots)
    problems.push(rejected("resources", `The job needs ${cores} cores; this queue has ${slots}.`));
  const { memoryPerNodeBytes: memory, wallTimeSeconds: wallTime, gpusPerNode } = resources;
  if (wallTime !== undefined && !(Number.isFinite(wallTime) && wallTime > 0))
    problems.push(invalid("resources.wallTimeSeconds", `${wallTime} is not a number of seconds above 0.`));
  if (memory !== undefined) {
    if (!(Number.isFinite(memory) && memory > 0))
      problems.push(invalid("resources.memoryPerNodeBytes", `${memory} is not a number of bytes above 0.`));
    else if (memory > totalmem())
      problems.push(
        rejected(
          "resources.memoryPerNodeBytes",
          `The job needs ${(memory / 2 ** 30).toFixed(1)} GiB; this machine has ${(totalmem() / 2 ** 30).toFixed(1)} GiB.`,
        ),
      );
    else
      problems.push(
        emulated(
          "resources.memoryPerNodeBytes",
          "The job's memory is measured once a second, and the job is ended when it uses more. Memory is not set aside for it.",
        ),
      );
  }
  if (resources.nodes !== undefined && resources.nodes > 1)
    problems.push(
      emulated("resources.nodes", "This is one machine: all tasks run on it, nodes only count cores."),
    );
  if (resources.exclusive)
    problems.push(emulated("resources.exclusive", `The job takes all ${slots} cores.`));
  if (gpusPerNode !== undefined && gpusPerNode !== 0)
    problems.push(unsupported("resources.gpusPerNode", "This queue does not hand out GPUs."));
  if (resources.constraint !== undefined)
    problems.push(
      unsupported("resources.constraint", "There is one machine, without features to choose by."),
    );
  return problems;
}

function checkScheduling(spec: JobSpec): LocalProblem[] {
  const problems: LocalProblem[] = [];
  if (spec.queue !== undefined && spec.queue !== "local")
    problems.push(rejected("queue", `There is no queue \`${spec.queue}\`; the only one is \`local\`.`));
  if (spec.array) {
    const indices = parseArrayIndices(spec.array.indices);
    if (typeof indices === "string") problems.push(invalid("array.indices", indices));
    const { maxRunning } = spec.array;
    if (maxRunning !== undefined && !(Number.isSafeInteger(maxRunning) && maxRunning >= 1))
      problems.push(invalid("array.maxRunning", `${maxRunning} is not a whole number from 1.`));
  }
  if (spec.beginAt && Number.isNaN(spec.beginAt.getTime()))
    problems.push(invalid("beginAt", "This is not a time."));
  if (spec.priority !== undefined && !Number.isSafeInteger(spec.priority))
    problems.push(invalid("priority", `${spec.priority} is not a whole number.`));
  return problems;
}

function checkAttachments({ attachments = [] }: JobSpec): LocalProblem[] {
  const problems: LocalProblem[] = [];
  const seen = new Set<string>();
  for (const { name } of attachments) {
    if (!isPlainName(name))
      problems.push(invalid("attachments", `\`${name}\` is not a plain file name of at most 255 bytes.`));
    else if (seen.has(name)) problems.push(invalid("attachments", `There are two files named \`${name}\`.`));
    seen.add(name);
  }
  return problems;
}

function checkUnsupported(spec: JobSpec): LocalProblem[] {
  const problems: LocalProblem[] = [];
  const refuse = (
    field: "account" | "qos" | "reservation" | "notification" | "nativeOptions",
    message: string,
  ) => {
    const value = spec[field];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0))
      problems.push(unsupported(field, message));
  };
  refuse("account", "Nothing is charged on this machine.");
  refuse("qos", "This queue has no classes of service.");
  refuse("reservation", "This queue has no reservations.");
  refuse("notification", "This machine sends no messages.");
  refuse("nativeOptions", `This queue has no options of its own: \`${spec.nativeOptions?.join(" ")}\`.`);
  return problems;
}
