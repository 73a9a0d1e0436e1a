import type { FileHandle } from "node:fs/promises";

/** Reads of this size with the next one under way reach 0.9 of curl's speed; Node's default of 64 KiB reaches 0.4. */
const chunkBytes = 1024 * 1024;

/** One is with the reader, one is read into; the third is for a reader that keeps a chunk while it asks for the next. */
const buffersInTurn = 3;

/** Buffers of readings that have ended, for those to come: memory that is new is slow, and what many readings leave stays for long. */
export class ChunkBuffers {
  readonly #idle: Buffer[] = [];

  take(sizeBytes: number): Buffer {
    return (sizeBytes === chunkBytes ? this.#idle.pop() : undefined) ?? Buffer.allocUnsafeSlow(sizeBytes);
  }

  giveBack(buffers: readonly Buffer[]): void {
    for (const buffer of buffers)
      if (buffer.byteLength === chunkBytes && this.#idle.length < buffersInTurn) this.#idle.push(buffer);
  }
}

/**
 * Reads an open file between two positions in large chunks, the next one being read while one is used. Buffers are used in
 * turn: consume each chunk before asking for the next. The file stays open; nothing is being read from it any more when this ends.
 * @param onShort - makes the error for a file that ends before `end`.
 * @param spare - where the buffers come from, and go to when all has been read. @throws the system's own errors.
 */
export async function* readChunks(
  file: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
  onShort: (position: number) => Error,
  spare = new ChunkBuffers(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const size = Math.min(chunkBytes, Math.max(end - start, 0));
  const buffers: Buffer[] = [];
  let position = start;
  let turn = 0;
  const readNext = (): Promise<Uint8Array> | undefined => {
    if (position >= end) return undefined;
    const buffer = (buffers[turn % buffersInTurn] ??= spare.take(size));
    turn += 1;
    const wanted = buffer.subarray(0, Math.min(size, end - position));
    const reading = readFully(file, wanted, position, onShort);
    position += wanted.byteLength;
    // Its failure is met when its turn comes; until then nobody waits for it.
    reading.catch(() => undefined);
    return reading;
  };
  let ahead: Promise<Uint8Array> | undefined;
  try {
    for (ahead = readNext(); ahead !== undefined;) {
      const chunk = await ahead;
      ahead = readNext();
      yield chunk;
    }
    // Only now: whoever leaves early may still have the last chunk on its way.
    spare.giveBack(buffers);
  } finally {
    await ahead?.catch(() => undefined);
  }
}

async function readFully(
  file: FileHandle,
  buffer: Buffer,
  position: number,
  onShort: (position: number) => Error,
): Promise<Uint8Array> {
  for (let filled = 0; filled < buffer.byteLength;) {
    const { bytesRead } = await file.read(buffer, filled, buffer.byteLength - filled, position + filled);
    if (bytesRead === 0) throw onShort(position + filled);
    filled += bytesRead;
  }
  return buffer;
}
