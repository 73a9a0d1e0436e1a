import { Agent, type ClientRequestArgs } from "node:http";
import type { OnReadOpts } from "node:net";
import type { Duplex } from "node:stream";

/** One read of a megabyte instead of sixteen of Node's 64 KiB. Memory that nothing is read into is never made real. */
const readBytes = 1024 * 1024;

const readBuffers = new WeakSet<ArrayBufferLike>();

/**
 * An agent whose connections read in large pieces, each time into the same buffer: a new one for every read costs a fifth of a
 * download's processor time. (With TLS there is nothing to gain: its records have 16 KiB.)
 */
export class LargeReadAgent extends Agent {
  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    let buffer = makeReadBuffer();
    const onread: OnReadOpts = {
      buffer: () => buffer,
      callback(bytesRead) {
        const goOn = socket?.push(buffer.subarray(0, bytesRead)) ?? false;
        // The parser has copied what is body and kept nothing of the rest. What it was not given yet stays as it is.
        if (socket?.readableLength !== 0) buffer = makeReadBuffer();
        return goOn;
      },
    };
    const optionsOfSocket = { ...options, onread };
    const socket = super.createConnection(optionsOfSocket, callback);
    return socket;
  }
}

function makeReadBuffer(): Buffer {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  readBuffers.add(buffer.buffer);
  return buffer;
}

/**
 * Whether the next read may overwrite these bytes. Node's parser copies every piece of a body (seen with 20.20); one that
 * does not would give wrong bytes, and this is how that is noticed.
 */
export function isInReadBuffer(bytes: Uint8Array): boolean {
  return readBuffers.has(bytes.buffer);
}
