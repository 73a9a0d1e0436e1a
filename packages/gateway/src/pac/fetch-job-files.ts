import {
  type CallOptions,
  FileError,
  type FileReading,
  type RemoteFile,
  type Session,
  ValueError,
} from "scarf-tomo";
import { downloadBody, wireHeaders } from "scarf-tomo/wire";
import { listJobFiles } from "./list-job-files.js";
import type { PacAnswer, SizedBody } from "./pac-answer.js";
import { type Selection, selectFiles } from "./select-files.js";

export interface FetchOptions {
  /** `raw`: the bytes of one file. `multipart`: the layout of `downloadBody`, for one or many. */
  readonly form: "raw" | "multipart";
  /** Put a length into each part; IBM's service does not, so only for a client that says it wants more than that. */
  readonly sized: boolean;
  readonly signal: AbortSignal;
}

/**
 * Opens what a request names, as `selectFiles` understands it.
 * @throws {FileError} a file is not there, is a directory, or may not be read. @throws {ValueError} several, but `raw`.
 */
export async function fetchJobFiles(
  session: Session,
  id: string,
  wanted: string,
  options: FetchOptions,
): Promise<PacAnswer> {
  const selections = await selectFiles(wanted, (directory) => listJobFiles(session, id, directory));
  const chosen = choose(selections, wanted, options);
  checkSelections(chosen);
  const files = chosen.flatMap(({ path, file }) => (file === undefined ? [] : [{ path, file }]));
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return openOne(session, id, only, options);
  if (options.form === "raw") {
    const message = "One request for several files needs a client that accepts multipart/mixed.";
    throw new ValueError("USAGE_INVALID", message, { hint: "Fetch the files one by one." });
  }
  const body = downloadBody(
    files.map(({ path, file }) => ({
      name: partName(file.name),
      sizeBytes: file.sizeBytes,
      headers: options.sized ? ([["Content-Length", String(file.sizeBytes)]] as const) : [],
      read: () => readLazily(session, id, path, file, options),
    })),
  );
  return { status: 200, contentType: body.contentType, headers: {}, body };
}

/** A raw answer holds one file. Mantid's `417666.output*` means the name before the star, whatever else would fit. */
function choose(
  selections: readonly Selection[],
  wanted: string,
  { form }: FetchOptions,
): readonly Selection[] {
  if (form === "multipart" || selections.length < 2) return selections;
  const name = wanted.trim().replace(/\*$/, "");
  const exact = selections.find(({ file }) => file?.name === name);
  return exact === undefined ? selections : [exact];
}

/** @throws {FileError} one of them can't be fetched: a part of what was asked for would pass for all of it. */
function checkSelections(selections: readonly Selection[]): void {
  if (selections.length === 0) throw notFound("");
  for (const { path, file } of selections) {
    if (file === undefined) throw notFound(path);
    if (file.kind === "directory") {
      throw new FileError("FILE_KIND_WRONG", `${path} is a directory.`, {
        hint: "Fetch the files in it one by one.",
      });
    }
    if (!file.readable) {
      throw new FileError("FILE_UNREADABLE", `You may not read ${path}.`, {
        hint: "Ask its owner for the permission.",
      });
    }
  }
}

function notFound(path: string): FileError {
  const message = path === "" ? "The request names no file." : `The job has no file ${path}.`;
  return new FileError("FILE_NOT_FOUND", message, { hint: "Look at the list of the job's files." });
}

async function openOne(
  session: Session,
  id: string,
  { path, file }: { readonly path: string; readonly file: RemoteFile },
  { form, signal }: FetchOptions,
): Promise<PacAnswer> {
  const reading = await openReading(session, id, path, file, { signal });
  const sha256 = reading.sha256 === undefined ? {} : { [wireHeaders.sha256]: reading.sha256 };
  const sized: SizedBody = { sizeBytes: reading.sizeBytes ?? file.sizeBytes, read: () => reading.chunks };
  if (form === "raw") {
    return { status: 200, contentType: "application/octet-stream", headers: sha256, body: sized };
  }
  const body = downloadBody([{ name: partName(file.name), ...sized }]);
  return { status: 200, contentType: body.contentType, headers: sha256, body };
}

/**
 * The name as clients write it to their disk. They take what stands before the first `>` and decode nothing; only what would
 * end the name or the header is encoded.
 */
function partName(name: string): string {
  return name.replaceAll(/[\p{Cc}>]/gu, encodeURIComponent);
}

/**
 * Reads at most as much as the list says. A file that a running job still writes to would otherwise grow beyond the length
 * that the answer has promised already.
 */
async function openReading(
  session: Session,
  id: string,
  path: string,
  file: RemoteFile,
  options: CallOptions,
): Promise<FileReading> {
  const range = session.capabilities.byteRanges ? { offset: 0, length: file.sizeBytes } : undefined;
  return session.jobFiles(id).read(path, range, options);
}

async function* readLazily(
  session: Session,
  id: string,
  path: string,
  file: RemoteFile,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const { chunks } = await openReading(session, id, path, file, options);
  yield* chunks;
}
