import { FileError, isScarfError } from "../../errors/index.js";
import type { JobId } from "../../model/index.js";
import type { HttpAnswer } from "../../transports/http/index.js";
import {
  boundaryOf,
  type MultipartPart,
  readMultipart,
  WireFormatError,
  wireHeaders,
} from "../../wire/index.js";
import { asTransfer, cut, DigestsBehind, nextPart, partReading } from "../file-readings.js";
import { checkRange, type RangeOptions, readingHeaders } from "../reading-ranges.js";
import { type FileRequest, type NamedReading, rawReading } from "./file-readings.js";
import type { PacService } from "./pac-service.js";
import type { PacWire } from "./pac-wire.js";
import { looksLikeMultipart, peek } from "./peek.js";

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** One request names at most this many files, and this many bytes of names. */
const mostFiles = 100;
const mostNameBytes = 8192;

/**
 * Reads files in as few requests as the wire allows, streaming and in their order. A file that can't be had throws when its turn comes.
 */
export async function* readFiles(
  wire: PacWire,
  jobId: JobId,
  requests: readonly FileRequest[],
  options: RangeOptions,
): AsyncGenerator<NamedReading, void, undefined> {
  const known = requests.findIndex((request) => knownFailure(request) !== undefined);
  for (const batch of batches(known < 0 ? requests : requests.slice(0, known))) {
    try {
      yield* readBatch(wire, jobId, batch, options);
    } catch (error) {
      if (!(error instanceof MissingFiles)) throw error;
      if (batch.length === 1) throw error.reason;
      // One name that is not there makes servers refuse all of them: each by itself, then, up to that one.
      for (const request of error.requests) yield* readOne(wire, jobId, request, options);
    }
  }
  const failed = requests[known];
  const failure = failed === undefined ? undefined : knownFailure(failed);
  if (failure !== undefined) throw failure;
}

async function* readOne(
  wire: PacWire,
  jobId: JobId,
  request: FileRequest,
  options: RangeOptions,
): AsyncGenerator<NamedReading, void, undefined> {
  try {
    yield* readBatch(wire, jobId, [request], options);
  } catch (error) {
    throw error instanceof MissingFiles ? error.reason : error;
  }
}

/** Files that an answer did not bring. */
class MissingFiles extends Error {
  readonly requests: readonly FileRequest[];
  readonly reason: Error;

  constructor(requests: readonly FileRequest[], reason: Error) {
    super("files are missing");
    this.requests = requests;
    this.reason = reason;
  }
}

function knownFailure({ path, entry }: FileRequest): FileError | undefined {
  if (entry?.kind === "directory") {
    return new FileError("FILE_KIND_WRONG", `${path} is a directory.`, {
      hint: "Ask for the files in it by name.",
      context: { path },
    });
  }
  if (entry?.readable !== false) return undefined;
  return new FileError("FILE_UNREADABLE", `The resource does not let you read ${path}.`, {
    hint: "Change its permissions on the resource, or ask its owner.",
    context: { path },
  });
}

/** Parts are told apart by their base names only, and a comma ends a name: what would be confused goes by itself. */
function batches(requests: readonly FileRequest[]): FileRequest[][] {
  const all: FileRequest[][] = [];
  let open: FileRequest[] = [];
  let names = new Set<string>();
  let bytes = 0;
  for (const request of requests) {
    const name = lastPart(request.path);
    const size = Buffer.byteLength(request.path) + 1;
    const alone = /[,?*[\]<>]/.test(request.path);
    if (
      open.length > 0 &&
      (alone || names.has(name) || open.length >= mostFiles || bytes + size > mostNameBytes)
    ) {
      all.push(open);
      open = [];
      names = new Set();
      bytes = 0;
    }
    open.push(request);
    names.add(name);
    bytes += size;
    if (alone) bytes = mostNameBytes;
  }
  if (open.length > 0) all.push(open);
  return all;
}

async function* readBatch(
  wire: PacWire,
  jobId: JobId,
  batch: readonly FileRequest[],
  options: RangeOptions,
): AsyncGenerator<NamedReading, void, undefined> {
  const doing = `read files of job ${jobId}`;
  const answer = await openFiles(wire, jobId, batch, options);
  checkRange(answer, options);
  const { head, chunks } = await peek(asTransfer(answer.chunks, batch[0]?.path), 4096);
  if (head.length === 0) {
    yield* emptyAnswer(batch);
  } else if (looksLikeMultipart(answer.headers["content-type"], head)) {
    yield* readParts(wire.service, answer, chunks, batch, doing);
  } else {
    yield rawReading(wire.service, answer, head, chunks, batch);
  }
}

