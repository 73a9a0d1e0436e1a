import { createHash, type Hash } from "node:crypto";
import { FileError, TransferError } from "../../errors/index.js";
import type { ByteSource, WrittenFile } from "../../model/index.js";
import { decodeHeaderValue, saysSessionEnded, wireHeaders } from "../../wire/index.js";
import type { WriteOptions } from "../compute-resource.js";
import type { PacService } from "./pac-service.js";
import type { PacWire } from "./pac-wire.js";
import { oneLine, sentence, sessionExpired } from "../session-errors.js";
import { checkUploadName, encodeDirectory } from "./remote-paths.js";
import { fieldPart, filePart } from "./submit-body.js";

export interface UploadRequest {
  /** `0` = not into a job's directory. */
  readonly jobId: string;
  readonly directory: string;
  readonly name: string;
  readonly source: ByteSource;
}

/**
 * Sends one file, in chunks if it is large. It has arrived only if every answer says so; any other is a refusal.
 * @throws {TransferError} `TRANSFER_REFUSED` with what the service said; `TRANSFER_CORRUPT`: the digest there is another.
 */
export async function upload(
  wire: PacWire,
  request: UploadRequest,
  options: WriteOptions,
): Promise<WrittenFile> {
  const { service } = wire;
  checkUploadName(request.name, service.isGateway);
  checkDirectory(service, request);
  const limit = service.uploadChunkBytes;
  const { sizeBytes } = request.source;
  const chunkAmount = Math.max(1, Math.ceil(sizeBytes / limit));
  // Only our gateway tells a digest to compare with.
  const digest = service.isGateway && options.checksum !== false ? createHash("sha256") : undefined;
  options.onProgress?.({ bytesDone: 0, bytesTotal: sizeBytes });
  let headers: Readonly<Record<string, string>> = {};
  for (let chunkId = 1; chunkId <= chunkAmount; chunkId++) {
    const offset = (chunkId - 1) * limit;
    const slice = { offset, sizeBytes: Math.min(limit, sizeBytes - offset) };
    const chunk = chunkAmount === 1 ? undefined : { chunkId, chunkAmount };
    headers = await sendSlice(wire, request, { slice, chunk, digest, options });
  }
  const path = headers[wireHeaders.path];
  const sha256 = compareDigest(request, headers[wireHeaders.sha256], digest?.digest("hex"));
  return {
    sizeBytes,
    ...(path !== undefined && { path: decodeHeaderValue(path) }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

interface Slice {
  readonly offset: number;
  readonly sizeBytes: number;
}

interface Sending {
  readonly slice: Slice;
  readonly chunk: { readonly chunkId: number; readonly chunkAmount: number } | undefined;
  readonly digest: Hash | undefined;
  readonly options: WriteOptions;
}

async function sendSlice(
  wire: PacWire,
  request: UploadRequest,
  { slice, chunk, digest, options }: Sending,
): Promise<Readonly<Record<string, string>>> {
  const { jobId, directory, name } = request;
  const content = { sizeBytes: slice.sizeBytes, read: () => readSlice(request, slice, digest, options) };
  const chunkName = `.${encodeURIComponent(name)}.${chunk?.chunkId ?? 1}`;
  const sent = await wire.sendFile(
    {
      jobId,
      name,
      directory: fieldPart("DirName", encodeDirectory(directory)),
      file: filePart(chunk === undefined ? name : chunkName, content),
      chunk,
      headers: gatewayHeaders(wire.service, options),
    },
    options,
  );
  if (!sent.taken) throw refusal(wire.service, request, sent.said);
  return sent.headers;
}

function gatewayHeaders(service: PacService, { overwrite, checksum }: WriteOptions): Record<string, string> {
  if (!service.isGateway) return {};
  return {
    ...(overwrite !== true && { [wireHeaders.overwrite]: "no" }),
    ...(checksum !== false && { [wireHeaders.wantDigest]: "sha-256" }),
  };
}

async function* readSlice(
  { source }: UploadRequest,
  { offset, sizeBytes }: Slice,
  digest: Hash | undefined,
  { onProgress }: WriteOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = sizeBytes;
  if (left === 0) return;
  for await (const chunk of source.read(offset)) {
    // The chunk that crosses the end of a slice is read again by the next one.
    const piece =
      chunk.byteLength > left && offset + sizeBytes < source.sizeBytes ? chunk.subarray(0, left) : chunk;
    digest?.update(piece);
    yield piece;
    left -= piece.byteLength;
    onProgress?.({ bytesDone: offset + sizeBytes - Math.max(0, left), bytesTotal: source.sizeBytes });
    if (left === 0 && offset + sizeBytes < source.sizeBytes) return;
  }
}

/** The wire counts relative directories from the job's; without a job only our gateway knows from where. */
function checkDirectory(service: PacService, { jobId, directory, name }: UploadRequest): void {
  if (/[\r\n\0]/.test(directory)) {
    throw new FileError("FILE_NAME_REFUSED", "The name of a directory must be one line.", {
      hint: "Give another directory.",
      context: { directory },
    });
  }
  const absolute = /^(?:[^/\\:]+:)?(?:\/|[A-Za-z]:[/\\])/.test(directory);
  if (jobId !== "0" || service.isGateway || absolute) return;
  throw new FileError(
    "FILE_NAME_REFUSED",
    `${service.who.resourceId} needs the whole path of the directory for ${name}, not ${JSON.stringify(directory)}.`,
    { hint: "Give a path that begins with /, such as /work/imat.", context: { directory, name } },
  );
}

function refusal(service: PacService, { directory, name }: UploadRequest, text: string): Error {
  if (saysSessionEnded(text)) return sessionExpired(service.who, text);
  const said = oneLine(text);
  const { resourceId, userName } = service.who;
  return new TransferError(
    "TRANSFER_REFUSED",
    `${resourceId} did not take ${name}: ${said === "" ? "it gave no reason." : sentence(said)}`,
    {
      hint: `Check that ${directory === "" ? "the job's directory" : directory} exists there, that you may write to it and that there is space.`,
      context: { resource: resourceId, user: userName, directory, name, said },
    },
  );
}

function compareDigest(
  { name }: UploadRequest,
  there: string | undefined,
  here: string | undefined,
): string | undefined {
  if (there === undefined || here === undefined) return undefined;
  if (there.trim().toLowerCase() === here) return here;
  throw new TransferError(
    "TRANSFER_CORRUPT",
    `${name} did not arrive as it was sent: its checksum there is another.`,
    {
      hint: "Send it again.",
      context: { name, sha256Here: here, sha256There: there },
    },
  );
}
