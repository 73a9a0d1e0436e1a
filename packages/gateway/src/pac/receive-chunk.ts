import { createHash } from "node:crypto";
import { type ByteSource, isScarfError, type Session, TransferError, type WrittenFile } from "scarf-tomo";
import {
  baseName,
  boundaryOf,
  decodePercent,
  parseChunkAmount,
  readUploadForm,
  wireHeaders,
} from "scarf-tomo/wire";
import type { SpooledFile } from "../state/spool.js";
import type { Chunk, Upload, UploadKey } from "../state/upload-table.js";
import type { UserSession } from "../sessions/session-desk.js";
import { enterUpload } from "./enter-transfer.js";
import type { AuditNote, PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { KeyedLock } from "../sessions/keyed-lock.js";
import { joinPath } from "./safe-path.js";
import { checkDigest } from "./arriving-file.js";
import { checkWritten, mayOverwrite, renderSuccess, tooLarge, writtenHeaders } from "./receive-upload.js";
import { readUploadTarget, type UploadTarget, writeToTarget } from "./upload-target.js";

/** One chunk as it came in. */
interface ReceivedChunk {
  readonly key: UploadKey;
  readonly target: UploadTarget;
  readonly name: string;
  readonly number: number;
  readonly amount: number;
  readonly file: SpooledFile;
}

/** A file of 1 TiB in the chunks of 512 MiB that pac makes has 2048 of them. */
const maxChunks = 100_000;

/** Of the files that chunks belong to: two at the same moment must not both find one complete. */
export const chunkLocks = new KeyedLock();

/** What the client of a chunk is told in headers. */
export function chunkHeaders({ sha256, missing, file }: AcceptedChunk): Readonly<Record<string, string>> {
  return {
    ...writtenHeaders(file === undefined ? [] : [file]),
    [wireHeaders.chunkSha256]: sha256,
    [wireHeaders.chunksMissing]: String(missing),
  };
}

export interface AcceptedChunk {
  /** SHA-256 (hex) of the chunk as it is kept. */
  readonly sha256: string;
  /** How many others are not there yet. */
  readonly missing: number;
  /** For the client; with the word `successfully`, which every answer of a chunk needs. */
  readonly message: string;
  /** The whole file, once the last chunk of it is there. */
  readonly file: WrittenFile | undefined;
}

/**
 * Takes one chunk of a file. Chunks may come twice, in any order and after a restart; the file appears, whole, when the
 * last one is there.
 * @param numbers - `chunkid`, `chunkamount`, `chunkbase` where they are not parts of the body.
 * @throws {TransferError} `TRANSFER_REFUSED`: the numbers are missing or make no sense. @throws {FileError}
 */
export async function receiveAndKeepChunk(
  { session, userName }: Pick<UserSession, "session" | "userName">,
  request: PacRequest,
  desk: PacDesk,
  audit: AuditNote,
  numbers: ReadonlyMap<string, string> = new Map(),
): Promise<AcceptedChunk> {
  const jobId = request.rest[0] ?? "0";
  // What could be put nowhere in the end must not lie here until then.
  if (jobId !== "0") await session.job(jobId);
  await enterUpload(userName, request, desk, { isChunk: true });
  const chunk = await receiveChunk(request, desk, userName, numbers);
  const { key, name, number, amount } = chunk;
  audit.subject = `${key.directory}/${name}, ${number} of ${amount}`;
  return chunkLocks.run(JSON.stringify(key), async () => {
    const { file, missing } = await storeChunk({ request, desk, session, chunk });
    const message =
      file === undefined
        ? `Chunk ${number} of ${amount} of ${name} was uploaded successfully.`
        : renderSuccess({ path: name, ...file });
    return { message, file, missing, sha256: chunk.file.sha256 };
  });
}

async function receiveChunk(
  request: PacRequest,
  desk: PacDesk,
  userName: string,
  numbers: ReadonlyMap<string, string>,
): Promise<ReceivedChunk> {
  const fields = new Map(numbers);
  const identify = (): Omit<ReceivedChunk, "file"> => {
    const target = readUploadTarget(request, fields.get("DirName") ?? "");
    const chunk = readNumbers(fields);
    return { ...chunk, target, key: { resourceId: desk.offered.id, userName, ...target, name: chunk.name } };
  };
  const limitBytes = desk.limits.uploadBytes;
  let file: SpooledFile | undefined;
  try {
    const form = readUploadForm(request.body, { boundary: boundaryOf(request.headers["content-type"]) });
    for await (const item of form) {
      if (item.kind === "field") fields.set(item.field, item.value);
      else if (file !== undefined) throw refused("The request holds more than one chunk.");
      else if (fields.has("DirName") && fields.has("chunkid") && fields.has("chunkamount")) {
        const place = { ...identify(), requestBytes: lengthOf(request), limitBytes };
        file = await desk.shelf.receive(place, desk.gate.guard(item.chunks));
        await checkDigest(item, file.sha256);
      } else {
        // What it is comes behind it.
        file = await desk.spool.receive(desk.gate.guard(item.chunks), { limitBytes, durable: true });
        await checkDigest(item, file.sha256);
      }
    }
    if (file === undefined) throw refused("The request holds no chunk of a file.");
    const identified = identify();
    // Each would take a place on the disk, and none of the bytes that are counted.
    if (file.sizeBytes === 0 && identified.amount > 1)
      throw refused(`Chunk ${identified.number} of ${identified.amount} of ${identified.name} is empty.`);
    return { ...identified, file };
  } catch (error) {
    if (file !== undefined) await desk.shelf.drop(file);
    throw error;
  }
}

function lengthOf({ headers }: PacRequest): number | undefined {
  const told = headers["content-length"];
  return told === undefined ? undefined : Number(told);
}

/** @throws {TransferError} `TRANSFER_REFUSED` */
function readNumbers(fields: ReadonlyMap<string, string>): Pick<ReceivedChunk, "name" | "number" | "amount"> {
  const { name, amount } = readChunkedFile(fields);
  const number = Number(fields.get("chunkid"));
  if (!Number.isInteger(number) || number < 1 || number > amount) {
    throw refused(`The number of the chunk (chunkid) is not one of 1 to ${amount}.`);
  }
  return { name, number, amount };
}

/** @throws {TransferError} `TRANSFER_REFUSED` */
export function readChunkedFile(fields: ReadonlyMap<string, string>): {
  readonly name: string;
  readonly amount: number;
} {
  const name = readChunkedName(fields);
  // pac's Python 3 client computes the number of chunks as a float: 2.000000001862645 means 2.
  const amount = parseChunkAmount(fields.get("chunkamount") ?? "");
  if (amount === undefined || amount < 1 || amount > maxChunks) {
    throw refused("The number of chunks (chunkamount) is missing or makes no sense.");
  }
  return { name, amount };
}

/** @throws {TransferError} `TRANSFER_REFUSED` */
export function readChunkedName(fields: ReadonlyMap<string, string>): string {
  const name = baseName(decodePercent(fields.get("chunkbase") ?? ""));
  if (name === undefined) throw refused("The chunk does not say which file it is of (chunkbase).");
  return name;
}

interface Arrival {
  readonly request: PacRequest;
  readonly desk: PacDesk;
  readonly session: Session;
  readonly chunk: ReceivedChunk;
}

/** Keeps the chunk, and puts the file together when it was the last one that was missing: then answers the file. */
async function storeChunk(
  arrival: Arrival,
): Promise<{ readonly file: WrittenFile | undefined; readonly missing: number }> {
  const { desk, chunk } = arrival;
  const { uploads, spool, shelf } = desk;
  let current: Upload | undefined = uploads.find(chunk.key);
  if (current?.finished !== undefined && (await isRepetition(arrival, current))) {
    await shelf.drop(chunk.file);
    const { path, sha256, sizeBytes } = current.finished;
    const file = { ...(path !== undefined && { path }), ...(sha256 !== undefined && { sha256 }), sizeBytes };
    return { file, missing: 0 };
  }
  shelf.checkStillThere(chunk.file);
  if (current !== undefined && (current.finished !== undefined || current.amount !== chunk.amount)) {
    // Another file of the same name, or the same one cut in another way: what was there before is of no use.
    for (const name of uploads.remove(current.id)) await spool.remove(name);
    current = undefined;
  }
  const upload = current ?? uploads.add(chunk.key, chunk.amount);
  const before = uploads.chunks(upload.id).find(({ number }) => number === chunk.number);
  uploads.putChunk(upload.id, chunk.number, chunk.file);
  if (before?.name !== undefined) await shelf.drop({ name: before.name });
  const chunks = uploads.chunks(upload.id);
  const missing = upload.amount - chunks.length;
  return { missing, file: missing === 0 ? await putTogether(arrival, upload, chunks) : undefined };
}

/**
 * True when a finished upload gets one of its chunks again, because the client never saw the answer, and the file still
 * lies there as it was finished. Otherwise it is a new upload of the same name.
 */
async function isRepetition(
  { session, desk, chunk }: Arrival,
  { id, amount, finished }: Upload,
): Promise<boolean> {
  const same = desk.uploads.chunks(id).find(({ number }) => number === chunk.number);
  if (finished?.path === undefined || amount !== chunk.amount || same?.sha256 !== chunk.file.sha256)
    return false;
  if (!session.capabilities.fileBrowsing) return false;
  try {
    const there = await session.files.stat(finished.path);
    const changed = (there.modifiedAt?.getTime() ?? 0) > finished.finishedAt.getTime() + 1000;
    return there.kind === "file" && there.sizeBytes === finished.sizeBytes && !changed;
  } catch {
    return false;
  }
}

async function putTogether(
  { request, desk, session, chunk }: Arrival,
  upload: Upload,
  chunks: readonly Chunk[],
): Promise<WrittenFile> {
  const parts = chunks.flatMap(({ name, ...part }) => (name === undefined ? [] : [{ ...part, name }]));
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sizeBytes > desk.limits.uploadBytes) throw tooLarge(desk.limits.uploadBytes);
  const source = desk.spool.source(parts);
  const written = await writeToTarget(session, chunk.target, chunk.name, source, {
    overwrite: mayOverwrite(request),
    // Each chunk has its own, and was compared when it came.
    checksum: false,
  }).catch(async (error: unknown) => {
    const same = await findSameFile(session, chunk, source, error);
    if (same !== undefined) return same;
    if (isScarfError(error) && hopeless.has(error.code))
      for (const name of desk.uploads.remove(upload.id)) await desk.spool.remove(name);
    throw error;
  });
  checkWritten(written, sizeBytes);
  const { path, sha256 } = written;
  desk.uploads.finish(upload.id, { path, sha256, sizeBytes });
  for (const { name } of parts) await desk.spool.remove(name);
  return written;
}

