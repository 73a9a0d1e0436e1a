import type { Job, JobStatus } from "../../model/index.js";
import { parseJobTime } from "./job-times.js";
import { parseStatus, present, type StatusContext, type StatusFields } from "./status-word.js";
import { parseKeyedDescription } from "./submit-key-text.js";

/** Names of the legacy service; whatever else a job element has is dropped. */
const fieldNames = [
  "id",
  "name",
  "status",
  "extStatus",
  "exitCode",
  "pendReason",
  "startTime",
  "submitTime",
  "endTime",
  "user",
  "cmd",
  "appType",
  "queue",
  "projectName",
  "groupName",
  "execCwd",
  "cwd",
  "outfile",
  "errfile",
  "exHosts",
  "description",
  "errMsg",
] as const;
export type JobFieldName = (typeof fieldNames)[number];

const slots: ReadonlyMap<string, number> = new Map(fieldNames.map((name, slot) => [name, slot]));

/** The children of one job element. One object serves a whole list: a map for each job keeps V8's collector busier than the parser. */
export class JobFields {
  readonly #texts: (string | undefined)[] = fieldNames.map(() => undefined);

  set(name: string, text: string): void {
    const slot = slots.get(name);
    if (slot !== undefined) this.#texts[slot] = text;
  }

  get(name: JobFieldName): string | undefined {
    return this.#texts[slots.get(name) ?? -1];
  }

  clear(): void {
    this.#texts.fill(undefined);
  }
}

/** So many different ones are compared with: most lists have fewer, and where each job has its own reason nothing is lost. */
const mostSharedStatuses = 16;
const mostSharedHosts = 1000;

/**
 * Makes jobs of the elements of one list. Texts and statuses that many jobs have in common are kept once: the objects that stay
 * are what a long list costs, in memory and in the collector's time.
 */
export class JobReader {
  readonly #context: StatusContext;
  readonly #statuses: KnownStatus[] = [];
  #nextStatus = 0;
  readonly #hosts = new Map<string, readonly string[]>();
  readonly #last = new Map<string, string>();

  constructor(context: StatusContext) {
    this.#context = context;
  }

  /** `undefined` = the element has no id. */
  read(fields: JobFields): Job | undefined {
    const id = present(fields.get("id"));
    return id === undefined ? undefined : new ReadJob(id, this.#readStatus(fields), fields, this);
  }

  /** The same text as in the job before, if it is the same: most jobs of a list have one owner, queue and application. */
  shared(name: JobFieldName, text: string | undefined): string | undefined {
    const value = present(text);
    if (value === undefined) return undefined;
    const last = this.#last.get(name);
    if (value === last) return last;
    this.#last.set(name, value);
    return value;
  }

  hosts(text: string | undefined): readonly string[] | undefined {
    const value = this.shared("exHosts", text);
    if (value === undefined) return undefined;
    const known = this.#hosts.get(value);
    if (known !== undefined) return known;
    if (this.#hosts.size >= mostSharedHosts) this.#hosts.clear();
    const hosts = value.split(/[:\s]+/);
    this.#hosts.set(value, hosts);
    return hosts;
  }

  #readStatus(fields: JobFields): JobStatus {
    const [status, extStatus, exitCode] = [
      fields.get("status"),
      fields.get("extStatus"),
      fields.get("exitCode"),
    ];
    const [pendReason, startTime] = [fields.get("pendReason"), fields.get("startTime")];
    const long = startTime !== undefined;
    const hasStarted = long && present(startTime) !== undefined;
    for (const known of this.#statuses) {
      const isSame =
        known.status === status &&
        known.extStatus === extStatus &&
        known.exitCode === exitCode &&
        known.pendReason === pendReason &&
        known.long === long &&
        known.hasStarted === hasStarted;
      if (isSame) return known.parsed;
    }
    const read = { status, extStatus, exitCode, pendReason, startTime, long };
    const parsed = parseStatus(read, this.#context);
    this.#statuses[this.#nextStatus] = { ...read, hasStarted, parsed };
    this.#nextStatus = (this.#nextStatus + 1) % mostSharedStatuses;
    return parsed;
  }
}

interface KnownStatus extends StatusFields {
  readonly hasStarted: boolean;
  readonly parsed: JobStatus;
}

/** A class only because its objects are half as large as those that get one property after the other. */
class ReadJob implements Job {
  readonly id: string;
  readonly name: string;
  readonly status: JobStatus;
  declare readonly owner?: string;
  declare readonly command?: string;
  declare readonly application?: string;
  declare readonly queue?: string;
  declare readonly account?: string;
  declare readonly group?: string;
  declare readonly workingDirectory?: string;
  declare readonly outputPath?: string;
  declare readonly errorPath?: string;
  declare readonly submittedAt?: Date;
  declare readonly startedAt?: Date;
  declare readonly endedAt?: Date;
  declare readonly executionHosts?: readonly string[];
  declare readonly description?: string;
  declare readonly submitKey?: string;

  constructor(id: string, status: JobStatus, fields: JobFields, reader: JobReader) {
    this.id = id;
    this.name = present(fields.get("name")) ?? "";
    this.status = status;
    const owner = reader.shared("user", fields.get("user"));
    if (owner !== undefined) this.owner = owner;
    const command = reader.shared("cmd", fields.get("cmd"));
    if (command !== undefined) this.command = command;
    const application = reader.shared("appType", fields.get("appType"));
    if (application !== undefined) this.application = application;
    const queue = reader.shared("queue", fields.get("queue"));
    if (queue !== undefined) this.queue = queue;
    const account = reader.shared("projectName", fields.get("projectName"));
    if (account !== undefined) this.account = account;
    const group = reader.shared("groupName", fields.get("groupName"));
    if (group !== undefined) this.group = group;
    const directory = reader.shared("cwd", fields.get("execCwd") ?? fields.get("cwd"));
    if (directory !== undefined) this.workingDirectory = directory;
    const output = present(fields.get("outfile"));
    if (output !== undefined) this.outputPath = output;
    const error = present(fields.get("errfile"));
    if (error !== undefined) this.errorPath = error;
    const submittedAt = parseJobTime(fields.get("submitTime"));
    if (submittedAt !== undefined) this.submittedAt = submittedAt;
    const startedAt = parseJobTime(fields.get("startTime"));
    if (startedAt !== undefined) this.startedAt = startedAt;
    const endedAt = parseJobTime(fields.get("endTime"));
    if (endedAt !== undefined) this.endedAt = endedAt;
    const hosts = reader.hosts(fields.get("exHosts"));
    if (hosts !== undefined) this.executionHosts = hosts;
    const text = present(fields.get("description"));
    if (text === undefined) return;
    const { description, submitKey } = parseKeyedDescription(text);
    if (description !== undefined) this.description = description;
    if (submitKey !== undefined) this.submitKey = submitKey;
  }
}
