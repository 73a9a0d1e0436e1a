import { resolve } from "node:path";
import type { JobSpec, Task } from "../../model/index.js";
import { getOwnIdentity } from "../../transports/process/process-identity.js";
import { quoteWords } from "../../wire/shell-words.js";
import { parseArrayIndices } from "./array-indices.js";
import { countCores } from "./check-spec.js";
import { getBaseEnvironment } from "./job-environment.js";
import type { JobRecord } from "./job-record.js";
import { getJobName } from "../job-name.js";

export interface PlanContext {
  readonly user: string;
  readonly submitKey: string;
  /** The job's own directory. */
  readonly directory: string;
  readonly slots: number;
  readonly extraPath: readonly string[];
}

/** What will be kept of a spec that has been checked. */
export function planJob(
  spec: JobSpec,
  { user, submitKey, directory, slots, extraPath }: PlanContext,
): JobRecord {
  const workingDirectory = spec.workingDirectory ?? directory;
  const place = (path: string | undefined) =>
    path === undefined ? undefined : resolve(workingDirectory, path);
  const indices = spec.array && parseArrayIndices(spec.array.indices);
  const { description, resources } = spec;
  const { memoryPerNodeBytes: memoryBytes, wallTimeSeconds } = resources ?? {};
  const inputPath = place(spec.inputPath);
  const outputPath = place(spec.outputPath);
  const errorPath = place(spec.errorPath);
  return {
    format: 1,
    user,
    submitKey,
    submittedAt: new Date().toISOString(),
    submitter: getOwnIdentity(),
    directory,
    name: getJobName(spec),
    ...(description !== undefined && { description }),
    command: describeTask(spec.task),
    launch: planLaunch(spec.task),
    environment: { ...getBaseEnvironment(extraPath), ...spec.environment },
    workingDirectory,
    ...(inputPath !== undefined && { inputPath }),
    ...(outputPath !== undefined && { outputPath }),
    ...(errorPath !== undefined && { errorPath }),
    cores: countCores(spec, slots),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(wallTimeSeconds !== undefined && { wallTimeSeconds }),
    ...(typeof indices === "object" && { indices }),
    ...(spec.array?.maxRunning !== undefined && { maxRunning: spec.array.maxRunning }),
    ...(spec.dependencies && { dependencies: spec.dependencies }),
    ...(spec.beginAt && { beginAt: spec.beginAt.toISOString() }),
    hold: spec.hold ?? false,
    requeueable: spec.requeueable ?? false,
    priority: spec.priority ?? 0,
  };
}

function describeTask(task: Task): string {
  switch (task.kind) {
    case "command":
      return quoteWords(task.argv);
    case "shell":
      return task.commandLine;
    case "script":
      return ["script", ...(task.args?.length ? [quoteWords(task.args)] : [])].join(" ");
    default:
      return task.application;
  }
}

function planLaunch(task: Task): JobRecord["launch"] {
  switch (task.kind) {
    case "command":
      return { kind: "argv", argv: task.argv };
    case "shell":
      return { kind: "argv", argv: ["/bin/sh", "-c", task.commandLine] };
    case "script":
      return {
        kind: "script",
        interpreter: task.text.startsWith("#!") ? [] : ["/bin/sh"],
        args: task.args ?? [],
      };
    default:
      throw new Error("An application task was not refused");
  }
}
