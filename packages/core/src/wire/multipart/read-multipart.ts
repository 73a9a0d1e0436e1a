import { decodeText } from "../decode-text.js";
import { WireFormatError } from "../wire-format-error.js";
import { ByteWindow } from "./byte-window.js";
import { beforeLineBreak, classify, dataEnd, keepFrom, type Sighting } from "./delimiter.js";
import { isMantidFilePart, MultipartPart } from "./multipart-part.js";
import { parsePartHeaders } from "./part-headers.js";

export interface ReadMultipartOptions {
  /** From the content type; absent = taken from the first line of the body. */
  readonly boundary?: string | undefined;
  /** Headers of one part together. @defaultValue 16384 */
  readonly maxHeaderBytes?: number;
  /** A body that ends without closing delimiter is complete (a nested one; old servers' downloads). @defaultValue false */
  readonly allowUnclosed?: boolean;
  /** Keep a line break before the closing delimiter as data, as for Mantid. @defaultValue found out from each part's headers */
  readonly keepLineBreakBeforeClose?: boolean;
}

const maxBoundaryLineBytes = 1024;
/** Before the first delimiter and behind the last there is nothing on this wire; a body that never ends must end here. */
const maxAroundBytes = 1_048_576;

/**
 * Reads a multipart body part by part as it arrives, with back-pressure and flat memory, by the tolerant rules of
 * the web service's clients: lines ending `\n`, no boundary parameter, a closing delimiter glued to the last
 * byte, anything before the first and behind the last delimiter. For a nested body call it again with a part's chunks.
 *
 * A part that is not read to its end is skipped when the next one is asked for.
 * @throws {WireFormatError} `malformed`: no multipart body. `truncated`: it ends inside a part. `too-large`: headers.
 */
export async function* readMultipart(
  source: AsyncIterable<Uint8Array>,
  options: ReadMultipartOptions = {},
): AsyncGenerator<MultipartPart, void, undefined> {
  const window = new ByteWindow(source);
  try {
    const boundary = options.boundary ?? (await boundaryFromFirstLine(window));
    const reader = new MultipartReader(window, Buffer.from(`--${boundary}`, "latin1"), options);
    await reader.skipPreamble();
    for (let part = await reader.nextPart(); part !== undefined; part = await reader.nextPart()) yield part;
    await skipEpilogue(window);
  } finally {
    await window.close();
  }
}

class MultipartReader {
  readonly #window: ByteWindow;
  readonly #delimiter: Buffer;
  readonly #options: ReadMultipartOptions;
  #state: "in-part" | "at-headers" | "closed" = "in-part";
  #atLineStart = true;
  #lineFeedOnly = false;
  #keepLineBreak = false;
  #searchFrom = 0;

  constructor(window: ByteWindow, delimiter: Buffer, options: ReadMultipartOptions) {
    this.#window = window;
    this.#delimiter = delimiter;
    this.#options = options;
  }

  async skipPreamble(): Promise<void> {
    try {
      await this.#skip(maxAroundBytes);
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      throw new WireFormatError("malformed", "The body has no part: its delimiter does not occur.", error);
    }
  }

