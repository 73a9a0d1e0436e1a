import type { ByteSource } from "./files.js";
import type { ResourceSpec } from "./resource-spec.js";

/** A program and its arguments; each argument arrives unchanged, whatever characters it holds. */
export interface CommandTask {
  readonly kind: "command";
  readonly argv: readonly [program: string, ...args: string[]];
}

/** One line for `/bin/sh`, as a user types it; job lists show it as it stands. */
export interface ShellTask {
  readonly kind: "shell";
  readonly commandLine: string;
}

/** The text of a script. Without a `#!` line `/bin/sh` runs it. */
export interface ScriptTask {
  readonly kind: "script";
  readonly text: string;
  readonly args?: readonly string[];
}

/**
 * A filled-in form of an application that the resource or our templates know.
 * Resources with `capabilities.applicationForms` take it as it is; for the others a template expands it first.
 */
export interface ApplicationTask {
  readonly kind: "application";
  readonly application: string;
  /** Field id → value as the form wants it, e.g. `COMMANDTORUN` → `sleep 200`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a job runs. */
export type Task = CommandTask | ShellTask | ScriptTask | ApplicationTask;

/** A file that travels with the submit and lies in the job's directory before the job starts. */
export interface Attachment {
  /** A plain file name, no directory. */
  readonly name: string;
  readonly source: ByteSource;
}

/** One job many times, told apart by an index. */
export interface ArraySpec {
  /** Indices as `1-10`, `1,5,9` or `0-20:5`. */
  readonly indices: string;
  /** At most this many elements run at the same time. */
  readonly maxRunning?: number;
}

/** What has to become of another job before this one starts. */
export interface Dependency {
  /** What must have happened to the other job before this one may start. */
  readonly condition: "started" | "ended" | "succeeded" | "failed";
  readonly jobId: JobId;
}

/** When, and to whom, the scheduler writes about a job. */
export interface Notification {
  readonly events: readonly ("started" | "ended" | "failed")[];
  /** Where to; absent = the address the cluster has for the user. */
  readonly address?: string;
}

/** The scheduler's own id of a job, an opaque string: `417666`, `417666[3]`, `123_4`, `123+1`. */
export type JobId = string;

/**
 * What is asked for. Every field is supported, emulated or refused by a resource, never dropped in silence:
 * `Session.validate` names what would be refused, `Session.explain` shows what would be sent.
 */
export interface JobSpec {
  readonly task: Task;
  /** Shown in job lists. The resource makes one up when absent. */
  readonly name?: string;
  readonly description?: string;
  /** Absolute path on the resource. Absent = the job's own directory, made for it. */
  readonly workingDirectory?: string;
  /** Added to what the resource sets. Names are `[A-Za-z_][A-Za-z0-9_]*`; values may hold any character but NUL. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard input. Relative paths are relative to the working directory. */
  readonly inputPath?: string;
  /** Standard output; `%J` becomes the job id, `%I` the array index. */
  readonly outputPath?: string;
  /** Standard error. Absent = a file beside the output. */
  readonly errorPath?: string;
  readonly resources?: ResourceSpec;
  readonly queue?: string;
  /** What is charged. */
  readonly account?: string;
  readonly qos?: string;
  readonly reservation?: string;
  readonly array?: ArraySpec;
  /** All of them must hold. */
  readonly dependencies?: readonly Dependency[];
  readonly beginAt?: Date;
  /** Queued, but not started until released. */
  readonly hold?: boolean;
  /** The scheduler may start it again after a failure of the node. */
  readonly requeueable?: boolean;
  readonly priority?: number;
  readonly notification?: Notification;
  readonly attachments?: readonly Attachment[];
  /** Passed to the scheduler as they are, e.g. `-R`, `select[type==any]`. */
  readonly nativeOptions?: readonly string[];
}

/** One thing that is wrong with a spec, or that a resource cannot do. */
export interface SpecProblem {
  /** Path of the field, e.g. `resources.wallTimeSeconds`. */
  readonly field: string;
  readonly message: string;
  /** `refused`: submit would fail. `emulated`: it works, in another way than the scheduler's own. */
  readonly severity: "refused" | "emulated";
}
