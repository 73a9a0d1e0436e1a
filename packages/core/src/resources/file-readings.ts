import { isScarfError, TransferError } from "../errors/index.js";
import type { FileReading } from "../model/index.js";
import type { HttpAnswer } from "../transports/http/index.js";
import {
  boundaryOf,
  type MultipartPart,
  readMultipart,
  WireFormatError,
  wireHeaders,
} from "../wire/index.js";

/** A file as one part of an answer. @param answer - the whole answer, if it brings only this file */
export function partReading(
  part: MultipartPart,
  { path, listedBytes }: { readonly path: string; readonly listedBytes?: number | undefined },
  answer: HttpAnswer | undefined,
): FileReading & { readonly path: string } {
  const told = part.headers.get("content-length")?.trim();
  const exactBytes = told !== undefined && /^\d+$/.test(told) ? Number(told) : undefined;
  const sha256 = (part.headers.get(wireHeaders.sha256) ?? answer?.headers[wireHeaders.sha256])
    ?.trim()
    .toLowerCase();
  const version = answer?.headers["etag"];
  return {
    path,
    // A listed size is what the file had then; while the job runs it grows.
    ...(exactBytes !== undefined && { sizeBytes: exactBytes }),
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(version !== undefined && { version }),
    chunks: counted(part.chunks, path, { exactBytes, atLeastBytes: listedBytes }),
  };
}

interface ExpectedSize {
  readonly exactBytes: number | undefined;
  readonly atLeastBytes: number | undefined;
}

export async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  { exactBytes, atLeastBytes }: ExpectedSize,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  try {
    for await (const chunk of chunks) {
      received += chunk.byteLength;
      if (exactBytes !== undefined && received > exactBytes) break;
      yield chunk;
    }
  } catch (error) {
    if (error instanceof WireFormatError && error.problem === "truncated") throw cut(path, error, received);
    throw error;
  }
  if (received < (atLeastBytes ?? 0) || (exactBytes !== undefined && received !== exactBytes)) {
    throw cut(path, undefined, received, exactBytes ?? atLeastBytes);
  }
}

/** What the connection says about a cut, in the words of a transfer. */
export async function* asTransfer(
  chunks: AsyncIterable<Uint8Array>,
  path: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    if (isScarfError(error) && error.code === "CONNECTION_LOST") throw cut(path, error);
    throw error;
  }
}

export function cut(
  path: string | undefined,
  cause?: unknown,
  receivedBytes?: number,
  expectedBytes?: number,
): TransferError {
  const of = expectedBytes === undefined ? "" : ` of ${expectedBytes}`;
  const after = receivedBytes === undefined ? "" : ` after ${receivedBytes}${of} bytes`;
  return new TransferError(
    "TRANSFER_INCOMPLETE",
    `${path ?? "The file"} did not come whole: it ended${after}.`,
    {
      hint: "Try again. The file is whole on the resource.",
      context: { path, receivedBytes, expectedBytes },
      ...(cause !== undefined && { cause }),
    },
  );
}

export async function nextPart(
  parts: AsyncGenerator<MultipartPart, void, undefined>,
): Promise<MultipartPart | undefined> {
  const next = await parts.next();
  return next.done === true ? undefined : next.value;
}

/** Takes the part behind each file that holds its digest. */
export class DigestsBehind {
  readonly #parts: AsyncGenerator<MultipartPart, void, undefined>;
  /** The next part is the digest of a file that was not read to its end. */
  #due = false;

  constructor(parts: AsyncGenerator<MultipartPart, void, undefined>) {
    this.#parts = parts;
  }

  skips(): boolean {
    const due = this.#due;
    this.#due = false;
    return due;
  }

  with<Reading extends FileReading>(reading: Reading, path: string): Reading {
    this.#due = true;
    let digest: string | undefined;
    const chunks = async function* (behind: DigestsBehind): AsyncGenerator<Uint8Array, void, undefined> {
      yield* reading.chunks;
      digest = await behind.#take(path);
    };
    return { ...reading, chunks: chunks(this), sha256After: () => digest };
  }

  async #take(path: string): Promise<string | undefined> {
    this.#due = false;
    try {
      const text = (await (await nextPart(this.#parts))?.text(256))?.trim().toLowerCase();
      return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? text : undefined;
    } catch (error) {
      if (error instanceof WireFormatError) throw cut(path, error);
      throw error;
    }
  }
}

/** The one file of an answer of our gateway's, with its digest where that stands behind it. */
export async function openFilePart(answer: HttpAnswer, path: string): Promise<FileReading> {
  const parts = readMultipart(asTransfer(answer.chunks, path), {
    boundary: boundaryOf(answer.headers["content-type"]),
  });
  const behind = answer.headers[wireHeaders.digests] === "behind" ? new DigestsBehind(parts) : undefined;
  async function* toItsEnd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunks;
      // What stands behind the last part: the closing delimiter, or a cut.
      await nextPart(parts);
    } catch (error) {
      throw explain(error);
    } finally {
      await parts.return();
    }
  }
  const explain = (error: unknown): unknown => (error instanceof WireFormatError ? cut(path, error) : error);
  try {
    const part = await nextPart(parts);
    if (part === undefined) throw cut(path);
    const reading = partReading(part, { path }, answer);
    const { chunks, ...told } = behind === undefined ? reading : behind.with(reading, path);
    return { ...told, chunks: toItsEnd(chunks) };
  } catch (error) {
    await parts.return();
    throw explain(error);
  }
}
