import type { SlurmDialect } from "./api-versions.js";

/** One job as slurmrestd takes it, in one form for all versions. */
export interface SlurmJobRequest {
  /** Begins with `#!`. `#SBATCH` lines in it are ignored there. */
  readonly script: string;
  readonly name: string;
  /** All that the job gets besides Slurm's own variables. Never empty: Slurm refuses that. */
  readonly environment: Readonly<Record<string, string>>;
  /** Never absent: v0.0.36 to 38 would run the job in the daemon's own directory. */
  readonly workingDirectory: string;
  readonly outputPath: string;
  readonly errorPath: string;
  readonly comment?: string;
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly reservation?: string;
  readonly constraint?: string;
  readonly nodes?: number;
  readonly tasks?: number;
  readonly tasksPerNode?: number;
  readonly coresPerTask?: number;
  readonly gpusPerNode?: number;
  /** MiB. */
  readonly memoryPerNodeMegabytes?: number;
  readonly timeLimitMinutes?: number;
  readonly exclusive?: boolean;
  /** E.g. `0-3%2`. */
  readonly array?: string;
  /** E.g. `afterok:12,afterany:13`. */
  readonly dependency?: string;
  readonly beginAt?: Date;
  readonly hold?: boolean;
  readonly requeue?: boolean;
  /** `BEGIN`, `END`, `FAIL`. */
  readonly mailEvents?: readonly string[];
  readonly mailAddress?: string;
  readonly nodeList?: readonly string[];
  readonly excludedNodes?: readonly string[];
  readonly licenses?: string;
  readonly nice?: number;
  readonly wckey?: string;
}

/** A value as JSON can have it. */
export type JsonValue =
  | string
  | number
  | boolean
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** The body of `POST job/submit`. */
export function renderSubmitBody(request: SlurmJobRequest, dialect: SlurmDialect): string {
  return JSON.stringify({ script: request.script, job: renderJob(request, dialect) });
}

function renderJob(request: SlurmJobRequest, dialect: SlurmDialect): JsonValue {
  const { environment, nodes, gpusPerNode, exclusive, beginAt, mailEvents, nodeList, excludedNodes } =
    request;
  const { nodesKey, excludedKey } = dialect;
  const count = (value: number): JsonValue => renderNumber(value, dialect);
  return withoutAbsent({
    name: request.name,
    environment:
      dialect.environment === "object"
        ? environment
        : Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    current_working_directory: request.workingDirectory,
    standard_output: request.outputPath,
    standard_error: request.errorPath,
    comment: request.comment,
    partition: request.partition,
    account: request.account,
    qos: request.qos,
    reservation: request.reservation,
    constraints: request.constraint,
    ...(nodes !== undefined && renderNodes(nodes, dialect)),
    tasks: request.tasks,
    tasks_per_node: request.tasksPerNode,
    cpus_per_task: request.coresPerTask,
    ...(gpusPerNode !== undefined && renderGpus(gpusPerNode, dialect)),
    memory_per_node: map(request.memoryPerNodeMegabytes, count),
    time_limit: map(request.timeLimitMinutes, count),
    ...(exclusive === true && renderExclusive(dialect)),
    array: request.array,
    dependency: request.dependency,
    begin_time: map(beginAt, (time) => renderTime(time, dialect)),
    hold: request.hold,
    requeue: request.requeue,
    mail_type: dialect.mailTypes === "text" ? mailEvents?.join(",") : mailEvents,
    mail_user: request.mailAddress,
    [nodesKey]: nodesKey === "nodelist" ? nodeList?.join(",") : nodeList,
    [excludedKey]: excludedKey === "exclude_nodes" ? excludedNodes?.join(",") : excludedNodes,
    licenses: request.licenses,
    nice: request.nice,
    wckey: request.wckey,
  });
}

/** What of a job can be changed after it was submitted. */
export interface SlurmJobChanges {
  readonly hold?: boolean;
  readonly timeLimitMinutes?: number;
  readonly partition?: string;
}

/** The body of `POST job/ID`. */
export function renderChangeBody(changes: SlurmJobChanges, dialect: SlurmDialect): string {
  return JSON.stringify(
    withoutAbsent({
      hold: changes.hold,
      time_limit: map(changes.timeLimitMinutes, (minutes) => renderNumber(minutes, dialect)),
      partition: changes.partition,
    }),
  );
}

function renderNumber(value: number, { numbers }: SlurmDialect): JsonValue {
  return numbers === "plain" ? value : { set: true, infinite: false, number: value };
}

function renderTime(time: Date, dialect: SlurmDialect): JsonValue {
  const seconds = Math.ceil(time.getTime() / 1000);
  return dialect.beginTime === "text" ? `uts${seconds}` : renderNumber(seconds, dialect);
}

function renderNodes(nodes: number, { nodeCount }: SlurmDialect): Readonly<Record<string, JsonValue>> {
  return nodeCount === "nodes" ? { nodes } : { minimum_nodes: nodes, maximum_nodes: nodes };
}

function renderGpus(count: number, { gpus }: SlurmDialect): Readonly<Record<string, JsonValue>> {
  return gpus === "gres" ? { gres: `gpu:${count}` } : { tres_per_node: `gres/gpu:${count}` };
}

function renderExclusive({ exclusive }: SlurmDialect): Readonly<Record<string, JsonValue>> {
  return exclusive === "exclusive" ? { exclusive: "exclusive" } : { shared: ["none"] };
}

function map<Value>(value: Value | undefined, render: (value: Value) => JsonValue): JsonValue | undefined {
  return value === undefined ? undefined : render(value);
}

function withoutAbsent(
  fields: Readonly<Record<string, JsonValue | undefined>>,
): Readonly<Record<string, JsonValue>> {
  const present: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) present[name] = value;
  return present;
}
