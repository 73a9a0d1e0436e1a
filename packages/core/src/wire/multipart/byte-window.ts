const empty = Buffer.alloc(0);

/**
 * The part of a byte stream that is being looked at. Copies only the few bytes that are kept from one chunk to
 * the next, and copies them before it asks for the next one: a source may reuse its buffers.
 */
export class ByteWindow {
  bytes: Buffer = empty;
  ended = false;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Drops what has been used. */
  advance(count: number): void {
    this.bytes = this.bytes.subarray(count);
  }

  /** Waits for more bytes; false = the stream has ended. */
  async more(): Promise<boolean> {
    if (this.ended) return false;
    const kept = this.bytes.length === 0 ? empty : Buffer.from(this.bytes);
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.bytes = kept;
        this.ended = true;
        return false;
      }
      const chunk = next.value;
      if (chunk.byteLength === 0) continue;
      const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.bytes = kept.length === 0 ? fresh : Buffer.concat([kept, fresh]);
      return true;
    }
  }

  /** Lets the source close its file or connection. */
  async close(): Promise<void> {
    this.ended = true;
    this.bytes = empty;
    await this.#chunks.return?.();
  }
}
