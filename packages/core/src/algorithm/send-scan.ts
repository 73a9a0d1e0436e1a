import { basename } from "node:path";
import { isScarfError } from "../errors/index.js";
import type { Attachment, TransferProgress } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { fileSource, type RetryOptions, uploadFile } from "../transfers/index.js";

/** A scan that the job can reach. */
export interface SentScan {
  /** Value of the form's file field. */
  readonly value: string;
  /** Where it lies on the resource. */
  readonly path?: string;
  /** It still has to travel, with the submit. */
  readonly attachment?: Attachment;
}

export interface SendScanOptions extends CallOptions {
  readonly remoteDirectory?: string | undefined;
  readonly replaceScan?: boolean | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly onProgress: (progress: TransferProgress) => void;
}

/** Where scans go when the user has not said it, relative to the user's own directory on the resource. Other scans may lie there. */
const scanDirectory = "scans";

/**
 * Brings a scan to the resource. One that lies there already, byte for byte, is not sent again. Where no place for it can be
 * seen, or another file has its name in the place that nobody chose, it travels with the submit into the job's own directory.
 * @throws {FileError} the scan can't be read; `FILE_EXISTS`: another file of that name lies in `remoteDirectory`.
 */
export async function sendScan(
  session: Session,
  scanFile: string,
  options: SendScanOptions,
): Promise<SentScan> {
  const source = await fileSource(scanFile);
  const name = basename(scanFile);
  const { remoteDirectory, replaceScan, onProgress, signal, retry = {} } = options;
  const canSee = session.capabilities.fileBrowsing || session.capabilities.exclusiveWrite;
  const travelling = { value: `${name},upload`, attachment: { name, source } };
  if (remoteDirectory === undefined && !canSee) return travelling;
  const directory = remoteDirectory ?? scanDirectory;
  try {
    const { path, outcome } = await uploadFile(session, scanFile, directory, {
      ...(signal !== undefined && { signal }),
      onProgress,
      retry,
      overwrite: (replaceScan ?? !canSee) ? "replace" : "error",
    });
    if (outcome === "was-there") onProgress({ bytesDone: source.sizeBytes, bytesTotal: source.sizeBytes });
    return absolutePath(path) ?? travelling;
  } catch (error) {
    if (!isScarfError(error) || error.code !== "FILE_EXISTS" || remoteDirectory !== undefined) throw error;
    return travelling;
  }
}

/** A path that means nothing from a job's directory is of no use; such a scan must travel with the submit. */
function absolutePath(path: string): SentScan | undefined {
  return path.startsWith("/") ? { value: path, path } : undefined;
}
