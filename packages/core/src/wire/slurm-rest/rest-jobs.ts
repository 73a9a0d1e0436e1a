import type { JsonObject } from "../json-object.js";
import {
  readRestNumber,
  readRestObject,
  readRestObjects,
  readRestText,
  readRestTime,
  readRestWords,
} from "./rest-values.js";

/** How a job's script ended, as one of the two daemons tells it. */
export interface SlurmRestExit {
  readonly exitCode?: number;
  readonly signalNumber?: number;
}

/** One job, or the waiting part of an array, in one form whichever version told it. */
export interface SlurmRestJob {
  readonly id: number;
  /** Of an array's element, or of its waiting part. */
  readonly array?: {
    readonly id: number;
    readonly index?: number;
    /** E.g. `2-3%2`: elements that have no record of their own yet. */
    readonly waiting?: string;
  };
  /** Of a component of a heterogeneous job. */
  readonly het?: { readonly id: number; readonly offset: number };
  /** Words as the daemon writes them, the base state first. Empty = it told none. */
  readonly words: readonly string[];
  readonly exit?: SlurmRestExit;
  readonly reason?: string;
  /** More of the reason, in words. */
  readonly reasonText?: string;
  readonly name: string;
  readonly userName?: string;
  readonly userId?: number;
  readonly comment?: string;
  readonly partition?: string;
  readonly account?: string;
  readonly submittedAt?: Date;
  readonly startedAt?: Date;
  /** Of a job that runs: the end that is expected. */
  readonly endsAt?: Date;
  readonly workingDirectory?: string;
  /** May hold `%j` and its like, which most versions don't expand. */
  readonly outputPath?: string;
  readonly errorPath?: string;
  /** In Slurm's short form: `n[1-3,7]`. */
  readonly nodes?: string;
  readonly restarts: number;
  /** Who killed it, if somebody did. */
  readonly killedBy?: string;
}

/** The jobs of `jobs` and `job/ID`. What is no job is left out: one odd record spoils no list. */
export function parseRestJobs(body: JsonObject): readonly SlurmRestJob[] {
  return readRestObjects(body["jobs"]).flatMap((job) => readControllerJob(job) ?? []);
}

/** The jobs of slurmdb. @param exitCodes - false: this version tells every exit code as 0, so none is believed */
export function parseRestAccounting(body: JsonObject, exitCodes: boolean): readonly SlurmRestJob[] {
  return readRestObjects(body["jobs"]).flatMap((job) => readAccountedJob(job, exitCodes) ?? []);
}

/** Id (`8`, `8_0`) → state words, from `jobs/state`. */
export function parseRestStates(body: JsonObject): ReadonlyMap<string, readonly string[]> {
  return new Map(
    readRestObjects(body["jobs"]).flatMap((one) => {
      const id = one["job_id"];
      return typeof id === "string" || typeof id === "number"
        ? [[String(id), readRestWords(one["state"])] as const]
        : [];
    }),
  );
}

function readControllerJob(job: JsonObject): SlurmRestJob | undefined {
  const id = readRestNumber(job["job_id"]);
  if (id === undefined || !Number.isSafeInteger(id) || id <= 0) return undefined;
  const exit = readExit(job["exit_code"]);
  const directory = readRestText(job["current_working_directory"]);
  const restarts = readRestNumber(job["restart_cnt"]) ?? 0;
  return present({
    id,
    array: readArray(job["array_job_id"], job["array_task_id"], job["array_task_string"]),
    het: readHet(job["het_job_id"], job["het_job_offset"]),
    words: readRestWords(job["job_state"]),
    exit,
    reason: readReason(job["state_reason"]),
    reasonText: readRestText(job["state_description"]),
    name: readRestText(job["name"]) ?? "",
    userName: readRestText(job["user_name"]),
    userId: readRestNumber(job["user_id"]),
    comment: readRestText(job["comment"]),
    partition: readRestText(job["partition"]),
    account: readRestText(job["account"]),
    submittedAt: readRestTime(job["submit_time"]),
    startedAt: readRestTime(job["start_time"]),
    endsAt: readRestTime(job["end_time"]),
    workingDirectory: directory,
    outputPath: readRestText(job["stdout_expanded"]) ?? readRestText(job["standard_output"]),
    errorPath: readRestText(job["stderr_expanded"]) ?? readRestText(job["standard_error"]),
    nodes: readRestText(job["nodes"]),
    restarts,
  });
}

