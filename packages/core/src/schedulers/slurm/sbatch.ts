import type { Dependency, JobSpec, SpecProblem } from "../../model/index.js";
import { parseSlurmJobId, renderSlurmJobId } from "./job-ids.js";
import { readSlurmNativeOptions } from "./native-options.js";
import type { SlurmOutputPaths } from "./output-paths.js";
import { toSlurmTime } from "./sacct.js";
import { cleanSlurmText, SlurmRefusal, type SlurmCommand } from "./slurm-command.js";

/** What options are made of besides the spec. */
export interface SbatchContext extends SlurmOutputPaths {
  readonly name: string;
  /** Where the submit key travels. */
  readonly comment: string;
  readonly workingDirectory: string;
}

/** A problem and, where it makes submit fail, how. */
export interface SlurmSpecProblem extends SpecProblem {
  readonly code?: "SPEC_INVALID" | "SPEC_REJECTED" | "NOT_SUPPORTED";
}

const conditions: Readonly<Record<Dependency["condition"], string>> = {
  started: "after",
  ended: "afterany",
  succeeded: "afterok",
  failed: "afternotok",
};
/** Slurm's words for a job's events. */
export const slurmMailEvents = { started: "BEGIN", ended: "END", failed: "FAIL" } as const;

/** Slurm's own bound of a script. */
const mostScriptBytes = 4 * 2 ** 20;

/** What sbatch can't be told, or is told in another way. What every resource checks is not looked at again. */
export function findSbatchProblems(spec: JobSpec): readonly SlurmSpecProblem[] {
  const { task, resources = {}, dependencies = [], nativeOptions = [], priority } = spec;
  const problems: SlurmSpecProblem[] = [];
  if (task.kind === "application")
    problems.push(unsupported("task", "Slurm knows no forms of applications: expand its template first"));
  const seconds = resources.wallTimeSeconds;
  if (seconds !== undefined && seconds % 60 !== 0)
    problems.push(
      emulated("resources.wallTimeSeconds", `Slurm counts whole minutes: it gets ${minutes(seconds)} min`),
    );
  if (priority !== undefined)
    problems.push(
      unsupported(
        "priority",
        "Slurm drops a priority that an ordinary user gives, in silence; to let others go first give the native option --nice=N",
      ),
    );
  for (const field of ["account", "qos", "reservation", "queue"] as const)
    if (spec[field] === "") problems.push(invalid(field, "is empty"));
  if (resources.constraint === "") problems.push(invalid("resources.constraint", "is empty"));
  dependencies.forEach(({ jobId }, index) => {
    const ref = parseSlurmJobId(jobId);
    const field = `dependencies[${index}].jobId`;
    if (ref === undefined) problems.push(rejected(field, `${shown(jobId)} is no id of a job`));
    else if (ref.offset !== undefined || ref.waiting !== undefined)
      problems.push(
        unsupported(field, "Slurm can wait for a job, an array or one element, not for this part"),
      );
  });
  if (spec.array !== undefined && spec.array.indices.split(",").some((part) => isBackwards(part)))
    problems.push(invalid("array.indices", "a range ends before it begins"));
  const most = spec.array?.maxRunning;
  if (most !== undefined && !(Number.isSafeInteger(most) && most > 0))
    problems.push(invalid("array.maxRunning", "must be a whole number above 0"));
  // Before one Slurm leaves every % of the whole name as it is, and takes the \\ away.
  for (const field of ["outputPath", "errorPath", "workingDirectory"] as const)
    if (spec[field]?.includes("\\") === true)
      problems.push(rejected(field, "Slurm can't write into files with \\ in their paths"));
  for (const message of readSlurmNativeOptions(nativeOptions).problems)
    problems.push(unsupported("nativeOptions", message));
  return problems;
}

