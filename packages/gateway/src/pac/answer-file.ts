import { createHash } from "node:crypto";
import {
  type ByteRange,
  type CallOptions,
  type FileReading,
  NotSupportedError,
  type RemoteFile,
  ValueError,
} from "scarf-tomo";
import { downloadBody, type DownloadFile, wireHeaders } from "scarf-tomo/wire";
import { knowsEveryName } from "./list-job-files.js";
import type { PacAnswer, SizedBody } from "./pac-answer.js";
import type { PacRequest } from "./pac-request.js";
import { wantsDigest } from "./receive-upload.js";

/** A file, and how it is read. */
export interface ReadableFile {
  /** As it was before any of it was read. */
  readonly file: RemoteFile;
  /** False: `read` must get no range. */
  readonly byteRanges: boolean;
  readonly read: (range: ByteRange | undefined, options: CallOptions) => Promise<FileReading>;
}

export interface FileRange {
  readonly offset: number;
  readonly length?: number;
}

/** What our own client asks for besides the files. @throws {ValueError} `USAGE_INVALID`: the range is none. */
export function readDownloadWishes(
  request: Pick<PacRequest, "headers">,
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

/** Which state of the file it is, where the resource tells. A file that was replaced has another, unless within one millisecond by one of its size. */
export function versionHeaders({ sizeBytes, modifiedAt }: RemoteFile): Readonly<Record<string, string>> {
  if (modifiedAt === undefined) return {};
  return { etag: `"${modifiedAt.getTime().toString(16)}-${sizeBytes.toString(16)}"` };
}

export function answerHeaders({ digests, range }: FetchOptions): Readonly<Record<string, string>> {
  return {
    ...(digests && { [wireHeaders.digests]: "behind" }),
    ...(range !== undefined && { [wireHeaders.range]: `${range.offset}+${range.length ?? ""}` }),
  };
}

/** A file as one part, hashed as it is read where that is wanted. */
export function downloadFile(
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

/** @throws {NotSupportedError} a range is asked for, and the resource gives none. */
export async function answerFile(source: ReadableFile, options: FetchOptions): Promise<PacAnswer> {
  const { file, byteRanges } = source;
  const { form, range, signal } = options;
  if (range !== undefined && !byteRanges)
    throw new NotSupportedError("NOT_SUPPORTED", "The resource gives whole files only.", {
      hint: "Read the whole file.",
    });
  const reading = await openReading(source, { signal }, range);
  const told = {
    ...(reading.sha256 !== undefined && { [wireHeaders.sha256]: reading.sha256 }),
    ...versionHeaders(file),
  };
  const sizeBytes = reading.sizeBytes ?? file.sizeBytes;
  if (form === "raw") {
    const body: SizedBody = { sizeBytes, read: () => reading.chunks };
    return { status: 200, contentType: "application/octet-stream", headers: told, body };
  }
  const before =
    range === undefined || range.offset === 0
      ? undefined
      : async function* (): AsyncGenerator<Uint8Array> {
          const length = Math.min(range.offset, file.sizeBytes);
          yield* (await source.read({ offset: 0, length }, { signal })).chunks;
        };
  const body = downloadBody([downloadFile(file, options, sizeBytes, () => reading.chunks, before)]);
  return {
    status: 200,
    contentType: body.contentType,
    headers: { ...told, ...answerHeaders(options) },
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
export async function openReading(
  { file: { sizeBytes }, byteRanges, read }: ReadableFile,
  options: CallOptions,
  range: FileRange = { offset: 0 },
): Promise<FileReading> {
  const { offset, length = Infinity } = range;
  const wanted = { offset, length: Math.max(0, Math.min(length, sizeBytes - offset)) };
  return read(byteRanges ? wanted : undefined, options);
}
