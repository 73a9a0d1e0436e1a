import { Agent, type ClientRequestArgs } from "node:http";
import type { OnReadOpts } from "node:net";
import type { Duplex } from "node:stream";

/** A read that fills less than this is not worth a slab of its own. */
const smallestRoomBytes = 64 * 1024;
/** One read of a megabyte instead of sixteen of Node's 64 KiB halves the processor time of a download. */
const largestSlabBytes = 1024 * 1024;

/**
 * Where a connection's bytes are read into: slabs that become large when much comes at once. No byte of a slab is written
 * twice, so a chunk may be kept as long as anybody likes.
 */
class ReadSlabs {
  #slabBytes = smallestRoomBytes;
  #slab: Buffer = Buffer.allocUnsafeSlow(smallestRoomBytes);
  #used = 0;

  /** Room for the next read. */
  readonly next = (): Buffer => {
    if (this.#slab.byteLength - this.#used < smallestRoomBytes) {
      this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes);
      this.#used = 0;
    }
    return this.#slab.subarray(this.#used);
  };

  note(bytesRead: number): void {
    if (bytesRead === this.#slab.byteLength - this.#used)
      this.#slabBytes = Math.min(this.#slabBytes * 4, largestSlabBytes);
    this.#used += bytesRead;
  }
}

/** An agent whose connections read in large pieces. (With TLS there is nothing to gain: its records have 16 KiB.) */
export class LargeReadAgent extends Agent {
  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const slabs = new ReadSlabs();
    const onread: OnReadOpts = {
      buffer: slabs.next,
      callback(bytesRead, buffer) {
        slabs.note(bytesRead);
        return socket?.push(buffer.subarray(0, bytesRead)) ?? false;
      },
    };
    const optionsOfSocket = { ...options, onread };
    const socket = super.createConnection(optionsOfSocket, callback);
    return socket;
  }
}
