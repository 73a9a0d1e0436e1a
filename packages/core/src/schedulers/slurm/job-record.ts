import type { SlurmExit } from "./job-end.js";
import { parseSlurmJobId, type SlurmJobRef } from "./job-ids.js";
import type { SlurmStateText } from "./job-states.js";

/** One job, or the waiting part of an array, as one of Slurm's commands tells it. */
export interface SlurmJobRecord {
  readonly ref: SlurmJobRef;
  /** Number of its own, which an element of an array has, too. */
  readonly number: number;
  readonly state: SlurmStateText;
  /** The state as it was printed. */
  readonly raw: string;
  readonly reason?: string;
  readonly exit?: SlurmExit;
  readonly name: string;
  readonly owner?: string;
  readonly comment?: string;
  readonly partition?: string;
  readonly account?: string;
  readonly submittedAt?: Date;
  readonly startedAt?: Date;
  /** Of a job that runs: the end that is expected. */
  readonly endsAt?: Date;
  readonly workingDirectory?: string;
  /** May hold `%j` and its like. */
  readonly outputPath?: string;
  readonly errorPath?: string;
  /** In Slurm's short form: `n[1-3,7]`. */
  readonly nodes?: string;
}

/** Texts by which Slurm says that there is nothing. */
const nothing: ReadonlySet<string> = new Set([
  "",
  "N/A",
  "(null)",
  "None",
  "None assigned",
  "Unknown",
  "n/a",
]);

/** Undefined where Slurm says that there is nothing. */
export function readSlurmText(text: string): string | undefined {
  return nothing.has(text) ? undefined : text;
}

/** Seconds since 1970. */
export function readSlurmTime(text: string): Date | undefined {
  return /^[1-9]\d{0,11}$/.test(text) ? new Date(Number(text) * 1_000) : undefined;
}

/** Undefined: this is no record of a job. One odd record spoils no list. */
export function readRecordIds(
  id: string,
  number: string,
): Pick<SlurmJobRecord, "ref" | "number"> | undefined {
  const ref = parseSlurmJobId(id);
  return ref === undefined ? undefined : { ref, number: parseSlurmJobId(number)?.base ?? ref.base };
}

/** Fields that are there, of those that may be. */
export type Given<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** Without the fields that are undefined. */
export function givenOnly<Fields extends object>(fields: Fields): Given<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the entries left are those of the type
  return Object.fromEntries(entries) as Given<Fields>;
}
