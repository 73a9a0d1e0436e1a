import type { IncomingMessage } from "node:http";
import { collectYoung } from "./collect-young.js";

/**
 * Node hands a body on in pieces of 64 KiB, with TLS of 16. The way through all that reads, checks and writes it costs as much
 * for one of them as for a large one.
 */
const pieceBytes = 512 * 1024;
/** A client that sends slowly, or waits for us, is heard of this soon. */
const patienceMilliseconds = 10;
/**
 * Each of Node's pieces is garbage at once, and V8 lets 32 MB of them lie, which it then takes for a reason to look through all
 * memory again and again: that took as much processor time as all the rest of an upload.
 */
const collectBytes = 4 * 1024 * 1024;

/** Of all bodies. */
let uncollectedBytes = 0;

/**
 * A request's body in large pieces: the next is gathered while one is used. Their two buffers are used in turn, so each piece
 * holds only until the next is asked for.
 */
export class GatheredBody {
  readonly #request: IncomingMessage;
  readonly #sizeBytes: number;
  #filling: Buffer;
  #spare: Buffer | undefined;
  #filledBytes = 0;
  /** What did not fit any more. */
  #rest: Buffer | undefined;
  #isOver = false;
  #failure: Error | undefined;
  #wakeAt = 0;
  #wake: (() => void) | undefined;

  constructor(request: IncomingMessage) {
    this.#request = request;
    this.#sizeBytes = Math.min(pieceBytes, mostBytes(request));
    this.#filling = Buffer.allocUnsafeSlow(this.#sizeBytes);
    if (request.readableEnded || this.#sizeBytes === 0) this.#isOver = true;
    else if (request.destroyed) this.#fail(request.errored);
    request.on("data", this.#take).on("end", this.#end).on("error", this.#fail).on("close", this.#close);
  }

  /** Undefined at the end. @throws what broke the connection, when all that came before has been handed out. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#filledBytes === 0) await this.#gather(1);
    if (this.#filledBytes < this.#sizeBytes) await this.#gather(this.#sizeBytes, patienceMilliseconds);
    if (this.#filledBytes > 0) return this.#handOut();
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  /** Leaves the rest unread, and the connection as it is. */
  release(): void {
    const request = this.#request;
    request.off("data", this.#take).off("end", this.#end).off("error", this.#fail).off("close", this.#close);
    if (!this.#isOver) request.pause();
  }

  readonly #take = (chunk: Buffer): void => {
    const count = Math.min(chunk.length, this.#sizeBytes - this.#filledBytes);
    chunk.copy(this.#filling, this.#filledBytes, 0, count);
    this.#filledBytes += count;
    if (count < chunk.length) this.#rest = chunk.subarray(count);
    if (this.#filledBytes === this.#sizeBytes) this.#request.pause();
    if (this.#filledBytes >= this.#wakeAt) this.#wake?.();
  };

  readonly #end = (): void => {
    this.#isOver = true;
    this.#wake?.();
  };

  readonly #fail = (error: Error | null): void => {
    this.#failure ??= error ?? new Error("it was closed");
    this.#end();
  };

  readonly #close = (): void => {
    if (!this.#isOver) this.#fail(null);
  };

  /** Waits until so many bytes are there, or all that will come, or for so long. */
  async #gather(bytes: number, milliseconds?: number): Promise<void> {
    if (this.#isOver || this.#filledBytes >= bytes) return;
    let timer: NodeJS.Timeout | undefined;
    this.#wakeAt = bytes;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #handOut(): Uint8Array {
    const piece = this.#filling.subarray(0, this.#filledBytes);
    [this.#filling, this.#spare] = [this.#spare ?? Buffer.allocUnsafeSlow(this.#sizeBytes), this.#filling];
    uncollectedBytes += this.#filledBytes;
    if (uncollectedBytes >= collectBytes) {
      uncollectedBytes = 0;
      collectYoung();
    }
    this.#filledBytes = 0;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) this.#take(rest);
    if (this.#filledBytes < this.#sizeBytes && !this.#isOver) this.#request.resume();
    return piece;
  }
}

/** Of the body; without either of these headers there is none. */
function mostBytes({ headers }: IncomingMessage): number {
  return headers["transfer-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : Infinity;
}
