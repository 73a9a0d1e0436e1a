import { createHash } from "node:crypto";
import type { MultipartBody } from "./multipart-body.js";

/** SHA-256 in hex, the last bytes of a body that has one. */
const digestBytes = 64;
const parameter = "scarf-digest=sha-256";
/** So much of an unread body is read to find out whether it was damaged. */
const mostUnreadBytes = 64 * 1024 * 1024;

/** The body with the digest of all its bytes behind it, which its content type tells. Only our gateway understands it. */
export function withBodyDigest(body: MultipartBody): MultipartBody {
  return {
    ...body,
    contentType: `${body.contentType}; ${parameter}`,
    sizeBytes: body.sizeBytes + digestBytes,
    async *read() {
      const hash = createHash("sha256");
      for await (const piece of body.read()) {
        hash.update(piece);
        yield piece;
      }
      yield Buffer.from(hash.digest("hex"), "latin1");
    },
  };
}

/** Whether a content type says that the body's digest stands behind it. */
export function hasBodyDigest(contentType: string | undefined): boolean {
  return contentType?.endsWith(`; ${parameter}`) === true;
}

/** A body as it arrives, without the digest behind it. Whoever reads it may stop anywhere, and ask then whether it is damaged. */
export class DigestedBody implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #hash = createHash("sha256");
  /** What may be the digest. */
  #last: Uint8Array = new Uint8Array(0);
  #brokeOff = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) yield piece;
  }

  /** Reads the rest. False for a body that did not come to its end: that is another failure. */
  async isDamaged(): Promise<boolean> {
    let unreadBytes = 0;
    while (!this.#brokeOff) {
      const piece = await this.#next().catch(() => undefined);
      if (piece === undefined) break;
      unreadBytes += piece.length;
      if (unreadBytes > mostUnreadBytes) return false;
    }
    if (this.#brokeOff) return false;
    return this.#hash.copy().digest("hex") !== Buffer.from(this.#last).toString("latin1");
  }

  /** Nobody reads any more of it. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const result = await this.#source.next().catch((error: unknown) => {
        this.#brokeOff = true;
        throw error;
      });
      if (result.done === true) return undefined;
      const all = this.#last.length === 0 ? result.value : Buffer.concat([this.#last, result.value]);
      const end = Math.max(0, all.length - digestBytes);
      // A copy: the piece may be used again by whoever reads the connection.
      this.#last = Uint8Array.prototype.slice.call(all, end);
      if (end === 0) continue;
      const piece = all.subarray(0, end);
      this.#hash.update(piece);
      return piece;
    }
  }
}
