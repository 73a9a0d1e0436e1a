import { createHash } from "node:crypto";
import {
  type CallOptions,
  FileError,
  type FileReading,
  NotSupportedError,
  type RemoteFile,
  type Session,
  ValueError,
} from "scarf-tomo";
import { downloadBody, type DownloadFile, wireHeaders } from "scarf-tomo/wire";
import { knowsEveryName, listJobFiles } from "./list-job-files.js";
import type { PacAnswer, SizedBody } from "./pac-answer.js";
import type { PacRequest } from "./pac-request.js";
import { wantsDigest } from "./receive-upload.js";
import { type Selection, selectFiles } from "./select-files.js";

export interface FileRange {
  readonly offset: number;
  readonly length?: number;
}

/** What our own client asks for besides the files. @throws {ValueError} `USAGE_INVALID`: the range is none. */
export function readDownloadWishes(
  request: PacRequest,
): Pick<FetchOptions, "sized" | "digests" | "hidden" | "range"> {
  const digests = wantsDigest(request);
  const hidden = knowsEveryName(request);
  const text = request.headers[wireHeaders.range];
  if (text === undefined) return { sized: digests, digests, hidden };
  const [, offset, length] = /^(\d{1,15})\+(\d{0,15})$/.exec(String(text)) ?? [];
  if (offset === undefined) {
    throw new ValueError("USAGE_INVALID", "The range of the file can't be understood.", {
      hint: "Write it as OFFSET+LENGTH, or OFFSET+ for all that follows.",
    });
  }
  const range = { offset: Number(offset), ...(length !== "" && { length: Number(length) }) };
  return { sized: true, digests, hidden, range };
}

export interface FetchOptions {
  /** `raw`: the bytes of one file. `multipart`: the layout of `downloadBody`, for one or many. */
  readonly form: "raw" | "multipart";
  /** Put a length into each part; IBM's service does not, so only for a client that says it wants more than that. */
  readonly sized: boolean;
  /** Put the SHA-256 of each file behind it, for the same client. */
  readonly digests: boolean;
  /** Hidden files can be asked for. */
  readonly hidden?: boolean;
  /** Only this part of the one file. */
  readonly range?: FileRange | undefined;
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
  const selections = await selectFiles(wanted, (directory) => listJobFiles(session, id, directory), options);
  const chosen = choose(selections, wanted, options);
  checkSelections(chosen);
  const files = chosen.flatMap(({ path, file }) => (file === undefined ? [] : [{ path, file }]));
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return openOne(session, id, only, options);
  if (options.form === "raw") {
    const message = "One request for several files needs a client that accepts multipart/mixed.";
    throw new ValueError("USAGE_INVALID", message, { hint: "Fetch the files one by one." });
  }
  if (options.range !== undefined) throw rangeOfSeveral();
  const body = downloadBody(
    files.map(({ path, file }) =>
      downloadFile(file, options, file.sizeBytes, async function* () {
        yield* (await openReading(session, id, path, file, options)).chunks;
      }),
    ),
  );
  return { status: 200, contentType: body.contentType, headers: answerHeaders(options), body };
}

function rangeOfSeveral(): ValueError {
  const message = "A range can be asked of one file only.";
  return new ValueError("USAGE_INVALID", message, { hint: "Fetch the files one by one." });
}

function answerHeaders({ digests, range }: FetchOptions): Readonly<Record<string, string>> {
  return {
    ...(digests && { [wireHeaders.digests]: "behind" }),
    ...(range !== undefined && { [wireHeaders.range]: `${range.offset}+${range.length ?? ""}` }),
  };
}

/** A file as one part, hashed as it is read where that is wanted. */
function downloadFile(
  { name }: RemoteFile,
  { sized, digests }: FetchOptions,
  sizeBytes: number,
  read: () => AsyncIterable<Uint8Array>,
  before?: () => AsyncIterable<Uint8Array>,
): DownloadFile {
  const headers = sized ? ([["Content-Length", String(sizeBytes)]] as const) : [];
  if (!digests) return { name: partName(name), sizeBytes, headers, read };
  let digest = "";
  return {
    name: partName(name),
    sizeBytes,
    headers,
    digest: () => digest,
    async *read() {
      const hash = createHash("sha256");
      // The digest is of the whole file, whatever of it is sent.
      if (before !== undefined) for await (const chunk of before()) hash.update(chunk);
      for await (const chunk of read()) {
        hash.update(chunk);
        yield chunk;
      }
      digest = hash.digest("hex");
    },
  };
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
  options: FetchOptions,
): Promise<PacAnswer> {
  const { form, range, signal } = options;
  if (range !== undefined && !session.capabilities.byteRanges)
    throw new NotSupportedError("NOT_SUPPORTED", "The resource gives whole files only.", {
      hint: "Read the whole file.",
    });
  const reading = await openReading(session, id, path, file, { signal }, range);
  const sha256 = reading.sha256 === undefined ? {} : { [wireHeaders.sha256]: reading.sha256 };
  const sizeBytes = reading.sizeBytes ?? file.sizeBytes;
  if (form === "raw") {
    const body: SizedBody = { sizeBytes, read: () => reading.chunks };
    return { status: 200, contentType: "application/octet-stream", headers: sha256, body };
  }
  const before =
    range === undefined || range.offset === 0
      ? undefined
      : async function* (): AsyncGenerator<Uint8Array> {
          const length = Math.min(range.offset, file.sizeBytes);
          yield* (await session.jobFiles(id).read(path, { offset: 0, length }, { signal })).chunks;
        };
  const body = downloadBody([downloadFile(file, options, sizeBytes, () => reading.chunks, before)]);
  return {
    status: 200,
    contentType: body.contentType,
    headers: { ...sha256, ...answerHeaders(options) },
    body,
  };
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
  { sizeBytes }: RemoteFile,
  options: CallOptions,
  range: FileRange = { offset: 0 },
): Promise<FileReading> {
  const { offset, length = Infinity } = range;
  const wanted = { offset, length: Math.max(0, Math.min(length, sizeBytes - offset)) };
  return session.jobFiles(id).read(path, session.capabilities.byteRanges ? wanted : undefined, options);
}
