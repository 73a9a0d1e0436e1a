import type { JobId } from "../../model/index.js";
import type { TransactionFact } from "./transaction-store.js";
import type { WaitingFile } from "./waiting-file.js";

/** The user on the resource whose it is. */
export interface TransactionOwner {
  readonly resourceId: string;
  readonly userName: string;
}

export interface TransactionJob {
  readonly jobId: JobId;
  readonly scriptName: string;
}

/** Jobs and files of one task, of one user on one resource. */
export interface Transaction extends TransactionOwner {
  readonly id: string;
  /** Absolute path of its own directory on the resource; absent where the resource's directories can't be seen. */
  readonly directory?: string;
  /** Uploaded files by name; the value is undefined for one that lies in the directory already. */
  readonly files: ReadonlyMap<string, WaitingFile | undefined>;
  /** In the order of their submits. */
  readonly jobs: readonly TransactionJob[];
}

/** @returns undefined if it isn't even told whose it is. */
export function readTransaction(id: string, facts: readonly TransactionFact[]): Transaction | undefined {
  const started = facts.find((fact) => fact.kind === "started");
  if (started === undefined) return undefined;
  const { resourceId, userName, directory } = started;
  const files = new Map<string, WaitingFile | undefined>();
  const jobs: TransactionJob[] = [];
  for (const fact of facts) {
    if (fact.kind === "file") files.set(fact.name, fact.waiting);
    if (fact.kind === "job") jobs.push({ jobId: fact.jobId, scriptName: fact.scriptName });
  }
  return { id, resourceId, userName, ...(directory !== undefined && { directory }), files, jobs };
}
