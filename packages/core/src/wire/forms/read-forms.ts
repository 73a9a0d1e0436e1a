import { baseName, linuxFileName } from "../file-name.js";
import type { MultipartPart } from "../multipart/multipart-part.js";
import { isDigestPart, PartsAhead } from "../multipart/parts-ahead.js";
import { readMultipart, type ReadMultipartOptions } from "../multipart/read-multipart.js";
import { WireFormatError } from "../wire-format-error.js";
import { decodeText } from "../decode-text.js";
import { parseAppParam, type AppParam } from "./app-param.js";

export interface ReadFormOptions extends ReadMultipartOptions {
  /** Bound of one field or parameter. @defaultValue 1 MiB */
  readonly maxFieldBytes?: number;
}

/** A file in a form, to be consumed before the next item is asked for. */
export interface FormFile {
  readonly kind: "file";
  /** Base name; `undefined` = none that is safe to use. */
  readonly fileName: string | undefined;
  /** What a file parameter may call it: Content-ID, then filename, then name; each reduced to its base name. */
  readonly names: readonly string[];
  readonly chunks: AsyncIterable<Uint8Array>;
  /** In an upload, once `chunks` has ended: the SHA-256 (hex) that our own client sends behind a file. */
  readonly sentSha256?: () => Promise<string | undefined>;
}

export type SubmitFormItem =
  | { readonly kind: "application"; readonly application: string }
  | { readonly kind: "parameter"; readonly parameter: AppParam }
  | FormFile;

/**
 * Reads the body of `submitapp`: the application's name, parameters at any level (some clients cut nested parts with the
 * outer boundary), attached files. @throws {WireFormatError}
 */
export async function* readSubmitForm(
  body: AsyncIterable<Uint8Array>,
  options: ReadFormOptions = {},
): AsyncGenerator<SubmitFormItem, void, undefined> {
  const limit = options.maxFieldBytes ?? 1_048_576;
  for await (const part of readMultipart(body, options)) {
    const field = fieldName(part);
    if (field === "appname") {
      yield { kind: "application", application: (await part.text(limit)).trim() };
    } else if (field === "data" || part.nestedBoundary !== undefined) {
      yield* readNested(part, options, limit);
    } else {
      yield await parameterOrFile(part, limit);
    }
  }
}

export type UploadFormItem =
  | {
      readonly kind: "field";
      readonly field: "DirName" | "chunkid" | "chunkamount" | "chunkbase";
      readonly value: string;
    }
  | FormFile;

/** Reads the body of `upfile` and `uplargefile`. Fields are raw: the directory is not percent-decoded here. @throws {WireFormatError} */
export async function* readUploadForm(
  body: AsyncIterable<Uint8Array>,
  options: ReadFormOptions = {},
): AsyncGenerator<UploadFormItem, void, undefined> {
  const limit = options.maxFieldBytes ?? 65_536;
  const parts = new PartsAhead(readMultipart(body, options));
  try {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      const name = fieldName(part);
      // Bridge calls the directory `dir` and gives it no Content-ID.
      const field = name === "dirname" || name === "dir" ? "DirName" : name;
      if (field === "DirName" || field === "chunkid" || field === "chunkamount" || field === "chunkbase") {
        yield { kind: "field", field, value: (await part.text(limit)).trim() };
      } else if (!isDigestPart(part)) {
        yield { ...fileItem(part, part.chunks), sentSha256: () => parts.takeDigest() };
      }
    }
  } finally {
    await parts.close();
  }
}

/** A chunk count. IBM's Python 3 client sends a float (`2.000000001862645`): its integer part counts. */
export function parseChunkAmount(text: string): number | undefined {
  return /^\d+(?:\.\d+)?$/.test(text.trim()) ? Math.trunc(Number(text)) : undefined;
}

function fieldName(part: MultipartPart): string | undefined {
  if (part.fileName !== undefined || part.encodedFileName !== undefined) return undefined;
  return (part.name ?? part.contentId)?.toLowerCase();
}

async function* readNested(
  part: MultipartPart,
  options: ReadFormOptions,
  limit: number,
): AsyncGenerator<SubmitFormItem, void, undefined> {
  const nested = readMultipart(part.chunks, {
    ...options,
    boundary: part.nestedBoundary,
    allowUnclosed: true,
  });
  for await (const inner of nested) yield await parameterOrFile(inner, limit);
}

async function parameterOrFile(part: MultipartPart, limit: number): Promise<SubmitFormItem> {
  if (part.fileName !== undefined || part.encodedFileName !== undefined) return fileItem(part, part.chunks);
  const { head, all } = await peek(part.chunks);
  if (!/^\s*<AppParam>/.test(head)) return fileItem(part, all);
  const pieces: Buffer[] = [];
  let total = 0;
  for await (const chunk of all) {
    total += chunk.byteLength;
    if (total > limit) throw new WireFormatError("too-large", `A parameter is larger than ${limit} bytes.`);
    pieces.push(Buffer.from(chunk));
  }
  const text = decodeText(Buffer.concat(pieces)).trim();
  return { kind: "parameter", parameter: parseAppParam(text) };
}

/** Looks at the beginning of a stream without losing it. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: string; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 64 && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    if (head.length > 0) yield head;
    while (!ended) {
      const next = await iterator.next();
      if (next.done === true) ended = true;
      else yield next.value;
    }
  }
  return { head: head.toString("latin1"), all: all() };
}

function fileItem(part: MultipartPart, chunks: AsyncIterable<Uint8Array>): FormFile {
  const encoded = part.encodedFileName;
  if (encoded !== undefined) {
    const name = linuxFileName(encoded);
    return { kind: "file", fileName: name, names: name === undefined ? [] : [name], chunks };
  }
  const names = [part.contentId, part.fileName, part.name]
    .flatMap((name) => (name === undefined ? [] : (baseName(name) ?? [])))
    .filter((name, index, all) => all.indexOf(name) === index);
  return { kind: "file", fileName: part.safeFileName, names, chunks };
}
