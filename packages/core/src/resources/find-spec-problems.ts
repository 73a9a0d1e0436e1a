import type { JobSpec, SpecProblem } from "../model/index.js";

/** Mistakes in a spec that no server is needed to see. */
export function findSpecProblems(spec: JobSpec): SpecProblem[] {
  return [
    ...taskProblems(spec),
    ...Object.entries(spec.environment ?? {}).flatMap(([name, value]) => environmentProblem(name, value)),
    ...textProblem("name", spec.name),
    ...textProblem("description", spec.description),
    ...textProblem("workingDirectory", spec.workingDirectory),
    ...textProblem("outputPath", spec.outputPath),
    ...textProblem("errorPath", spec.errorPath),
    ...textProblem("inputPath", spec.inputPath),
    ...directoryProblem(spec.workingDirectory),
    ...emptyProblems(spec),
    ...timeProblem(spec),
    ...arrayProblem(spec),
    ...countProblems(spec),
  ];
}

/** The first field that holds NUL, which no argument, path or form can. The text of a script is a file and may. */
export function findNul({ attachments: _files, task, ...fields }: JobSpec): string | undefined {
  const { kind } = task;
  return findNulIn("", { ...fields, task: kind === "script" ? { ...task, text: "" } : task });
}

function findNulIn(field: string, value: unknown): string | undefined {
  if (typeof value === "string") return value.includes("\0") ? field : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const found = findNulIn(field === "" ? name : `${field}.${name}`, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function taskProblems({ task }: JobSpec): SpecProblem[] {
  switch (task.kind) {
    case "command":
      if (task.argv[0].trim() === "") return [problem("task.argv", "the program has no name")];
      return task.argv.some((word) => word.includes("\0"))
        ? [problem("task.argv", "NUL can't be an argument")]
        : [];
    case "shell":
      return task.commandLine.trim() === "" ? [problem("task.commandLine", "there is no command")] : [];
    case "script":
      return task.text.trim() === "" ? [problem("task.text", "the script is empty")] : [];
    default:
      return /^[\w.+-]+(?::[\w.+-]+)?$/.test(task.application)
        ? []
        : [problem("task.application", `${JSON.stringify(task.application)} is no name of an application`)];
  }
}

function environmentProblem(name: string, value: string): SpecProblem[] {
  if (!/^[A-Za-z_]\w*$/.test(name)) return [problem(`environment.${name}`, "is no name of a variable")];
  return value.includes("\0") ? [problem(`environment.${name}`, "NUL can't be in a value")] : [];
}

function textProblem(field: string, text: string | undefined): SpecProblem[] {
  // A line break in a form's field ends it in the shell script behind the form.
  return text !== undefined && /[\r\n\0]/.test(text) ? [problem(field, "must be one line of text")] : [];
}

function emptyProblems(spec: JobSpec): SpecProblem[] {
  const fields = ["outputPath", "errorPath", "inputPath", "workingDirectory", "queue"] as const;
  return fields.filter((field) => spec[field] === "").map((field) => problem(field, "is empty"));
}

function timeProblem({ beginAt }: JobSpec): SpecProblem[] {
  return beginAt !== undefined && Number.isNaN(beginAt.getTime()) ? [problem("beginAt", "is no time")] : [];
}

function directoryProblem(path: string | undefined): SpecProblem[] {
  return path === undefined || path.startsWith("/")
    ? []
    : [problem("workingDirectory", "must be an absolute path on the resource")];
}

function arrayProblem({ array }: JobSpec): SpecProblem[] {
  if (array === undefined) return [];
  const parts = array.indices.split(",");
  const readable = parts.every((part) => /^\d+(?:-\d+(?::[1-9]\d*)?)?$/.test(part));
  return readable ? [] : [problem("array.indices", "write 1-10, 1,5,9 or 0-20:5")];
}

function countProblems({ resources = {} }: JobSpec): SpecProblem[] {
  const { wallTimeSeconds, ...others } = resources;
  const { nodes, tasksPerNode, tasks, coresPerTask, gpusPerNode, memoryPerNodeBytes } = others;
  const whole = { nodes, tasksPerNode, tasks, coresPerTask, gpusPerNode, memoryPerNodeBytes };
  const problems = Object.entries(whole)
    .filter(([, count]) => count !== undefined && !(Number.isSafeInteger(count) && count > 0))
    .map(([name]) => problem(`resources.${name}`, "must be a whole number above 0"));
  const badTime = wallTimeSeconds !== undefined && !(Number.isFinite(wallTimeSeconds) && wallTimeSeconds > 0);
  return badTime ? [...problems, problem("resources.wallTimeSeconds", "must be a number above 0")] : problems;
}

function problem(field: string, message: string): SpecProblem {
  return { field, message, severity: "refused" };
}
