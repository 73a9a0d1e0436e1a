import { createHash } from "node:crypto";
import { NotSupportedError, SpecError } from "../../errors/index.js";
import type { Attachment, JobSpec } from "../../model/index.js";
import { bytesSource } from "../../transfers/bytes-source.js";
import { getJobName } from "../job-name.js";
import { renderWrapper, scriptName as innerScriptName, scriptText } from "../wrapper-script.js";
import { findProblems, type MantidProblem } from "./find-problems.js";
import { renderOuterScript, taskScriptName } from "./outer-script.js";

/** A submit before it is bytes. */
export interface MantidPlan {
  /** Made of the submit key: what the service lists can be found by it. */
  readonly scriptName: string;
  readonly scriptText: string;
  readonly jobName: string;
  /** Further fields of the form. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** What is sent before, into the transaction that the job gets. */
  readonly files: readonly Attachment[];
  /** Where output and error will be, where this program decides it. */
  readonly outputPath?: string;
  readonly errorPath?: string;
  readonly problems: readonly MantidProblem[];
}

export interface PlanContext {
  readonly gateway: boolean;
  readonly submitKey: string;
  /** Variables that the service announces; empty: it announces none, and the two that Mantid sends are taken for known. */
  readonly submitVariables: readonly string[];
  readonly requestVariables: Readonly<Record<string, string>>;
  readonly scripts: "python" | "shell";
}

/** What would be sent for a spec. Pure; problems are in the result. */
export function planSubmit(spec: JobSpec, context: PlanContext): MantidPlan {
  const { gateway, submitVariables } = context;
  const known = submitVariables.length > 0 ? submitVariables : ["NumNodes", "CoresPerNode"];
  const takesVariable = (name: string): boolean => known.includes(name);
  const problems = findProblems(spec, { gateway, takesVariable });
  const language = gateway ? "shell" : context.scripts;
  const scriptName = scriptNameOf(context.submitKey, language);
  const plain = { scriptName, jobName: getJobName(spec), variables: variables(spec, context), problems };
  // What can't be sent can't be written as a script either.
  if (problems.some(({ severity }) => severity === "refused")) return { ...plain, scriptText: "", files: [] };
  const files = [...taskFiles(spec), ...(spec.attachments ?? [])];
  if (gateway) return { ...plain, scriptText: renderWrapper(spec), files };
  const outputPath = spec.outputPath ?? "scarf-output.txt";
  const errorPath =
    spec.errorPath ?? (spec.outputPath === undefined ? "scarf-error.txt" : `${outputPath}.error`);
  const places = {
    outputPath: inWorkingDirectory(spec, spec.outputPath) ?? outputPath,
    errorPath: spec.errorPath === undefined ? errorPath : (inWorkingDirectory(spec, errorPath) ?? errorPath),
  };
  return {
    ...plain,
    ...places,
    scriptText: renderOuterScript({ language, ...places }),
    files: [textFile(taskScriptName, described(spec)), ...files],
  };
}

/** Unlike that of any other key, and short enough for every file system. */
export function scriptNameOf(submitKey: string, language: "python" | "shell"): string {
  const digest = createHash("sha256").update(submitKey).digest("hex").slice(0, 32);
  return `scarf-${digest}.${language === "python" ? "py" : "sh"}`;
}

/** Whether a job was submitted by this program, so that it leaves its exit code. */
export function isOurScript(scriptName: string): boolean {
  return /^scarf-[0-9a-f]{32}\.(?:py|sh)$/.test(scriptName);
}

/** @throws {SpecError} `SPEC_INVALID`, `SPEC_REJECTED`. @throws {NotSupportedError} All problems are in the context. */
export function refuseProblems({ problems }: Pick<MantidPlan, "problems">): void {
  const refused = problems.filter(({ severity }) => severity === "refused");
  const first = refused.find(({ code }) => code === "SPEC_INVALID") ?? refused[0];
  if (first === undefined) return;
  const list = refused.map(({ field, message }) => `${field}: ${message}`).join("; ");
  const details = {
    hint: "Change these fields and submit again. No job was created.",
    context: { fields: refused.map(({ field }) => field) },
  };
  if (first.code === "NOT_SUPPORTED") {
    throw new NotSupportedError(
      "NOT_SUPPORTED",
      `This service can't do what the job asks for: ${list}.`,
      details,
    );
  }
  throw new SpecError(first.code ?? "SPEC_INVALID", `The job can't be submitted: ${list}.`, details);
}

function variables(spec: JobSpec, { gateway, requestVariables }: PlanContext): MantidPlan["variables"] {
  const { nodes, tasksPerNode, tasks, coresPerTask, wallTimeSeconds, memoryPerNodeBytes } =
    spec.resources ?? {};
  const perNode = tasksPerNode ?? (tasks === undefined ? undefined : tasks / (nodes ?? 1));
  const cores = perNode === undefined ? coresPerTask : perNode * (coresPerTask ?? 1);
  const own = {
    NumNodes: nodes ?? (tasks === undefined ? undefined : 1),
    CoresPerNode: cores,
    WallTimeSeconds: wallTimeSeconds,
    MemoryPerNodeBytes: memoryPerNodeBytes,
    Queue: spec.queue,
    ...(gateway && {
      Description: spec.description,
      OutputFile: inWorkingDirectory(spec, spec.outputPath),
      ErrorFile: inWorkingDirectory(spec, spec.errorPath),
    }),
  };
  const said = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return [...new Map([...Object.entries(requestVariables), ...said])];
}

/** Relative paths are relative to the working directory; the service counts them from the transaction's. */
function inWorkingDirectory({ workingDirectory }: JobSpec, path: string | undefined): string | undefined {
  if (workingDirectory === undefined || path === undefined || path.startsWith("/")) return path;
  return `${workingDirectory.replace(/\/+$/, "")}/${path}`;
}

function taskFiles({ task }: JobSpec): readonly Attachment[] {
  return task.kind === "script" ? [textFile(innerScriptName, scriptText(task.text))] : [];
}

function described(spec: JobSpec): string {
  const wrapper = renderWrapper(spec);
  return spec.description === undefined ? wrapper : wrapper.replace("\n", `\n# ${spec.description}\n`);
}

function textFile(name: string, text: string): Attachment {
  return { name, source: bytesSource(text) };
}
