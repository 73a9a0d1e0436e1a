import { randomBytes, randomUUID } from "node:crypto";
import { TransferError } from "../../errors/index.js";

/** Bytes whose number is known before they are read. `ByteSource` of the model is one. */
export interface SizedContent {
  readonly sizeBytes: number;
  read(): AsyncIterable<Uint8Array>;
}

export interface PartToSend {
  /** Written as they are, in this order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly content: string | Uint8Array | SizedContent;
}

/** A multipart body of exactly known size. Can be read again as often as its contents can. */
export interface MultipartBody extends SizedContent {
  readonly boundary: string;
  readonly contentType: string;
}

export interface MultipartBodyOptions {
  /** @defaultValue 128 random bits: no file holds it by chance. */
  readonly boundary?: string;
  /** Bytes before the first delimiter. @defaultValue none */
  readonly preamble?: string;
  /** Bytes after the closing delimiter. @defaultValue a line break */
  readonly epilogue?: string;
}

/** Puts parts together as proper MIME: CRLF before every delimiter, the closing one included. */
export function multipartBody(
  parts: readonly PartToSend[],
  { boundary = randomBoundary(), preamble = "", epilogue = "\r\n" }: MultipartBodyOptions = {},
): MultipartBody {
  const pieces = parts.flatMap((part, index) => [
    Buffer.from(`${index === 0 ? preamble : "\r\n"}--${boundary}\r\n${renderHeaders(part)}\r\n`, "utf8"),
    sized(part.content),
  ]);
  const closing = `${parts.length === 0 ? preamble : "\r\n"}--${boundary}--${epilogue}`;
  const all = [...pieces, Buffer.from(closing, "utf8")];
  return {
    boundary,
    contentType: `multipart/mixed; boundary=${boundary}`,
    sizeBytes: all.reduce((sum, piece) => sum + sizeOf(piece), 0),
    async *read() {
      for (const piece of all) {
        if (piece instanceof Uint8Array) yield piece;
        else yield* exactly(piece);
      }
    },
  };
}

export function randomBoundary(): string {
  return `scarf-${randomBytes(16).toString("hex")}`;
}

export interface DownloadFile extends SizedContent {
  /** Plain base name. */
  readonly name: string;
  /** Further headers of the part, e.g. `content-length`; none may hold a `>`. They stand before `Content-ID`. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Sent behind the file: its SHA-256 in hex, asked for when the file has been read. Only our own client understands it. */
  readonly digest?: () => string;
}

/**
 * A download as `pacclient` and `lsf_faas` take it apart, which is not how MIME is: the body begins with CRLF (they
 * take the second line for the delimiter), `Content-ID` is the last header with one space and no `>` before it
 * (data begin five characters behind the first `>`), and nothing follows the closing delimiter.
 */
export function downloadBody(files: readonly DownloadFile[]): MultipartBody {
  const parts = files.flatMap((file): PartToSend[] => [
    {
      headers: [
        ["Content-Type", "application/octet-stream"],
        ["Content-Transfer-Encoding", "binary"],
        ...(file.headers ?? []),
        ["Content-ID", `<${file.name}>`],
      ],
      content: file,
    },
    ...(file.digest === undefined ? [] : [digestPart(file.digest)]),
  ]);
  const body = multipartBody(parts, { boundary: `uuid:${randomUUID()}`, preamble: "\r\n", epilogue: "" });
  return { ...body, contentType: `multipart/mixed; boundary="${body.boundary}"` };
}

/** Name of the part behind a file that holds its SHA-256. No other client or service names a part so. */
export const digestField = "scarf-sha256";

/** A part with a digest that is known only when the part before it has been read. */
export function digestPart(getDigest: () => string | undefined): PartToSend {
  return {
    headers: [
      ["Content-Disposition", `form-data; name="${digestField}"`],
      ["Content-ID", `<${digestField}>`],
    ],
    content: {
      sizeBytes: 64,
      async *read() {
        yield await Promise.resolve(Buffer.from(getDigest() ?? "0".repeat(64), "latin1"));
      },
    },
  };
}

function renderHeaders(part: PartToSend): string {
  return part.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
}

function sized(content: PartToSend["content"]): Uint8Array | SizedContent {
  return typeof content === "string" ? Buffer.from(content, "utf8") : content;
}

function sizeOf(piece: Uint8Array | SizedContent): number {
  return piece instanceof Uint8Array ? piece.byteLength : piece.sizeBytes;
}

/** A file that shrinks or grows while it is sent must not become a request whose length lies. */
async function* exactly(content: SizedContent): AsyncGenerator<Uint8Array, void, undefined> {
  let done = 0;
  for await (const chunk of content.read()) {
    done += chunk.byteLength;
    if (done > content.sizeBytes) break;
    yield chunk;
  }
  if (done !== content.sizeBytes) {
    throw new TransferError("TRANSFER_INCOMPLETE", "A file changed while it was being sent.", {
      hint: "Send it again when nothing writes to it.",
      context: { expectedBytes: content.sizeBytes, readBytes: done },
    });
  }
}