  async nextPart(): Promise<MultipartPart | undefined> {
    if (this.#state === "in-part") await this.#skip();
    if (this.#state === "closed") return undefined;
    const headers = parsePartHeaders(decodeText(await this.#headerBlock()));
    this.#keepLineBreak = this.#options.keepLineBreakBeforeClose ?? isMantidFilePart(headers);
    this.#state = "in-part";
    this.#atLineStart = true;
    this.#searchFrom = 0;
    return new MultipartPart(headers, this.#content());
  }

  async #skip(limitBytes = Infinity): Promise<void> {
    let skippedBytes = 0;
    for (let chunk = await this.#read(); chunk !== undefined; chunk = await this.#read()) {
      skippedBytes += chunk.byteLength;
      if (skippedBytes > limitBytes)
        throw new WireFormatError("malformed", "The body does not begin with a part.");
    }
  }

  async *#content(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let chunk = await this.#read(); chunk !== undefined; chunk = await this.#read()) yield chunk;
  }

  /** Next bytes of the current part; `undefined` = the part has ended. */
  async #read(): Promise<Uint8Array | undefined> {
    const window = this.#window;
    while (this.#state === "in-part") {
      const at = window.bytes.indexOf(this.#delimiter, this.#searchFrom);
      if (at < 0) {
        const chunk = this.#take(
          window.ended ? window.bytes.length : keepFrom(window.bytes, this.#delimiter),
        );
        if (chunk !== undefined) return chunk;
        if (!(await window.more())) this.#finishUnclosed();
        continue;
      }
      const sighting = classify(window.bytes, at, this.#delimiter, {
        atLineStart: this.#atLineStart,
        ended: window.ended,
        gluedClose: this.#keepLineBreak,
      });
      switch (sighting.kind) {
        case "data":
          this.#searchFrom = at + 1;
          break;
        case "need-more": {
          const chunk = this.#take(beforeLineBreak(window.bytes, at));
          if (chunk !== undefined) return chunk;
          await window.more();
          break;
        }
        default: {
          const chunk = this.#endPart(at, sighting);
          if (chunk !== undefined) return chunk;
        }
      }
    }
    return undefined;
  }

  #endPart(at: number, sighting: Extract<Sighting, { readonly endsAt: number }>): Uint8Array | undefined {
    const bytes = this.#window.bytes;
    const keepAll = sighting.kind === "close" && this.#keepLineBreak;
    const end = keepAll ? at : dataEnd(bytes, at, this.#lineFeedOnly);
    const chunk = end > 0 ? bytes.subarray(0, end) : undefined;
    this.#window.advance(sighting.endsAt);
    this.#searchFrom = 0;
    if (sighting.kind === "part") this.#lineFeedOnly = sighting.lineFeedOnly;
    this.#state = sighting.kind === "part" ? "at-headers" : "closed";
    return chunk;
  }

  #take(count: number): Uint8Array | undefined {
    if (count <= 0) return undefined;
    const chunk = this.#window.bytes.subarray(0, count);
    this.#window.advance(count);
    this.#atLineStart = false;
    this.#searchFrom = Math.max(0, this.#searchFrom - count);
    return chunk;
  }

  #finishUnclosed(): void {
    // What was kept back as a possible delimiter is data now; the loop takes it before it comes here again.
    if (this.#window.bytes.length > 0) return;
    if (this.#options.allowUnclosed !== true) {
      throw new WireFormatError("truncated", "The body ends without its closing delimiter.");
    }
    this.#state = "closed";
  }

  /** Everything up to the empty line. */
  async #headerBlock(): Promise<Buffer> {
    const limit = this.#options.maxHeaderBytes ?? 16_384;
    for (;;) {
      const { bytes } = this.#window;
      const end = headerEnd(bytes);
      if (end !== undefined && end.contentAt <= limit) {
        const block = Buffer.from(bytes.subarray(0, end.headersTo));
        this.#window.advance(end.contentAt);
        return block;
      }
      if (bytes.length > limit) {
        throw new WireFormatError("too-large", `The headers of a part are larger than ${limit} bytes.`);
      }
      if (!(await this.#window.more())) {
        throw new WireFormatError("truncated", "The body ends inside the headers of a part.");
      }
    }
  }
}

async function skipEpilogue(window: ByteWindow): Promise<void> {
  let skippedBytes = 0;
  do {
    skippedBytes += window.bytes.length;
    window.advance(window.bytes.length);
    if (skippedBytes > maxAroundBytes) {
      throw new WireFormatError("too-large", "The body goes on behind its closing delimiter.");
    }
  } while (await window.more());
}

function headerEnd(bytes: Buffer): { readonly headersTo: number; readonly contentAt: number } | undefined {
  for (let lineAt = 0; ;) {
    const feed = bytes.indexOf(0x0a, lineAt);
    if (feed < 0) return undefined;
    if (feed === lineAt || (feed === lineAt + 1 && bytes[lineAt] === 0x0d)) {
      return { headersTo: lineAt, contentAt: feed + 1 };
    }
    lineAt = feed + 1;
  }
}

async function boundaryFromFirstLine(window: ByteWindow): Promise<string> {
  for (;;) {
    const text = window.bytes.toString("latin1");
    const match = /^\s*--([^\r\n]+)\r?\n/.exec(text);
    const boundary = match?.[1]?.trimEnd();
    if (boundary !== undefined && boundary !== "") return boundary;
    if (window.bytes.length > maxBoundaryLineBytes || !(await window.more())) {
      throw new WireFormatError(
        "malformed",
        "The body is not multipart: it does not begin with a delimiter.",
      );
    }
  }
}
