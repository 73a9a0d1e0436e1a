import type { FileHandle } from "node:fs/promises";

/** Small chunks (node:http gives 64 KiB at most) are gathered to this size for one write; default sizes cost half the speed. */
const gatherBytes = 512 * 1024;
/** From here on, a write of its own costs less than a copy. */
const directBytes = 256 * 1024;

/** Of sinks that need none any more: a new one for each of thousands of files would keep the garbage collector busy. */
const idleBuffers: Buffer[] = [];
const mostIdle = 8;

/**
 * Writes a stream to an open file in large pieces, one being written while the next is gathered. Errors are the system's own.
 */
export class FileSink {
  readonly #file: FileHandle;
  /** One is filled while the other is being written. Each is taken when it is needed: what comes in large pieces needs none. */
  #filling: Buffer | undefined;
  #spare: Buffer | undefined;
  #filledBytes = 0;
  #writtenTo: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, { position = 0 }: { readonly position?: number } = {}) {
    this.#file = file;
    this.#writtenTo = position;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#writtenTo + this.#filledBytes;
  }

  /** When it resolves the chunk has been taken: its buffer may be used again. A failed write shows at a later call. */
  async append(chunk: Uint8Array): Promise<void> {
    if (chunk.byteLength >= directBytes) return this.#writeDirectly(chunk);
    for (let taken = 0; taken < chunk.byteLength;) {
      const filling = (this.#filling ??= takeBuffer());
      const count = Math.min(chunk.byteLength - taken, gatherBytes - this.#filledBytes);
      filling.set(chunk.subarray(taken, taken + count), this.#filledBytes);
      this.#filledBytes += count;
      taken += count;
      if (this.#filledBytes === gatherBytes) await this.#startWriting();
    }
  }

  /** Resolves when all that was taken has been given to the system (not: to the disk). */
  async flush(): Promise<void> {
    await this.#startWriting();
    await this.#writing;
    this.#giveBuffers();
  }

  /** Forgets all that was taken, and goes on at another place. */
  async moveTo(position: number): Promise<void> {
    await this.settle();
    this.#writtenTo = position;
    this.#writing = Promise.resolve();
  }

  /** Resolves when nothing is being written any more, whatever came of it: before the file is closed. Forgets what was not flushed. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#filledBytes = 0;
    this.#giveBuffers();
  }

  /** The chunk is its sender's again when this resolves, so the write is waited for; the next chunk is on its way meanwhile. */
  async #writeDirectly(chunk: Uint8Array): Promise<void> {
    await this.flush();
    this.#writing = this.#write(chunk, this.#writtenTo);
    this.#writtenTo += chunk.byteLength;
    await this.#writing;
  }

  /** Waits for the write before, then begins the next. */
  async #startWriting(): Promise<void> {
    await this.#writing;
    const filled = this.#filling;
    if (filled === undefined || this.#filledBytes === 0) return;
    const bytes = filled.subarray(0, this.#filledBytes);
    this.#writing = this.#write(bytes, this.#writtenTo);
    // Whoever comes next meets the failure; until then nobody waits for it.
    this.#writing.catch(() => undefined);
    this.#filling = this.#spare;
    this.#spare = filled;
    this.#writtenTo += this.#filledBytes;
    this.#filledBytes = 0;
  }

  /** Only when none of them is being written. */
  #giveBuffers(): void {
    for (const buffer of [this.#filling, this.#spare])
      if (buffer !== undefined && idleBuffers.length < mostIdle) idleBuffers.push(buffer);
    this.#filling = undefined;
    this.#spare = undefined;
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.byteLength - done, position + done);
      done += bytesWritten;
    }
  }
}

function takeBuffer(): Buffer {
  return idleBuffers.pop() ?? Buffer.allocUnsafeSlow(gatherBytes);
}
