import type { Dependency, JobId } from "../../model/index.js";
import { isProcessIdentity, type ProcessIdentity } from "../../transports/process/process-identity.js";

/** What was asked for: `job.json`, written once before the job exists and never changed. */
export interface JobRecord {
  readonly format: 1;
  readonly user: string;
  readonly submitKey: string;
  /** ISO 8601, as all times here. */
  readonly submittedAt: string;
  /** Who wrote this. A record whose key leads elsewhere and whose writer is dead is rubbish. */
  readonly submitter: ProcessIdentity;
  /** The job's own directory, absolute. */
  readonly directory: string;
  readonly name: string;
  readonly description?: string;
  /** For job lists. */
  readonly command: string;
  readonly launch:
    | { readonly kind: "argv"; readonly argv: readonly string[] }
    /** The text lies in the file `script` beside this one. */
    | { readonly kind: "script"; readonly interpreter: readonly string[]; readonly args: readonly string[] };
  /** Without what the keeper adds: ids, directory, mark. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly inputPath?: string;
  readonly outputPath?: string;
  readonly errorPath?: string;
  readonly cores: number;
  readonly memoryBytes?: number;
  readonly wallTimeSeconds?: number;
  readonly indices?: readonly number[];
  readonly maxRunning?: number;
  readonly dependencies?: readonly Dependency[];
  readonly beginAt?: string;
  readonly hold: boolean;
  readonly requeueable: boolean;
  readonly priority: number;
}

/** A job, or one element of an array. */
export interface JobRef {
  readonly id: JobId;
  readonly number: number;
  readonly index?: number;
}

export function parseJobRecord(text: string): JobRecord | undefined {
  const value: unknown = parseJson(text);
  return isJobRecord(value) ? value : undefined;
}

/** Only this program writes the file, in one piece: it is enough to see that it is ours, and of this version. */
export function isJobRecord(value: unknown): value is JobRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "format" in value &&
    value.format === 1 &&
    "user" in value &&
    typeof value.user === "string" &&
    "submitKey" in value &&
    typeof value.submitKey === "string" &&
    "directory" in value &&
    typeof value.directory === "string" &&
    "launch" in value &&
    typeof value.launch === "object" &&
    "cores" in value &&
    typeof value.cores === "number" &&
    "submitter" in value &&
    isProcessIdentity(value.submitter)
  );
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function parseJobId(id: JobId): JobRef | undefined {
  const match = /^([1-9]\d{0,14})(?:\[([1-9]\d{0,9})\])?$/.exec(id);
  if (!match) return undefined;
  const number = Number(match[1]);
  return match[2] === undefined ? { id, number } : { id, number, index: Number(match[2]) };
}

/** The parts of a job that run: itself, or its array elements. */
export function getElements(number: number, record: JobRecord): readonly JobRef[] {
  return (
    record.indices?.map((index) => ({ id: `${number}[${index}]`, number, index })) ?? [
      { id: String(number), number },
    ]
  );
}
