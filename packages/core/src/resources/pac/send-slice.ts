import { createHash } from "node:crypto";
import { TransferError } from "../../errors/index.js";
import type { ByteSource } from "../../model/index.js";
import { digestPart, saysSessionEnded, wireHeaders } from "../../wire/index.js";
import type { WriteOptions } from "../compute-resource.js";
import { oneLine, sentence, sessionExpired } from "../session-errors.js";
import type { PacService } from "./pac-service.js";
import type { PacWire } from "./pac-wire.js";
import { encodeDirectory } from "./remote-paths.js";
import { fieldPart, filePart } from "./submit-body.js";

export interface UploadRequest {
  /** `0` = not into a job's directory. */
  readonly jobId: string;
  readonly directory: string;
  readonly name: string;
  readonly source: ByteSource;
}

export interface Slice {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly chunk: { readonly chunkId: number; readonly chunkAmount: number } | undefined;
}

export interface SentSlice {
  readonly headers: Readonly<Record<string, string>>;
  /** Of the bytes that were sent; only our gateway tells one to compare it with. */
  readonly sha256: string | undefined;
}

/** Sends a file, or one chunk of it, in one request. @throws {TransferError} `TRANSFER_REFUSED` with what the service said. */
export async function sendSlice(
  wire: PacWire,
  request: UploadRequest,
  slice: Slice,
  options: WriteOptions,
): Promise<SentSlice> {
  const { jobId, directory, name, source } = request;
  const { offset, sizeBytes, chunk } = slice;
  const wanted = wire.service.isGateway && options.checksum !== false;
  let sha256: string | undefined;
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    const hash = wanted ? createHash("sha256") : undefined;
    let doneBytes = 0;
    for await (const piece of readSlice(source, slice)) {
      hash?.update(piece);
      yield piece;
      doneBytes = Math.min(doneBytes + piece.byteLength, sizeBytes);
      options.onProgress?.({ bytesDone: offset + doneBytes, bytesTotal: source.sizeBytes });
    }
    sha256 = hash?.digest("hex");
  }
  const chunkName = `.${encodeURIComponent(name)}.${chunk?.chunkId ?? 1}`;
  const sent = await wire.sendFile(
    {
      jobId,
      name,
      directory: fieldPart("DirName", encodeDirectory(directory)),
      file: [
        filePart(chunk === undefined ? name : chunkName, { sizeBytes, read }),
        ...(wanted ? [digestPart(() => sha256)] : []),
      ],
      chunk,
      headers: gatewayHeaders(wire.service, options),
    },
    options,
  );
  if (!sent.taken) throw refusal(wire.service, request, sent.said);
  return { headers: sent.headers, sha256 };
}

/** The bytes of a slice, and of the last one also what a file that grows has too much, so that this is noticed. */
export async function* readSlice(
  source: ByteSource,
  { offset, sizeBytes }: Pick<Slice, "offset" | "sizeBytes">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const isLast = offset + sizeBytes >= source.sizeBytes;
  let left = sizeBytes;
  if (left === 0) return;
  for await (const chunk of source.read(offset, isLast ? undefined : offset + sizeBytes)) {
    // It went on: what crosses the end of a slice is read again by the next one.
    if (left === 0 && !isLast) return;
    const piece = chunk.byteLength > left && !isLast ? chunk.subarray(0, left) : chunk;
    yield piece;
    left -= piece.byteLength;
  }
}

/** What only our gateway understands. */
export function gatewayHeaders(
  service: PacService,
  { overwrite, checksum }: WriteOptions,
): Record<string, string> {
  if (!service.isGateway) return {};
  return {
    ...(overwrite !== true && { [wireHeaders.overwrite]: "no" }),
    ...(checksum !== false && { [wireHeaders.wantDigest]: "sha-256" }),
  };
}

export function refusal(
  service: PacService,
  { directory, name }: Pick<UploadRequest, "directory" | "name">,
  text: string,
): Error {
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