function fileMessage(code: string, names: string): string {
  if (code === "FILE_NOT_FOUND") return `The job has no file ${names}.`;
  return code === "FILE_KIND_WRONG" ? `${names} is a directory.` : `The resource does not give ${names}.`;
}

/** A refusal that concerns one file of several sends us to ask for each. */
async function openFiles(
  wire: PacWire,
  jobId: JobId,
  batch: readonly FileRequest[],
  options: RangeOptions,
): Promise<HttpAnswer> {
  try {
    return await wire.openFiles(
      jobId,
      batch.map(({ path }) => path),
      wire.service.isGateway ? gatewayHeaders(options) : {},
      options,
    );
  } catch (error) {
    if (!isScarfError(error) || !(error instanceof FileError)) throw error;
    const names = batch.map(({ path }) => path).join(", ");
    throw new MissingFiles(
      batch,
      new FileError(error.code, fileMessage(error.code, names), {
        ...(error.hint !== undefined && { hint: error.hint }),
        context: { ...error.context, path: batch[0]?.path },
        cause: error,
      }),
    );
  }
}

function gatewayHeaders(options: RangeOptions): Readonly<Record<string, string>> {
  return { ...readingHeaders(options), [wireHeaders.names]: "encoded" };
}

/** Nothing in status 200 is an empty file only if the list says that it is empty. */
function* emptyAnswer(batch: readonly FileRequest[]): Generator<NamedReading, void, undefined> {
  const [only] = batch;
  if (batch.length === 1 && only?.entry?.sizeKnown === true && only.entry.sizeBytes === 0) {
    yield { path: only.path, sizeBytes: 0, chunks: nothing() };
    return;
  }
  const names = batch.map(({ path }) => path).join(", ");
  throw new MissingFiles(
    batch,
    new FileError("FILE_NOT_FOUND", `The resource sent nothing for ${names}.`, {
      hint: "List the job's files: it may be gone, or not yet written.",
      context: { path: only?.path },
    }),
  );
}

async function* readParts(
  service: PacService,
  answer: HttpAnswer,
  chunks: AsyncIterable<Uint8Array>,
  batch: readonly FileRequest[],
  doing: string,
): AsyncGenerator<NamedReading, void, undefined> {
  const open = new Map(batch.map((request) => [lastPart(request.path), request]));
  let strangers = 0;
  // Old servers did not close a download of one file; then only the size in the list tells that it is whole.
  const allowUnclosed = batch.length === 1 && batch[0]?.entry?.sizeKnown === true;
  const parts = readMultipart(chunks, {
    boundary: boundaryOf(answer.headers["content-type"]),
    allowUnclosed,
  });
  const behind = answer.headers[wireHeaders.digests] === "behind" ? new DigestsBehind(parts) : undefined;
  try {
    for (let part = await nextPart(parts); part !== undefined; part = await nextPart(parts)) {
      if (behind?.skips() === true) continue;
      const name = [part.rawContentId, part.contentId, part.safeFileName].find(
        (one) => one !== undefined && open.has(one),
      );
      const request = name === undefined ? undefined : open.get(name);
      // A name that nobody asked for, or one that would leave the directory, decides nothing here.
      if (name === undefined || request === undefined) {
        strangers += 1;
        if (batch.length === 1 || strangers > batch.length) throw hostileName(part, batch);
        continue;
      }
      open.delete(name);
      const reading = partReading(part, listed(request), batch.length === 1 ? answer : undefined);
      yield behind === undefined ? reading : behind.with(reading, request.path);
    }
  } catch (error) {
    if (error instanceof WireFormatError && error.problem === "truncated") throw cut(batch[0]?.path, error);
    throw service.explain(doing, error);
  } finally {
    await parts.return();
  }
  const missing = [...open.values()];
  if (missing.length === 0) return;
  const names = missing.map(({ path }) => path).join(", ");
  throw new MissingFiles(
    missing,
    new FileError("FILE_NOT_FOUND", `The resource did not send ${names}.`, {
      hint: "List the job's files to see what it has.",
      context: { path: missing[0]?.path },
    }),
  );
}

function listed({ path, entry }: FileRequest): { readonly path: string; readonly listedBytes?: number } {
  return { path, ...(entry?.sizeKnown === true && { listedBytes: entry.sizeBytes }) };
}

function hostileName(part: MultipartPart, batch: readonly FileRequest[]): FileError {
  const said = part.fileName ?? part.contentId ?? part.name ?? "";
  return new FileError(
    "FILE_NAME_REFUSED",
    `The resource answered with a file called ${JSON.stringify(said.slice(0, 200))}, which nobody asked for.`,
    {
      hint: "Nothing was written. Tell the administrators of the resource.",
      context: { path: batch[0]?.path, said: said.slice(0, 200) },
    },
  );
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {
  // An empty file.
}
