import type { JobSpec, SpecProblem } from "../../model/index.js";
import { isHeaderSafeFileName, linuxFileName } from "../../wire/index.js";
import { findNul, findSpecProblems } from "../find-spec-problems.js";
import { scriptName as innerScriptName } from "../wrapper-script.js";
import { exitCodeName, taskScriptName } from "./outer-script.js";

/** A problem and, where it makes submit fail, how. */
export interface MantidProblem extends SpecProblem {
  readonly code?: "SPEC_INVALID" | "SPEC_REJECTED" | "NOT_SUPPORTED";
}

export interface ProblemContext {
  readonly gateway: boolean;
  readonly takesVariable: (name: string) => boolean;
}

/** Fields that the interface has nothing for; `environment`, `inputPath` and the directory are set up by a script. */
const unsayable = [
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

/** All that is wrong with a spec, and what this service can't do of it. */
export function findProblems(spec: JobSpec, context: ProblemContext): readonly MantidProblem[] {
  const nul = findNul(spec);
  const mistakes = findSpecProblems(spec);
  if (nul !== undefined && mistakes.length === 0)
    mistakes.push({ field: nul, message: "can't hold a NUL character", severity: "refused" });
  return [
    ...mistakes.map(({ field, message }) => invalid(field, message)),
    ...attachmentProblems(spec, context),
    ...unsayableProblems(spec),
    ...resourceProblems(spec, context),
    ...placeProblems(spec, context),
  ];
}

function attachmentProblems({ attachments = [] }: JobSpec, { gateway }: ProblemContext): MantidProblem[] {
  const seen = new Set([taskScriptName, innerScriptName, exitCodeName, `${exitCodeName}.part`]);
  return attachments.flatMap(({ name }, index) => {
    const field = `attachments.${index}`;
    const twice = seen.has(name);
    seen.add(name);
    if (twice) return [invalid(field, `there is another file called ${name}`)];
    if (Buffer.byteLength(name) > 255) return [invalid(field, "the name is longer than 255 bytes")];
    if (gateway ? linuxFileName(name) !== undefined : isHeaderSafeFileName(name)) return [];
    return [invalid(field, `${JSON.stringify(name)} can't be sent: no / \\ " or control characters`)];
  });
}

function unsayableProblems(spec: JobSpec): MantidProblem[] {
  const problems = unsayable
    // `false` asks for nothing.
    .filter((field) => spec[field] !== undefined && spec[field] !== false)
    .map((field) => unsupported(field, "this service has nothing for it"));
  if (spec.task.kind === "application")
    problems.push(
      unsupported("task", `it has no application ${spec.task.application}: a template must expand it`),
    );
  return problems;
}

function resourceProblems(
  { resources = {}, queue }: JobSpec,
  { takesVariable }: ProblemContext,
): MantidProblem[] {
  const problems: MantidProblem[] = [];
  const { nodes, tasksPerNode, tasks, coresPerTask, gpusPerNode, constraint, exclusive } = resources;
  if (nodes !== undefined && !takesVariable("NumNodes"))
    problems.push(unsupported("resources.nodes", "this service does not let you choose it"));
  for (const [field, count] of Object.entries({ tasksPerNode, tasks, coresPerTask })) {
    if (count !== undefined && !takesVariable("CoresPerNode"))
      problems.push(unsupported(`resources.${field}`, "this service does not let you choose cores"));
  }
  if (tasks !== undefined && nodes !== undefined && nodes > 1 && tasks % nodes !== 0)
    problems.push(unsupported("resources.tasks", `${tasks} tasks do not fill ${nodes} nodes evenly`));
  if (resources.wallTimeSeconds !== undefined && !takesVariable("WallTimeSeconds"))
    problems.push(unsupported("resources.wallTimeSeconds", "this service takes no time limits"));
  if (resources.memoryPerNodeBytes !== undefined && !takesVariable("MemoryPerNodeBytes"))
    problems.push(unsupported("resources.memoryPerNodeBytes", "this service takes no memory limits"));
  if (gpusPerNode !== undefined && gpusPerNode !== 0)
    problems.push(unsupported("resources.gpusPerNode", "this service has nothing for it"));
  if (constraint !== undefined)
    problems.push(unsupported("resources.constraint", "this service has nothing for it"));
  if (exclusive === true)
    problems.push(unsupported("resources.exclusive", "this service has nothing for it"));
  if (queue !== undefined && !takesVariable("Queue")) {
    problems.push({
      field: "queue",
      message: `this service has no queues to choose from, nor one called ${queue}`,
      severity: "refused",
      code: "SPEC_REJECTED",
    });
  }
  return problems;
}

function placeProblems(spec: JobSpec, { gateway }: ProblemContext): MantidProblem[] {
  if (gateway) return [];
  const problems = (["outputPath", "errorPath"] as const)
    .filter((field) => /%[JI]/.test(spec[field] ?? ""))
    .map((field) => unsupported(field, "only the service knows the job's id; give a name without %J and %I"));
  const description: MantidProblem[] =
    spec.description === undefined
      ? []
      : [
          {
            field: "description",
            message: "it stands in the script only, where no list shows it",
            severity: "emulated",
          },
        ];
  return [...problems, ...description];
}

function invalid(field: string, message: string): MantidProblem {
  return { field, message, severity: "refused", code: "SPEC_INVALID" };
}

function unsupported(field: string, message: string): MantidProblem {
  return { field, message, severity: "refused", code: "NOT_SUPPORTED" };
}
