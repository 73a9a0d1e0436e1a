import { decodeText } from "../decode-text.js";
import { baseName, linuxFileName } from "../file-name.js";
import { decodeHeaderValue, wireHeaders } from "../headers.js";
import { WireFormatError } from "../wire-format-error.js";
import { boundaryOf, contentIdOf, headerParameter, type PartHeaders } from "./part-headers.js";

/** One part of a multipart body. Its bytes can be read once, before the next part is asked for. */
export class MultipartPart {
  readonly headers: PartHeaders;
  /** The part's bytes, raw: `Content-Transfer-Encoding` means nothing on this wire. Throws `WireFormatError` `truncated`. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** `name` of the content disposition. */
  readonly name: string | undefined;
  /** `filename` of the content disposition, as sent: a path, perhaps a hostile one. Use {@link safeFileName}. */
  readonly fileName: string | undefined;
  /** Content-ID without brackets, decoded. */
  readonly contentId: string | undefined;

  constructor(headers: PartHeaders, chunks: AsyncIterable<Uint8Array>) {
    this.headers = headers;
    this.chunks = chunks;
    const disposition = headers.get("content-disposition") ?? "";
    this.name = headerParameter(disposition, "name");
    this.fileName = headerParameter(disposition, "filename");
    this.contentId = contentIdOf(headers);
  }

  /** Boundary of the multipart body that this part holds, if it holds one and says so. */
  get nestedBoundary(): string | undefined {
    const type = this.headers.get("content-type");
    return type !== undefined && /^\s*multipart\//i.test(type) ? boundaryOf(type) : undefined;
  }

  /** The name that one of our own programs gave in its own header, decoded; not yet checked. */
  get encodedFileName(): string | undefined {
    const value = this.headers.get(wireHeaders.fileName)?.trim();
    return value === undefined || value === "" ? undefined : decodeHeaderValue(value);
  }

  /** Content-ID without brackets, not decoded. */
  get rawContentId(): string | undefined {
    return this.headers.get("content-id")?.trim().replace(/^</, "").replace(/>$/, "");
  }

  /** Base name of the file: `filename`, else Content-ID, else `name`. `undefined` = none that is safe to use. */
  get safeFileName(): string | undefined {
    const encoded = this.encodedFileName;
    if (encoded !== undefined) return linuxFileName(encoded);
    // It was cut by a line end in it; what the other places say is cut as well.
    if (this.name?.endsWith("\n") === true) return undefined;
    const given = [this.fileName, this.contentId, this.name].find(
      (name) => name !== undefined && name !== "",
    );
    return given === undefined ? undefined : baseName(given);
  }

  /** The whole part as text. @throws {WireFormatError} `too-large` above `maxBytes`. */
  async text(maxBytes: number): Promise<string> {
    const pieces: Buffer[] = [];
    let total = 0;
    for await (const chunk of this.chunks) {
      total += chunk.byteLength;
      if (total > maxBytes) {
        throw new WireFormatError(
          "too-large",
          `Part ${this.name ?? "without name"} is larger than ${maxBytes} bytes.`,
        );
      }
      pieces.push(Buffer.from(chunk));
    }
    return decodeText(Buffer.concat(pieces));
  }
}

/** Mantid's file part: no file name, and a space behind the content type. Its data end at the last byte before the closing delimiter. */
export function isMantidFilePart(headers: PartHeaders): boolean {
  const disposition = headers.get("content-disposition") ?? "";
  return (
    headers.get("content-type") === "application/octet-stream " &&
    headerParameter(disposition, "filename") === undefined
  );
}