/** All options of one submit. Each is one word, so that no value can be taken for another option. */
export function renderSbatchOptions(spec: JobSpec, context: SbatchContext): readonly string[] {
  const { resources = {}, array, dependencies = [], notification, requeueable } = spec;
  const option = (name: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  const { memoryPerNodeBytes, wallTimeSeconds, gpusPerNode } = resources;
  return [
    ...option("job-name", context.name),
    ...option("comment", context.comment),
    ...option("chdir", context.workingDirectory),
    ...option("output", context.outputPath),
    ...option("error", context.errorPath),
    // The log-in environment of the user on the node, and nothing of ours.
    "--export=NONE",
    ...option("partition", spec.queue),
    ...option("account", spec.account),
    ...option("qos", spec.qos),
    ...option("reservation", spec.reservation),
    ...option("constraint", resources.constraint),
    ...option("nodes", resources.nodes),
    ...option("ntasks", resources.tasks),
    ...option("ntasks-per-node", resources.tasksPerNode),
    ...option("cpus-per-task", resources.coresPerTask),
    ...option("gres", gpusPerNode === undefined ? undefined : `gpu:${gpusPerNode}`),
    ...option(
      "mem",
      memoryPerNodeBytes === undefined ? undefined : `${Math.ceil(memoryPerNodeBytes / 2 ** 20)}M`,
    ),
    ...option("time", wallTimeSeconds === undefined ? undefined : minutes(wallTimeSeconds)),
    ...(resources.exclusive === true ? ["--exclusive"] : []),
    ...option(
      "array",
      array && `${array.indices}${array.maxRunning === undefined ? "" : `%${array.maxRunning}`}`,
    ),
    ...option("dependency", dependencies.length === 0 ? undefined : renderSlurmDependencies(dependencies)),
    ...option("begin", spec.beginAt && toSlurmTime(new Date(spec.beginAt.getTime() + 999))),
    ...(spec.hold === true ? ["--hold"] : []),
    ...(requeueable === undefined ? [] : [requeueable ? "--requeue" : "--no-requeue"]),
    ...(notification === undefined || notification.events.length === 0
      ? []
      : option("mail-type", notification.events.map((event) => slurmMailEvents[event]).join(","))),
    ...option("mail-user", notification?.address),
    ...readSlurmNativeOptions(spec.nativeOptions ?? []).words,
  ];
}

/** Submits the script that it is given as its input. */
export function sbatch(options: readonly string[]): SlurmCommand<string> {
  return {
    argv: ["sbatch", "--parsable", ...options],
    environment: { LC_ALL: "C.UTF-8" },
    parse(output) {
      if (output.exitCode !== 0) throw new SlurmRefusal(output);
      // Banners of a log-in can stand before it. `51;name` is a job of another cluster than the one that is asked for its jobs.
      const [id] = /^\d{1,10}$/.exec(output.stdout.trim().split("\n").at(-1) ?? "") ?? [];
      if (id === undefined) throw new RangeError(`sbatch gave no id: ${shown(output.stdout)}`);
      return id;
    },
  };
}

/** Asks what would become of a job. @returns what Slurm says, e.g. when it would start. */
export function sbatchTest(options: readonly string[]): SlurmCommand<string> {
  return {
    argv: ["sbatch", "--test-only", ...options],
    environment: { LC_ALL: "C.UTF-8" },
    parse(output) {
      if (output.exitCode !== 0) throw new SlurmRefusal(output);
      return cleanSlurmText(output.stderr);
    },
  };
}

/** A script that is larger than Slurm takes. */
export function findScriptProblem(script: string): SlurmSpecProblem | undefined {
  return Buffer.byteLength(script) < mostScriptBytes
    ? undefined
    : rejected("task", "Slurm takes no script of 4 MiB or more, variables included");
}

/** E.g. `afterok:12,afterany:13_4`. */
export function renderSlurmDependencies(dependencies: readonly Dependency[]): string {
  return dependencies
    .map(({ condition, jobId }) => {
      const ref = parseSlurmJobId(jobId);
      return ref === undefined ? "" : `${conditions[condition]}:${renderSlurmJobId(ref)}`;
    })
    .join(",");
}

function minutes(seconds: number): number {
  return Math.ceil(seconds / 60);
}

function isBackwards(part: string): boolean {
  const [first = "", last = first] = part.replace(/:.*$/, "").split("-");
  return Number(last) < Number(first);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
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

function emulated(field: string, message: string): SlurmSpecProblem {
  return { field, message, severity: "emulated" };
}
