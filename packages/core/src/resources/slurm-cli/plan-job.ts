import { posix } from "node:path";
import type { Attachment, JobSpec } from "../../model/index.js";
import {
  findSbatchProblems,
  findScriptProblem,
  renderSbatchOptions,
  renderSlurmOutputs,
  renderSlurmScript,
  type SlurmSpecProblem,
} from "../../schedulers/slurm/index.js";
import { bytesSource } from "../../transfers/bytes-source.js";
import { isPlainName } from "../../transfers/disk/plain-name.js";
import { renderKeyedDescription } from "../../wire/index.js";
import { findNul, findSpecProblems } from "../find-spec-problems.js";
import { getJobName } from "../job-name.js";
import { scriptName, scriptText, wrapperName } from "../wrapper-script.js";

/** All that a submit sends, and what is wrong with it. */
export interface SlurmCliPlan {
  readonly options: readonly string[];
  /** Means nothing while a problem refuses the job. */
  readonly script: string;
  /** Holds the submit key. */
  readonly comment: string;
  readonly workingDirectory: string;
  readonly ownDirectory: string;
  /** Written into the job's own directory before. */
  readonly files: readonly Attachment[];
  readonly problems: readonly SlurmSpecProblem[];
}

/** What would be sent for a spec. */
export function planJob(spec: JobSpec, submitKey: string, ownDirectory: string): SlurmCliPlan {
  const problems = [...findProblems(spec)];
  const workingDirectory = spec.workingDirectory ?? ownDirectory;
  const comment = renderKeyedDescription(spec.description, submitKey);
  const options = renderSbatchOptions(spec, {
    name: getJobName(spec),
    comment,
    workingDirectory,
    ...renderSlurmOutputs(spec, workingDirectory),
  });
  const isRefused = problems.some(({ severity }) => severity === "refused");
  const scriptPath = posix.join(ownDirectory, scriptName);
  const script = isRefused ? "" : renderSlurmScript(spec, { workingDirectory, ownDirectory, scriptPath });
  const tooLarge = findScriptProblem(script);
  if (tooLarge !== undefined) problems.push(tooLarge);
  const files = [...(spec.attachments ?? [])];
  // As a file whose checksum was compared: what sbatch reads from a connection can be cut, and would run as far as it came.
  files.push({ name: wrapperName, source: bytesSource(script) });
  if (spec.task.kind === "script")
    files.push({ name: scriptName, source: bytesSource(scriptText(spec.task.text)) });
  return {
    options: [...options, posix.join(ownDirectory, wrapperName)],
    script,
    comment,
    workingDirectory,
    ownDirectory,
    files,
    problems,
  };
}

/** The command line or its like, for lists of jobs. */
export function describeTask({ task }: JobSpec): string {
  switch (task.kind) {
    case "command":
      return task.argv.join(" ");
    case "shell":
      return task.commandLine;
    case "script":
      return ["script", ...(task.args ?? [])].join(" ");
    default:
      return task.application;
  }
}

function findProblems(spec: JobSpec): readonly SlurmSpecProblem[] {
  const mistakes = findSpecProblems(spec);
  const nul = findNul(spec);
  if (nul !== undefined && mistakes.length === 0)
    mistakes.push({ field: nul, message: "can't hold a NUL character", severity: "refused" });
  return [
    ...mistakes.map(({ field, message }) => invalid(field, message)),
    ...findSbatchProblems(spec),
    ...findPathProblems(spec),
    ...findAttachmentProblems(spec),
  ];
}

function findPathProblems(spec: JobSpec): readonly SlurmSpecProblem[] {
  return (["inputPath", "outputPath", "errorPath", "workingDirectory"] as const).flatMap((field) => {
    const parts = spec[field]?.split("/") ?? [];
    return parts.some((part) => Buffer.byteLength(part) > 255)
      ? [invalid(field, "a name in it is longer than 255 bytes")]
      : [];
  });
}

function findAttachmentProblems({ task, attachments = [] }: JobSpec): readonly SlurmSpecProblem[] {
  const seen = new Set<string>(task.kind === "script" ? [wrapperName, scriptName] : [wrapperName]);
  const problems: SlurmSpecProblem[] = [];
  for (const { name } of attachments) {
    if (!isPlainName(name) || name.startsWith(".scarf-"))
      problems.push(
        invalid("attachments", `${JSON.stringify(name.slice(0, 80))} can't be the name of a file here`),
      );
    else if (seen.has(name))
      problems.push(invalid("attachments", `two files are called ${JSON.stringify(name)}`));
    seen.add(name);
  }
  return problems;
}

function invalid(field: string, message: string): SlurmSpecProblem {
  return { field, message, severity: "refused", code: "SPEC_INVALID" };
}
