import { FileError } from "../../errors/index.js";
import type { WrittenFile } from "../../model/index.js";
import { decodeHeaderValue, wireHeaders } from "../../wire/index.js";
import { throwIfAborted } from "../../transports/abort.js";
import { compareDigest } from "../compare-digest.js";
import type { WriteOptions } from "../compute-resource.js";
import type { PacService } from "./pac-service.js";
import type { PacWire } from "./pac-wire.js";
import { checkUploadName } from "./remote-paths.js";
import { sendSlice, type UploadRequest } from "./send-slice.js";
import { uploadInChunks } from "./upload-in-chunks.js";

/** With our gateway a cut upload goes on at the last whole chunk, so that smaller ones lose less. */
const gatewayChunkBytes = 128 * 1024 * 1024;

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
  throwIfAborted(options.signal);
  checkUploadName(request.name, service.isGateway);
  checkDirectory(service, request);
  const limit = service.isGateway
    ? Math.min(service.uploadChunkBytes, gatewayChunkBytes)
    : service.uploadChunkBytes;
  const { sizeBytes } = request.source;
  options.onProgress?.({ bytesDone: 0, bytesTotal: sizeBytes });
  if (sizeBytes > limit) return uploadInChunks(wire, request, limit, options);
  const sent = await sendSlice(wire, request, { offset: 0, sizeBytes, chunk: undefined }, options);
  const { [wireHeaders.path]: path, [wireHeaders.sha256]: there } = sent.headers;
  if (there !== undefined) compareDigest(request.name, there, sent.sha256);
  return {
    sizeBytes,
    ...(path !== undefined && { path: decodeHeaderValue(path) }),
    ...(there !== undefined && sent.sha256 !== undefined && { sha256: sent.sha256 }),
  };
}

/** The wire counts relative directories from the job's; without a job only our gateway knows from where. */
export function checkDirectory(
  service: PacService,
  { jobId, directory, name }: Omit<UploadRequest, "source">,
): void {
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
