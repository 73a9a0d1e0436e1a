import {
  type ByteSource,
  FileError,
  isScarfError,
  type ScarfError,
  type Session,
  TransferError,
  type WrittenFile,
} from "scarf-tomo";
import { boundaryOf, encodeHeaderValue, type FormFile, readUploadForm, wireHeaders } from "scarf-tomo/wire";
import type { SpooledFile } from "../state/spool.js";
import { existingFileOf, nameExistingFile } from "./name-existing-file.js";
import { enterUpload } from "./enter-transfer.js";
import { ArrivingFile, checkDigest } from "./arriving-file.js";
import type { AuditNote, PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { isMantid, readUploadTarget, type UploadTarget, writeToTarget } from "./upload-target.js";

/**
 * Receives the files of an upload, at least one. Each appears under its name only when all of it has arrived.
 * @throws {TransferError} `TRANSFER_REFUSED`: there is none. @throws {FileError} the target can't be written to.
 */
export async function receiveUpload(
  session: Session,
  request: PacRequest,
  desk: PacDesk,
  audit: AuditNote,
): Promise<readonly WrittenFile[]> {
  await enterUpload(session.userName, request, desk);
  const written = await new Upload(request, desk, session, audit).receive();
  if (written.length > 0) return written;
  throw new TransferError("TRANSFER_REFUSED", "The upload holds no file.", {
    hint: "Check the name of the file and send it again.",
  });
}

/** IBM's clients send the files of one command together; a body that never ends sends empty ones for ever. */
const mostItems = 10_000;

function tooMany(): TransferError {
  return new TransferError("TRANSFER_TOO_LARGE", `The upload holds more than ${mostItems} files.`, {
    hint: "Those that came before are there. Send the others in uploads of their own, or pack them into one file.",
  });
}

/** What became of one file of several. */
export interface FileOutcome {
  readonly name: string;
  readonly written?: WrittenFile;
  readonly error?: ScarfError;
}

/** Whether one file's failure shall not keep the others from coming. */
export function wantsOutcomes(request: PacRequest): boolean {
  return request.headers[wireHeaders.outcomes] === "each";
}

/** So many files are brought to the disk while the next ones come in. */
const mostAtOnce = 16;

/**
 * Receives many small files: what becomes of one is told for it alone, and none waits for the disk to have the one before.
 * @throws {TransferError} `TRANSFER_INCOMPLETE`: the request broke off; what came before may be there.
 */
export async function receiveEach(
  session: Session,
  request: PacRequest,
  desk: PacDesk,
  audit: AuditNote,
): Promise<readonly FileOutcome[]> {
  await enterUpload(session.userName, request, desk);
  return new Upload(request, desk, session, audit).receiveEach();
}

interface Waiting {
  readonly fileName: string;
  readonly file: SpooledFile;
}

class Upload {
  readonly #request: PacRequest;
  readonly #desk: PacDesk;
  readonly #session: Session;
  readonly #audit: AuditNote;
  #target: UploadTarget | undefined;
  #receivedBytes = 0;

  constructor(request: PacRequest, desk: PacDesk, session: Session, audit: AuditNote) {
    this.#request = request;
    this.#desk = desk;
    this.#session = session;
    this.#audit = audit;
  }

  async receive(): Promise<readonly WrittenFile[]> {
    const { body, headers } = this.#request;
    const written: WrittenFile[] = [];
    const waiting: Waiting[] = [];
    const form = readUploadForm(body, {
      boundary: boundaryOf(headers["content-type"]),
      ...(isMantid(this.#request) && { keepLineBreakBeforeClose: true }),
    });
    try {
      let items = 0;
      for await (const item of form) {
        items += 1;
        if (items > mostItems) throw tooMany();
        if (item.kind === "field") {
          if (item.field === "DirName") this.#target = readUploadTarget(this.#request, item.value);
        } else if (this.#target !== undefined && takesStreams(this.#session)) {
          written.push(await this.#writeArriving(this.#target, nameOf(item), this.#arriving(item)));
        } else {
          waiting.push(await this.#spool(item));
        }
      }
      const target = this.#target ?? readUploadTarget(this.#request, "");
      for (const { fileName, file } of waiting) {
        written.push(await this.#write(target, fileName, this.#desk.spool.source([file])));
      }
      return written;
    } finally {
      for (const { file } of waiting) await this.#desk.spool.remove(file.name);
    }
  }

  async receiveEach(): Promise<readonly FileOutcome[]> {
    const { body, headers } = this.#request;
    const outcomes: FileOutcome[] = [];
    const writing = new Set<Promise<void>>();
    const failed: Promise<void>[] = [];
    try {
      for await (const item of readUploadForm(body, { boundary: boundaryOf(headers["content-type"]) })) {
        if (outcomes.length + writing.size > mostItems) throw tooMany();
        if (item.kind === "field") {
          if (item.field === "DirName") this.#target = readUploadTarget(this.#request, item.value);
          continue;
        }
        const arriving = this.#arriving(item);
        const write = this.#note(nameOf(item), arriving, outcomes);
        writing.add(write);
        void write.catch(() => failed.push(write)).finally(() => writing.delete(write));
        // The next file can be read when this one has been, or will not be.
        await Promise.race([arriving.ended, write]);
        if (writing.size >= mostAtOnce) await Promise.race(writing);
      }
    } finally {
      await Promise.allSettled(writing);
    }
    // Not what becomes of one file, but a bug or a disk that fails: the operator is to hear of it.
    await Promise.all(failed);
    return outcomes;
  }

  async #note(name: string, arriving: ArrivingFile, outcomes: FileOutcome[]): Promise<void> {
    outcomes.push(await this.#outcome(name, arriving));
  }

  async #outcome(name: string, arriving: ArrivingFile): Promise<FileOutcome> {
    const target = this.#target ?? readUploadTarget(this.#request, "");
    try {
      if (takesStreams(this.#session))
        return { name, written: await this.#writeArriving(target, name, arriving) };
      const file = await this.#desk.spool.receive(arriving.read(), {
        limitBytes: this.#desk.limits.uploadBytes,
      });
      try {
        return { name, written: await this.#write(target, name, this.#desk.spool.source([file])) };
      } finally {
        await this.#desk.spool.remove(file.name);
      }
    } catch (error) {
      if (isScarfError(error)) return { name, error };
      throw error;
    }
  }

  #arriving(item: FormFile): ArrivingFile {
    const guarded = { ...item, chunks: this.#desk.gate.guard(item.chunks) };
    return new ArrivingFile(guarded, wantsDigest(this.#request), (bytes) => this.#count(bytes));
  }

  async #writeArriving(target: UploadTarget, name: string, arriving: ArrivingFile): Promise<WrittenFile> {
    const file = await this.#write(target, name, arriving);
    return { ...file, ...(arriving.sha256 !== undefined && { sha256: arriving.sha256 }) };
  }

  async #write(target: UploadTarget, name: string, source: ByteSource): Promise<WrittenFile> {
    this.#audit.subject = `${target.directory}/${name}`;
    const written = await writeToTarget(this.#session, target, name, source, {
      overwrite: mayOverwrite(this.#request),
      // It was computed on the way.
      checksum: false,
      signal: this.#request.signal,
    }).catch(async (error: unknown) => {
      throw await nameExistingFile(this.#session, target, name, error);
    });
    checkWritten(written, source.sizeBytes);
    return { path: name, ...written };
  }

  #count(bytes: number): void {
    this.#receivedBytes += bytes;
    const limitBytes = this.#desk.limits.uploadBytes;
    if (this.#receivedBytes > limitBytes) throw tooLarge(limitBytes);
  }

  async #spool(item: FormFile): Promise<Waiting> {
    const fileName = nameOf(item);
    const limitBytes = this.#desk.limits.uploadBytes - this.#receivedBytes;
    const file = await this.#desk.spool.receive(this.#desk.gate.guard(item.chunks), { limitBytes });
    this.#receivedBytes += file.sizeBytes;
    const waiting = { fileName, file };
    try {
      await checkDigest(item, file.sha256);
      return waiting;
    } catch (error) {
      await this.#desk.spool.remove(file.name);
      throw error;
    }
  }
}

/** Resources that pass a file on over another wire need its size first; this machine writes what comes. */
export function takesStreams({ resource }: Session): boolean {
  return resource.kind === "local";
}

function nameOf({ fileName }: FormFile): string {
  if (fileName !== undefined) return fileName;
  throw new FileError("FILE_NAME_REFUSED", "A file in the upload has no usable name.", {
    hint: "Give it a plain name without slashes.",
  });
}

export function tooLarge(limitBytes: number): TransferError {
  return new TransferError(
    "TRANSFER_TOO_LARGE",
    `The upload is larger than this service takes (${limitBytes} bytes).`,
    {
      hint: "Ask the operator to raise the limit, or bring the file there another way.",
    },
  );
}

/** Legacy clients expect an existing file to be replaced; one that knows better says `no`. */
export function mayOverwrite(request: PacRequest): boolean {
  return request.headers[wireHeaders.overwrite] !== "no";
}

/** A digest costs as much processor time as all the rest of an upload; only our own client compares it. It gets the lengths of parts, too. */
export function wantsDigest(request: Pick<PacRequest, "headers">): boolean {
  return request.headers[wireHeaders.wantDigest] === "sha-256";
}

/** @throws {TransferError} `TRANSFER_CORRUPT`: the resource stored another number of bytes than came in. */
export function checkWritten({ sizeBytes, path }: WrittenFile, sentBytes: number): void {
  if (sizeBytes === sentBytes) return;
  throw new TransferError(
    "TRANSFER_CORRUPT",
    "The file was stored with another size than it was sent with.",
    {
      hint: "Send it again.",
      context: { path, sentBytes, storedBytes: sizeBytes },
    },
  );
}

/** Where the one file of an upload lies now, and its SHA-256; nothing where there are none or several. */
export function writtenHeaders(written: readonly WrittenFile[]): Readonly<Record<string, string>> {
  const [first, ...others] = written;
  if (first === undefined || others.length > 0) return {};
  const { path, sha256 } = first;
  return {
    ...(path !== undefined && { [wireHeaders.path]: encodeHeaderValue(path) }),
    ...(sha256 !== undefined && { [wireHeaders.sha256]: sha256 }),
  };
}

/** The answer to our own client: a line for people, and one for it. */
export function renderOutcomes(outcomes: readonly FileOutcome[]): string {
  const written = outcomes.filter((outcome) => outcome.written !== undefined).length;
  const told = outcomes.map(({ name, written: file, error }) => ({
    name,
    ...(file !== undefined && { path: file.path, sha256: file.sha256 }),
    ...(error !== undefined && {
      code: error.code,
      message: error.message,
      hint: error.hint,
      ...existingFileOf(error.context),
    }),
  }));
  return `${written} of ${outcomes.length} files were uploaded successfully.\n${JSON.stringify(told)}`;
}

/** Clients take the word `successfully` for success. */
export function renderSuccess({ path, sizeBytes }: WrittenFile): string {
  return `The file ${path ?? ""} (${sizeBytes} bytes) was uploaded successfully.`;
}
