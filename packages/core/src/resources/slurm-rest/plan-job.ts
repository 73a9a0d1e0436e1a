import type { Attachment, JobSpec } from "../../model/index.js";
import {
  findSbatchProblems,
  findScriptProblem,
  givenOnly,
  renderSlurmDependencies,
  renderSlurmOutputs,
  slurmMailEvents,
  type SlurmSpecProblem,
} from "../../schedulers/slurm/index.js";
import { bytesSource } from "../../transfers/bytes-source.js";
import { isPlainName } from "../../transfers/disk/plain-name.js";
import { renderKeyedDescription, type SlurmJobRequest } from "../../wire/index.js";
import { findNul, findSpecProblems } from "../find-spec-problems.js";
import { getJobName } from "../job-name.js";
import { scriptName, scriptText } from "../wrapper-script.js";
import { renderJobScript } from "./job-script.js";
import { readNativeOptions } from "./native-options.js";

/** All that a submit sends, and what is wrong with it. */
export interface RestPlan {
  readonly request: SlurmJobRequest;
  /** Written into the job's own directory before. */
  readonly files: readonly Attachment[];
  readonly problems: readonly SlurmSpecProblem[];
}

export interface PlanContext {
  readonly submitKey: string;
  /** The job's own directory; undefined: there is no shared folder. */
  readonly ownDirectory: string | undefined;
}

/** slurmrestd answers 20 MiB and resets the connection at 70. */
const mostRequestBytes = 16 * 2 ** 20;
const path = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/** What would be sent for a spec. The request means nothing while a problem refuses it. */
export function planJob(spec: JobSpec, { submitKey, ownDirectory }: PlanContext): RestPlan {
  const problems = findProblems(spec, ownDirectory);
  const { resources = {}, array, dependencies, notification, nativeOptions = [] } = spec;
  const native = readNativeOptions(nativeOptions);
  problems.push(...native.problems.map((message) => unsupported("nativeOptions", message)));
  const workingDirectory = spec.workingDirectory ?? ownDirectory ?? "";
  const isRefused = problems.some(({ severity }) => severity === "refused");
  const outputs = renderSlurmOutputs(spec, workingDirectory);
  const request: SlurmJobRequest = {
    script: isRefused ? "" : renderJobScript(spec, { workingDirectory, ownDirectory }),
    name: getJobName(spec),
    environment: { PATH: path, ...spec.environment },
    workingDirectory,
    ...outputs,
    comment: renderKeyedDescription(spec.description, submitKey),
    ...givenOnly({
      partition: spec.queue,
      account: spec.account,
      qos: spec.qos,
      reservation: spec.reservation,
      constraint: resources.constraint,
      nodes: resources.nodes,
      tasks: resources.tasks,
      tasksPerNode: resources.tasksPerNode,
      coresPerTask: resources.coresPerTask,
      gpusPerNode: resources.gpusPerNode,
      memoryPerNodeMegabytes: roundUp(resources.memoryPerNodeBytes, 2 ** 20),
      timeLimitMinutes: roundUp(resources.wallTimeSeconds, 60),
      exclusive: resources.exclusive,
      array: array && `${array.indices}${array.maxRunning === undefined ? "" : `%${array.maxRunning}`}`,
      dependency: dependencies && dependencies.length > 0 ? renderSlurmDependencies(dependencies) : undefined,
      beginAt: spec.beginAt,
      hold: spec.hold,
      requeue: spec.requeueable,
      mailEvents: notification?.events.map((event) => slurmMailEvents[event]),
      mailAddress: notification?.address,
    }),
    ...native.fields,
  };
  problems.push(...sizeProblems(request));
  const files = [...(spec.attachments ?? [])];
  if (spec.task.kind === "script" && ownDirectory !== undefined)
    files.push({ name: scriptName, source: bytesSource(scriptText(spec.task.text)) });
  return { request, files, problems };
}

function findProblems(spec: JobSpec, ownDirectory: string | undefined): SlurmSpecProblem[] {
  const nul = findNul(spec);
  const mistakes = findSpecProblems(spec);
  if (nul !== undefined && mistakes.length === 0)
    mistakes.push({ field: nul, message: "can't hold a NUL character", severity: "refused" });
  return [
    ...mistakes.map(({ field, message }) => invalid(field, message)),
    ...taskProblems(spec, ownDirectory),
    ...attachmentProblems(spec, ownDirectory),
    ...placeProblems(spec, ownDirectory),
    ...slurmProblems(spec),
  ];
}

function taskProblems({ task }: JobSpec, ownDirectory: string | undefined): SlurmSpecProblem[] {
  if (task.kind !== "script") return [];
  // sbatch refuses them; the REST interface takes them, and the job fails with "bad interpreter".
  if (task.text.includes("\r\n")) return [invalid("task.text", "it has line ends of Windows (CR LF)")];
  return ownDirectory === undefined && task.text.includes("\0")
    ? [unsupported("task.text", "a NUL character can't travel without a shared folder")]
    : [];
}

function attachmentProblems(
  { attachments = [], task }: JobSpec,
  ownDirectory: string | undefined,
): SlurmSpecProblem[] {
  if (attachments.length > 0 && ownDirectory === undefined)
    return [
      unsupported("attachments", "this resource has no way for files: its definition names no shared folder"),
    ];
  const seen = new Set(task.kind === "script" ? [scriptName] : []);
  return attachments.flatMap(({ name }) => {
    const isTwice = seen.has(name);
    seen.add(name);
    if (!isPlainName(name))
      return [invalid("attachments", `${JSON.stringify(name.slice(0, 80))} is no plain file name`)];
    return isTwice ? [invalid("attachments", `there is another file called ${name}`)] : [];
  });
}

function placeProblems({ workingDirectory }: JobSpec, ownDirectory: string | undefined): SlurmSpecProblem[] {
  return ownDirectory === undefined && workingDirectory === undefined
    ? [invalid("workingDirectory", "is needed: without a shared folder nobody can make one for the job")]
    : [];
}

/** What Slurm itself can't be told. Of native options this interface knows others. */
function slurmProblems(spec: JobSpec): SlurmSpecProblem[] {
  const problems: SlurmSpecProblem[] = [...findSbatchProblems({ ...spec, nativeOptions: [] })];
  const field = "resources.memoryPerNodeBytes";
  const bytes = spec.resources?.memoryPerNodeBytes;
  const isTold = problems.some((problem) => problem.field === field);
  if (bytes !== undefined && bytes % 2 ** 20 !== 0 && !isTold)
    problems.push({
      field,
      message: `Slurm counts in MiB: ${roundUp(bytes, 2 ** 20)} MiB`,
      severity: "emulated",
    });
  return problems;
}

function sizeProblems(request: SlurmJobRequest): SlurmSpecProblem[] {
  const tooLarge = findScriptProblem(request.script);
  if (tooLarge !== undefined) return [tooLarge];
  const environmentBytes = Buffer.byteLength(JSON.stringify(request.environment));
  return environmentBytes + Buffer.byteLength(request.script) > mostRequestBytes
    ? [rejected("environment", "it is larger than the daemon takes (16 MiB together with the script)")]
    : [];
}

function roundUp(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : Math.ceil(value / unit);
}

function invalid(field: string, message: string): SlurmSpecProblem {
  return { field, message, severity: "refused", code: "SPEC_INVALID" };
}

function rejected(field: string, message: string): SlurmSpecProblem {
  return { field, message, severity: "refused", code: "SPEC_REJECTED" };
}

function unsupported(field: string, message: string): SlurmSpecProblem {
  return { field, message, severity: "refused", code: "NOT_SUPPORTED" };
}
