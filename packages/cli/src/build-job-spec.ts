import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { Attachment, JobSpec, Notification, ResourceSpec, Task } from "scarf-tomo";
import type { JobOptions } from "./job-options.js";
import { UsageError } from "./usage-error.js";

/**
 * Makes the job spec of `scarf submit`'s options and operands.
 * @throws {UsageError} options that contradict each other. @throws {FileError} a script or attachment that can't be read.
 */
export async function buildJobSpec(options: JobOptions, words: readonly string[]): Promise<JobSpec> {
  const task = await buildTask(options, words);
  const resources = buildResources(options);
  const { notify: events, notifyAddress: address } = options;
  if (address !== undefined && !events)
    throw new UsageError("--notify-address says where to, but not when: add --notify.");
  if (options.arrayMax !== undefined && options.array === undefined)
    throw new UsageError("--array-max needs --array.");
  const notification: Notification | undefined = events && {
    events,
    ...(address !== undefined && { address }),
  };
  return withoutAbsent({
    task,
    name: options.name,
    description: options.description,
    workingDirectory: options.cwd,
    environment: options.env,
    inputPath: options.input,
    outputPath: options.output,
    errorPath: options.error,
    resources,
    queue: options.queue,
    account: options.account,
    qos: options.qos,
    reservation: options.reservation,
    array:
      options.array === undefined
        ? undefined
        : withoutAbsent({ indices: options.array, maxRunning: options.arrayMax }),
    dependencies: options.after,
    beginAt: options.begin,
    hold: options.hold,
    requeueable: options.requeueable,
    priority: options.priority,
    notification,
    attachments: options.attach && (await openAttachments(options.attach)),
    nativeOptions: options.native,
  });
}

async function buildTask(options: JobOptions, words: readonly string[]): Promise<Task> {
  const [program, ...args] = words;
  const given = [
    options.script !== undefined && "--script",
    options.shell !== undefined && "--shell",
    options.application !== undefined && "--application",
    program !== undefined && options.script === undefined && "a command",
  ].filter((word) => word !== false);
  if (given.length === 0) {
    throw new UsageError(
      "There is nothing to run.",
      "Give a command (scarf submit -- COMMAND ARGUMENTS), --script FILE, --shell LINE or --application NAME.",
    );
  }
  if (given.length > 1)
    throw new UsageError(`Only one thing can be run, but there are several: ${given.join(" and ")}.`);
  if (options.param && options.application === undefined)
    throw new UsageError("--param needs --application.");
  if (options.script !== undefined) {
    const text = options.script === "-" ? await readAll(process.stdin) : await readScript(options.script);
    return { kind: "script", text, ...(words.length > 0 && { args: words }) };
  }
  if (options.shell !== undefined) return { kind: "shell", commandLine: options.shell };
  if (options.application !== undefined) {
    return { kind: "application", application: options.application, parameters: options.param ?? {} };
  }
  return { kind: "command", argv: [program ?? "", ...args] };
}

async function readScript(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { FileError } = await import("scarf-tomo");
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT")
      throw new FileError("FILE_NOT_FOUND", `There is no script ${path}.`, { cause: error });
    if (code === "EISDIR")
      throw new FileError("FILE_KIND_WRONG", `${path} is a directory, not a script.`, { cause: error });
    throw new FileError("FILE_UNREADABLE", `The script ${path} can't be read.`, { cause: error });
  }
}

function buildResources(options: JobOptions): ResourceSpec | undefined {
  const resources: ResourceSpec = withoutAbsent({
    nodes: options.nodes,
    tasksPerNode: options.tasksPerNode,
    tasks: options.tasks,
    coresPerTask: options.cores,
    gpusPerNode: options.gpus,
    memoryPerNodeBytes: options.memory,
    wallTimeSeconds: options.time,
    constraint: options.constraint,
    exclusive: options.exclusive,
  });
  return Object.keys(resources).length > 0 ? resources : undefined;
}

async function openAttachments(paths: readonly string[]): Promise<Attachment[]> {
  const { fileSource } = await import("scarf-tomo");
  const attachments = await Promise.all(
    paths.map(async (path) => ({ name: basename(path), source: await fileSource(path) })),
  );
  const twice = attachments.find(
    ({ name }, index) => attachments.findIndex((other) => other.name === name) !== index,
  );
  if (twice)
    throw new UsageError(`Two attachments are called ${twice.name}; in the job's directory only one can be.`);
  return attachments;
}

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Leaves out what was not given: a field that is there counts as asked for. */
function withoutAbsent<T extends object>(
  fields: T,
): Partial<Present<T>> & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same keys and values, without those that are undefined
  return Object.fromEntries(present) as ReturnType<typeof withoutAbsent<T>>;
}
