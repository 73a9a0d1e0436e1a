import { isScarfError, SchedulerError, TransferError } from "../../errors/index.js";
import type { FileReading } from "../../model/index.js";
import { type HttpAnswer, isHtml } from "../../transports/http/index.js";
import { type JobFileEntry, type MultipartPart, WireFormatError, wireHeaders } from "../../wire/index.js";
import type { PacService } from "./pac-service.js";
import { pageInsteadOfAnswer } from "../session-errors.js";
import { jobRefusal } from "./refusals.js";

export interface FileRequest {
  /** Within the job's directory. */
  readonly path: string;
  /** What the job's list says of it. */
  readonly entry: JobFileEntry | undefined;
}

export type NamedReading = FileReading & { readonly path: string };

export function partReading(
  part: MultipartPart,
  { path, entry }: FileRequest,
  answer: HttpAnswer | undefined,
): NamedReading {
  const told = part.headers.get("content-length")?.trim();
  const exactBytes = told !== undefined && /^\d+$/.test(told) ? Number(told) : undefined;
  const listedBytes = entry?.sizeKnown === true ? entry.sizeBytes : undefined;
  const sha256 = (part.headers.get(wireHeaders.sha256) ?? answer?.headers[wireHeaders.sha256])
    ?.trim()
    .toLowerCase();
  return {
    path,
    // A listed size is what the file had then; while the job runs it grows.
    ...(exactBytes !== undefined && { sizeBytes: exactBytes }),
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    chunks: counted(part.chunks, path, { exactBytes, atLeastBytes: listedBytes }),
  };
}

export function rawReading(
  service: PacService,
  answer: HttpAnswer,
  head: string,
  chunks: AsyncIterable<Uint8Array>,
  batch: readonly FileRequest[],
): NamedReading {
  const [only] = batch;
  const refused = /<errMsg>([\s\S]*?)<\/errMsg>/.exec(head)?.[1];
  if (head.startsWith("<?xml") && refused !== undefined && !/\.xml$/i.test(only?.path ?? "")) {
    answer.discard();
    throw jobRefusal(service.who, service.mask(refused), "read the file");
  }
  if (isHtml(answer.headers["content-type"], head) && !/\.x?html?$/i.test(only?.path ?? "")) {
    answer.discard();
    throw pageInsteadOfAnswer(service.who, service.mask(head), answer.status);
  }
  if (only === undefined || batch.length > 1) {
    answer.discard();
    throw new SchedulerError(
      "OUTPUT_UNREADABLE",
      "The resource answered several files with unseparated bytes.",
      {
        hint: "Ask for one file at a time.",
        context: { resource: service.who.resourceId },
      },
    );
  }
  const { path, entry } = only;
  const exactBytes = answer.sizeBytes;
  const sha256 = answer.headers[wireHeaders.sha256]?.trim().toLowerCase();
  return {
    path,
    ...(exactBytes !== undefined && { sizeBytes: exactBytes }),
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    chunks: counted(chunks, path, {
      exactBytes,
      atLeastBytes: entry?.sizeKnown === true ? entry.sizeBytes : undefined,
    }),
  };
}

interface ExpectedSize {
  readonly exactBytes: number | undefined;
  readonly atLeastBytes: number | undefined;
}

async function* counted(
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
  batch: readonly FileRequest[],
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    if (isScarfError(error) && error.code === "CONNECTION_LOST") throw cut(batch[0]?.path, error);
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
      hint: "Try again. The file is whole on the resource; servers before PAC 10 can't give files of 2 GB and more.",
      context: { path, receivedBytes, expectedBytes },
      ...(cause !== undefined && { cause }),
    },
  );
}
