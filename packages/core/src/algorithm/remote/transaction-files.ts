import { isScarfError } from "../../errors/index.js";
import type { ByteRange, FileReading, RemoteFile } from "../../model/index.js";
import type { CallOptions, Session } from "../../resources/compute-resource.js";
import type { Transaction } from "../transactions/index.js";

/** A file of a transaction, on the resource. */
export interface TransactionFile {
  readonly name: string;
  readonly sizeBytes: number;
  read(range: ByteRange, options: CallOptions): Promise<FileReading>;
}

/**
 * The files of a transaction: those in its own directory, where it has one, and those in the directory of its last job that
 * has any. Of two with one name the first counts. Directories are left out.
 */
export async function listTransactionFiles(
  session: Session,
  transaction: Transaction,
  call: CallOptions,
): Promise<readonly TransactionFile[]> {
  const inDirectory = await listDirectory(session, transaction, call);
  const names = new Set(inDirectory.map(({ name }) => name));
  const ofJob = await listLastJob(session, transaction, call);
  return [...inDirectory, ...ofJob.filter(({ name }) => !names.has(name))];
}

async function listDirectory(
  session: Session,
  { directory }: Transaction,
  call: CallOptions,
): Promise<readonly TransactionFile[]> {
  if (directory === undefined) return [];
  const entries = await session.files.list(directory, call);
  return plainFiles(entries).map(({ name, sizeBytes }) => ({
    name,
    sizeBytes,
    read: (range, options) => session.files.read(`${directory}/${name}`, range, options),
  }));
}

async function listLastJob(
  session: Session,
  { jobs }: Transaction,
  call: CallOptions,
): Promise<readonly TransactionFile[]> {
  for (const { jobId } of jobs.toReversed()) {
    const files = session.jobFiles(jobId);
    const entries = await files.list(undefined, call).catch((error: unknown) => {
      // It has not started yet, or was so long ago that it is forgotten.
      const isAbsent = isScarfError(error) && ["JOB_NOT_FOUND", "FILE_NOT_FOUND"].includes(error.code);
      if (isAbsent) return [];
      throw error;
    });
    const found = plainFiles(entries);
    if (found.length > 0)
      return found.map(({ name, sizeBytes }) => ({
        name,
        sizeBytes,
        read: (range, options) => files.read(name, range, options),
      }));
  }
  return [];
}

function plainFiles(entries: readonly RemoteFile[]): readonly RemoteFile[] {
  return entries.filter(({ kind }) => kind === "file");
}