function readAccountedJob(job: JsonObject, exitCodes: boolean): SlurmRestJob | undefined {
  const id = readRestNumber(job["job_id"]);
  if (id === undefined || !Number.isSafeInteger(id) || id <= 0) return undefined;
  const state = readRestObject(job["state"]);
  const time = readRestObject(job["time"]);
  const array = readRestObject(job["array"]);
  const het = readRestObject(job["het"]);
  const comment = readRestObject(job["comment"]);
  const exit = readExit(job["exit_code"]);
  const nodes = readRestText(job["nodes"]);
  return present({
    id,
    array: readArray(array["job_id"], array["task_id"], array["task"]),
    het: readHet(het["job_id"], het["job_offset"]),
    words: readRestWords(state["current"]),
    exit: exitCodes || exit?.signalNumber !== undefined ? exit : undefined,
    reason: readReason(state["reason"]),
    name: readRestText(job["name"]) ?? "",
    userName: readRestText(job["user"]),
    comment: readRestText(comment["job"]),
    partition: readRestText(job["partition"]),
    account: readRestText(job["account"]),
    submittedAt: readRestTime(time["submission"]),
    startedAt: readRestTime(time["start"]),
    endsAt: readRestTime(time["end"]),
    workingDirectory: readRestText(job["working_directory"]),
    outputPath: readRestText(job["stdout_expanded"]) ?? readRestText(job["stdout"]),
    errorPath: readRestText(job["stderr_expanded"]) ?? readRestText(job["stderr"]),
    nodes: nodes === "None assigned" ? undefined : nodes,
    restarts: readRestNumber(job["restart_cnt"]) ?? 0,
    killedBy: readRestText(job["kill_request_user"]),
  });
}

function readArray(id: unknown, index: unknown, tasks: unknown): SlurmRestJob["array"] {
  const arrayId = readRestNumber(id);
  if (arrayId === undefined || arrayId === 0) return undefined;
  return present({ id: arrayId, index: readRestNumber(index), waiting: readTasks(readRestText(tasks)) });
}

/** The controller writes `2-3%2`, the accounting of 22.05 a mask of bits, `0x4`. */
function readTasks(tasks: string | undefined): string | undefined {
  if (tasks === undefined || !/^0x[0-9a-fA-F]{1,4096}$/.test(tasks)) return tasks;
  const digits = tasks.slice(2).split("").toReversed();
  const indices = digits.flatMap((digit, at) =>
    [0, 1, 2, 3].filter((bit) => (Number.parseInt(digit, 16) >> bit) & 1).map((bit) => at * 4 + bit),
  );
  return indices.join(",");
}

function readHet(id: unknown, offset: unknown): SlurmRestJob["het"] {
  const hetId = readRestNumber(id);
  return hetId === undefined || hetId === 0 ? undefined : { id: hetId, offset: readRestNumber(offset) ?? 0 };
}

function readReason(value: unknown): string | undefined {
  const reason = readRestText(value);
  return reason === "None" ? undefined : reason;
}

/**
 * A wait status (`768` is exit 3, `139` is a signal with core dump), the same as `{set, number}` (v0.0.39), or an object with status,
 * code and signal.
 */
function readExit(value: unknown): SlurmRestExit | undefined {
  const wait = readRestNumber(value);
  if (wait !== undefined) return readWaitStatus(wait);
  const { status, return_code: returnCode, signal } = readRestObject(value);
  const word = readRestWords(status)[0];
  if (word === undefined) return undefined;
  const { id, signal_id: oldId } = readRestObject(signal);
  const signalNumber = readRestNumber(id) ?? readRestNumber(oldId);
  if (signalNumber !== undefined && signalNumber > 0) return { signalNumber };
  const exitCode = readRestNumber(returnCode);
  return exitCode === undefined ? undefined : { exitCode };
}

function readWaitStatus(status: number): SlurmRestExit | undefined {
  if (!Number.isInteger(status) || status < 0 || status > 0xffff) return undefined;
  const signalNumber = status & 0x7f;
  return signalNumber === 0 ? { exitCode: status >> 8 } : { signalNumber };
}

type Present<Value> = {
  [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
} & { [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined> };

/** Without the fields that are not there. */
function present<Value extends object>(value: Value): Present<Value> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the entries left are those of the type
  return Object.fromEntries(entries) as Present<Value>;
}
