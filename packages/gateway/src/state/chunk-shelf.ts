import { TransferError } from "scarf-tomo";
import type { Spool, SpooledFile, SpoolRoom } from "./spool.js";
import type { UploadKey, UploadTable } from "./upload-table.js";

/** Smaller chunks are not worth it: to copy them costs less than to keep account of them. */
const smallestBytes = 1024 * 1024;
/** Of a request with a chunk, at most this much is not the chunk itself. */
const wrappingBytes = 64 * 1024;

/** Which chunk of which file. */
export interface ChunkPlace {
  readonly key: UploadKey;
  /** From 1. */
  readonly number: number;
  readonly amount: number;
  /** Length of the request that brings it, if it is told. */
  readonly requestBytes: number | undefined;
  readonly limitBytes: number;
}

/**
 * Where chunks are kept until their file is whole. Those of equal size are written side by side into the file that holds the
 * first, so that nothing has to be copied at the end; any other gets a file of its own.
 */
export class ChunkShelf {
  readonly #uploads: UploadTable;
  readonly #spool: Spool;
  /** Rooms that are being written to. */
  readonly #busy = new Set<string>();

  constructor(uploads: UploadTable, spool: Spool) {
    this.#uploads = uploads;
    this.#spool = spool;
  }

  /** Takes a chunk to the disk. It counts when it is noted in the table. @throws as `Spool.receive` does. */
  async receive(place: ChunkPlace, chunks: AsyncIterable<Uint8Array>): Promise<SpooledFile> {
    const room = this.#findRoom(place);
    if (room === undefined)
      return this.#spool.receive(chunks, { limitBytes: place.limitBytes, durable: true });
    const busy = `${room.name} ${room.offset}`;
    this.#busy.add(busy);
    try {
      return await this.#spool.receiveInto(room, chunks);
    } finally {
      this.#busy.delete(busy);
    }
  }

  /** Throws away a chunk that is not noted, or no longer. */
  async drop({ name }: Pick<SpooledFile, "name">): Promise<void> {
    if (!this.#uploads.usesSpoolName(name)) await this.#spool.remove(name);
  }

  /** The file in whose middle the chunk was written may have been given up meanwhile. @throws {TransferError} `TRANSFER_INCOMPLETE` */
  checkStillThere({ name, offset }: SpooledFile): void {
    if (offset === 0 || this.#uploads.usesSpoolName(name)) return;
    throw new TransferError("TRANSFER_INCOMPLETE", "Another upload of the same file came in between.", {
      hint: "Send the file again, from one program at a time.",
    });
  }

  #findRoom({ key, number, amount, requestBytes }: ChunkPlace): SpoolRoom | undefined {
    if (number === 1 || requestBytes === undefined) return undefined;
    const upload = this.#uploads.find(key);
    if (upload === undefined || upload.finished !== undefined || upload.amount !== amount) return undefined;
    const kept = this.#uploads.chunks(upload.id);
    const first = kept.find((chunk) => chunk.number === 1);
    if (first?.name === undefined || first.offset !== 0 || first.sizeBytes < smallestBytes) return undefined;
    if (requestBytes > first.sizeBytes + wrappingBytes) return undefined;
    // What counts already is never written over: the second copy may be the one that is cut.
    if (kept.some((chunk) => chunk.number === number && chunk.name === first.name)) return undefined;
    const offset = (number - 1) * first.sizeBytes;
    if (this.#busy.has(`${first.name} ${offset}`)) return undefined;
    return { name: first.name, offset, sizeBytes: first.sizeBytes };
  }
}
