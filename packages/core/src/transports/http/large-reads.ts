import type { OnReadOpts } from "node:net";
import type { Duplex } from "node:stream";

/** One read of a megabyte instead of sixteen of Node's 64 KiB. Memory that nothing is read into is never made real. */
const readBytes = 1024 * 1024;

/** Full buffers that may wait for the reader before the connection does. */
const mostFull = 1;

const readBuffers = new WeakSet<ArrayBufferLike>();

/** A part of a body that was taken over, in the buffer that it was read into. */
interface Piece {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * The reads of one connection, each into a buffer that was there before: a new one for every read costs a fifth of a download's
 * processor time. What is read goes to Node's parser, which copies what is body. The rest of a large body can be taken over
 * ({@link takeOver}), past the parser and without that copy, whose new memory costs as much as all the rest.
 */
export class LargeReads {
  /** Set as soon as there is one. */
  socket: Duplex | undefined;
  #isTaken = false;
  #isClosed = false;
  #wake: (() => void) | undefined;
  #buffers: Buffer[] = [];
  /** The next read goes behind `#end` of this one, and Node knows that already: it is changed within `callback` only. */
  #filling = this.#makeBuffer();
  #start = 0;
  #end = 0;
  readonly #full: Piece[] = [];
  /** With the reader. */
  #given: Piece | undefined;

  readonly onread: OnReadOpts = {
    buffer: () => this.#filling.subarray(this.#end),
    callback: (bytesRead) => (this.#isTaken ? this.#keep(bytesRead) : this.#pass(bytesRead)),
  };

  /**
   * From now on nothing more goes to the parser. The connection is of no use to another request: whoever takes it over closes it.
   * @returns false: it can't be done, because something that was read is still on its way to the parser.
   */
  takeOver(): boolean {
    if (this.socket?.readableLength !== 0) return false;
    this.#isTaken = true;
    this.socket.once("close", () => {
      this.#isClosed = true;
      this.#wake?.();
    });
    return true;
  }

  /**
   * What comes after {@link takeOver}. A piece is overwritten when the next one is asked for.
   * @throws the connection's error, or that it was closed.
   */
  async *take(sizeBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = sizeBytes; left > 0;) {
      this.#given = undefined;
      const { buffer, start, end } = (this.#given = await this.#next());
      const bytes = Math.min(end - start, left);
      left -= bytes;
      yield buffer.subarray(start, start + bytes);
    }
  }

  #pass(bytesRead: number): boolean {
    const { socket } = this;
    const goOn = socket?.push(this.#filling.subarray(0, bytesRead)) ?? false;
    // The parser has copied what is body and kept nothing of the rest. What it was not given yet stays as it is.
    if (socket?.readableLength !== 0) {
      this.#buffers = [];
      this.#filling = this.#makeBuffer();
    }
    return goOn;
  }

  #keep(bytesRead: number): boolean {
    this.#end += bytesRead;
    if (this.#end === readBytes) {
      this.#full.push({ buffer: this.#filling, start: this.#start, end: this.#end });
      const isUsed = (buffer: Buffer): boolean =>
        buffer === this.#filling ||
        buffer === this.#given?.buffer ||
        this.#full.some((piece) => piece.buffer === buffer);
      this.#filling = this.#buffers.find((buffer) => !isUsed(buffer)) ?? this.#makeBuffer();
      this.#start = 0;
      this.#end = 0;
    }
    this.#wake?.();
    return this.#full.length < mostFull;
  }

  async #next(): Promise<Piece> {
    for (;;) {
      const full = this.#full.shift();
      if (full !== undefined) {
        this.socket?.resume();
        return full;
      }
      if (this.#end > this.#start) {
        const begun = { buffer: this.#filling, start: this.#start, end: this.#end };
        this.#start = this.#end;
        return begun;
      }
      if (this.#isClosed)
        throw this.socket?.errored ?? new Error("it was closed in the middle of the answer");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.socket?.resume();
      });
    }
  }

  #makeBuffer(): Buffer {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    readBuffers.add(buffer.buffer);
    this.#buffers.push(buffer);
    return buffer;
  }
}

/**
 * Whether the next read may overwrite these bytes. Node's parser copies every piece of a body (seen with 20.20); one that
 * does not would give wrong bytes, and this is how that is noticed.
 */
export function isInReadBuffer(bytes: Uint8Array): boolean {
  return readBuffers.has(bytes.buffer);
}
