import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { LargeReads } from "./large-reads.js";

const readsOfSocket = new WeakMap<Duplex, LargeReads>();

/**
 * An agent whose connections read in large pieces, and can hand the body of an answer over without a copy. (With TLS there is
 * nothing to gain: its records have 16 KiB.)
 */
export class LargeReadAgent extends Agent {
  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const reads = new LargeReads();
    const optionsOfSocket = { ...options, onread: reads.onread };
    const socket = super.createConnection(optionsOfSocket, callback);
    if (socket !== null && socket !== undefined) {
      reads.socket = socket;
      readsOfSocket.set(socket, reads);
    }
    return socket;
  }
}

/** How a connection reads, if it is one of a {@link LargeReadAgent}. */
export function largeReadsOf(socket: Duplex): LargeReads | undefined {
  return readsOfSocket.get(socket);
}
