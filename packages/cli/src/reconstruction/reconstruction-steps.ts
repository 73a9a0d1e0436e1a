import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { JobId, JobSpec, ScarfError, Session } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { expandApplication } from "../expand-application.js";
import { renderBytes, renderCount } from "../format/render-quantity.js";
import { getErrorReport } from "../render-error.js";
import { renderSafeLine } from "../terminal/safe-text.js";

/** Where the scan lies on the resource. */
export interface PlacedScan {
  readonly path: string;
  readonly sizeBytes: number;
  readonly how:
    | "sent, SHA-256 compared"
    | "sent, size compared"
    | "sent, not verified"
    | "there already, the same bytes";
}

/** Fields of the application `recon`, e.g. `CENTRE`. */
export type ReconParameters = Readonly<Record<string, string>>;

/**
 * Sends a scan; one of that name with the same bytes is taken as it is, and one with others is an error unless `overwrite` is set.
 * @throws {FileError} `FILE_EXISTS`.
 */
export async function placeScan(
  context: CommandContext,
  session: Session,
  localPath: string,
  { directory, overwrite }: { readonly directory: string; readonly overwrite: boolean },
): Promise<PlacedScan> {
  const { uploadFile } = await import("scarf-tomo");
  const progress = await context.progress(`  Upload ${basename(localPath)}`);
  try {
    const { path, sizeBytes, verified } = await uploadFile(session, localPath, directory, {
      overwrite,
      signal: context.signal,
      onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
    });
    const how = {
      sha256: "sent, SHA-256 compared",
      size: "sent, size compared",
      no: "sent, not verified",
    } as const;
    return { path, sizeBytes, how: how[verified] };
  } catch (error) {
    if (getErrorReport(error).code !== "FILE_EXISTS") throw error;
    const found = await findSame(context, session, localPath, directory);
    if (!found) throw error;
    return found;
  } finally {
    progress.stop();
  }
}

async function findSame(
  context: CommandContext,
  session: Session,
  localPath: string,
  directory: string,
): Promise<PlacedScan | undefined> {
  if (!session.capabilities.checksums) return undefined;
  const { fileSource } = await import("scarf-tomo");
  const path =
    directory === "." ? basename(localPath) : `${directory.replace(/\/+$/, "")}/${basename(localPath)}`;
  const there = await session.files.checksum(path, { signal: context.signal });
  const source = await fileSource(localPath);
  const hash = createHash("sha256");
  for await (const chunk of source.read()) hash.update(chunk);
  if (hash.digest("hex") !== there.toLowerCase()) return undefined;
  const file = await session.files.stat(path, { signal: context.signal });
  return { path: file.path, sizeBytes: file.sizeBytes, how: "there already, the same bytes" };
}

export function describeScan({ sizeBytes, how }: PlacedScan): string {
  return `${renderBytes(sizeBytes)}, ${how}`;
}

/** Submits the application `recon` for a scan on the resource. What `more` says about the job counts more than the form. */
export async function submitReconstruction(
  context: CommandContext,
  session: Session,
  parameters: ReconParameters,
  more: Omit<JobSpec, "task"> = {},
): Promise<JobId> {
  const { newSubmitKey, submitOnce } = await import("scarf-tomo");
  const { journal } = await context.client();
  const spec = await expandApplication(context, session, {
    ...more,
    task: { kind: "application", application: "recon", parameters },
  });
  const submitKey = newSubmitKey();
  context.interrupts.advise(
    `The submit may have arrived. Look with: scarf jobs ${context.hintOptions(session)}\nIts submit key is ${submitKey}.`,
  );
  const { jobId } = await submitOnce(session, spec, { submitKey, journal, signal: context.signal });
  return jobId;
}

export interface FetchedFiles {
  readonly files: readonly { readonly name: string; readonly path: string; readonly sizeBytes: number }[];
  readonly sizeBytes: number;
}

/**
 * Fetches all files of a job.
 * @throws what kept the first file from coming; the others have come as far as they could.
 */
export async function fetchResults(
  context: CommandContext,
  session: Session,
  jobId: JobId,
  { directory, overwrite }: { readonly directory: string; readonly overwrite: "error" | "replace" | "skip" },
): Promise<FetchedFiles> {
  const { downloadJobFiles } = await import("scarf-tomo");
  const progress = await context.progress("  Download");
  const { files, failures } = await downloadJobFiles(session, jobId, {
    directory,
    overwrite,
    signal: context.signal,
    onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
  }).finally(() => progress.stop());
  const [first, ...others] = failures;
  for (const { name, error } of others) context.output.warn(renderSafeLine(`${name}: ${messageOf(error)}`));
  if (first) throw first.error;
  return { files, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}

function messageOf(error: ScarfError): string {
  return getErrorReport(error).message;
}

export function describeFetched({ files, sizeBytes }: FetchedFiles): string {
  return `${renderCount(files.length, "file")}, ${renderBytes(sizeBytes)}`;
}