/** No further try with the same chunks can succeed. */
const hopeless: ReadonlySet<string> = new Set([
  "FILE_KIND_WRONG",
  "FILE_NAME_REFUSED",
  "FILE_UNWRITABLE",
  "JOB_NOT_FOUND",
  "PERMISSION_DENIED",
  "TRANSFER_TOO_LARGE",
]);

/**
 * The gateway may have been killed after the file had got its name and before that was noted; a client that does not
 * overwrite then finds its own file in the way. A file there with the same bytes is what was asked for.
 */
async function findSameFile(
  session: Session,
  { target: { jobId, directory }, name }: ReceivedChunk,
  source: ByteSource,
  error: unknown,
): Promise<WrittenFile | undefined> {
  if (!isScarfError(error) || error.code !== "FILE_EXISTS" || !session.capabilities.checksums)
    return undefined;
  // A path in a job's directory is known to the resource only.
  if (jobId !== "0" && !directory.startsWith("/")) return undefined;
  const path = joinPath(directory, name);
  const { sizeBytes, path: fullPath } = await session.files.stat(path);
  if (sizeBytes !== source.sizeBytes) return undefined;
  const hash = createHash("sha256");
  for await (const piece of source.read()) hash.update(piece);
  const sha256 = hash.digest("hex");
  return (await session.files.checksum(path)) === sha256 ? { path: fullPath, sizeBytes, sha256 } : undefined;
}

function refused(message: string): TransferError {
  return new TransferError("TRANSFER_REFUSED", message, { hint: "Check the program that sent it." });
}
