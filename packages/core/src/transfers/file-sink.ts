import type { FileHandle } from "node:fs/promises";

/** Small chunks (node:http gives 64 KiB at most) are gathered to this size for one write; default sizes cost half the speed. */
const gatherBytes = 512 * 1024;
/** From here on, a write of its own costs less than a copy. */
const directBytes = 256 * 1024;

/**
 * Writes a stream to an open file in large pieces, one being written while the next is gathered. Errors are the system's own.
 */
export class FileSink {
  readonly #file: FileHandle;
  /** One is filled while the other is being written. The second is made when it is needed: most files are small. */
  #filling: Buffer;
  #spare: Buffer | undefined;
  #filledBytes = 0;
  #writtenTo: number;
  #writing: Promise<void> = Promise.resolve();

  /** @param options.sizeBytes - if it is known: no more memory than that is taken. */
  constructor(
    file: FileHandle,
    {
      position = 0,
      sizeBytes = gatherBytes,
    }: { readonly position?: number; readonly sizeBytes?: number } = {},
  ) {
    this.#file = file;
    this.#writtenTo = position;
    this.#filling = Buffer.allocUnsafeSlow(Math.min(gatherBytes, Math.max(sizeBytes, 1)));
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#writtenTo + this.#filledBytes;
  }

  /** When it resolves the chunk has been taken: its buffer may be used again. A failed write shows at a later call. */
  async append(chunk: Uint8Array): Promise<void> {
    if (chunk.byteLength >= directBytes) return this.#writeDirectly(chunk);
    for (let taken = 0; taken < chunk.byteLength;) {
      const count = Math.min(chunk.byteLength - taken, this.#filling.byteLength - this.#filledBytes);
      this.#filling.set(chunk.subarray(taken, taken + count), this.#filledBytes);
      this.#filledBytes += count;
      taken += count;
      if (this.#filledBytes === this.#filling.byteLength) await this.#startWriting();
    }
  }

  /** Resolves when all that was taken has been given to the system (not: to the disk). */
  async flush(): Promise<void> {
    await this.#startWriting();
    await this.#writing;
  }

  /** Forgets all that was taken, and goes on at another place. */
  async moveTo(position: number): Promise<void> {
    await this.settle();
    this.#filledBytes = 0;
    this.#writtenTo = position;
    this.#writing = Promise.resolve();
  }

  /** Resolves when nothing is being written any more, whatever came of it: before the file is closed. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => undefined);
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
    if (this.#filledBytes === 0) return;
    const bytes = this.#filling.subarray(0, this.#filledBytes);
    this.#writing = this.#write(bytes, this.#writtenTo);
    // Whoever comes next meets the failure; until then nobody waits for it.
    this.#writing.catch(() => undefined);
    const next = this.#spare ?? Buffer.allocUnsafeSlow(gatherBytes);
    this.#spare = this.#filling;
    this.#filling = next;
    this.#writtenTo += this.#filledBytes;
    this.#filledBytes = 0;
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.byteLength - done, position + done);
      done += bytesWritten;
    }
  }
}
