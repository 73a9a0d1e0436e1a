import type { Server, Socket } from "node:net";
import { isLoopback } from "scarf-tomo";

export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
}

/** Of plain HTTP; before a TLS handshake nothing can be said. */
const refusal =
  "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 10\r\ncontent-type: text/plain\r\n" +
  "content-length: 42\r\n\r\nToo many connections. Try again in 10 s.\r\n";

/** The open connections of a server: how many there may be, and how many bytes went over all there ever were. */
export class ConnectionTable {
  readonly #limits: ConnectionLimits;
  readonly #isProxy: (address: string) => boolean;
  readonly #onRefused: (limit: string) => void;
  readonly #open = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  #closedReceivedBytes = 0;
  #closedSentBytes = 0;

  /** @param isProxy - All users of a proxy come from its address: it has no limit of its own, nor has this machine. */
  constructor(
    limits: ConnectionLimits,
    isProxy: (address: string) => boolean,
    onRefused: (limit: string) => void,
  ) {
    this.#limits = limits;
    this.#isProxy = isProxy;
    this.#onRefused = onRefused;
  }

  /** To be called before the server listens. */
  watch(server: Server, { isSecure }: { readonly isSecure: boolean }): void {
    // Before all others that hear of it: nothing is parsed of a connection that is refused.
    server.prependListener("connection", (socket: Socket) => this.#take(socket, isSecure));
  }

  get open(): number {
    return this.#open.size;
  }

  get receivedBytes(): number {
    return this.#closedReceivedBytes + [...this.#open].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  get sentBytes(): number {
    return this.#closedSentBytes + [...this.#open].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
  }

  #take(socket: Socket, isSecure: boolean): void {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const ofAddress = this.#perAddress.get(address) ?? 0;
    const exempt = isLoopback(address) || this.#isProxy(address);
    if (this.#open.size >= this.#limits.connections) this.#refuse(socket, isSecure, "connections");
    else if (!exempt && ofAddress >= this.#limits.connectionsPerAddress)
      this.#refuse(socket, isSecure, "connectionsPerAddress");
    else this.#keep(socket, address, ofAddress);
  }

  #keep(socket: Socket, address: string, ofAddress: number): void {
    this.#open.add(socket);
    this.#perAddress.set(address, ofAddress + 1);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#closedReceivedBytes += socket.bytesRead;
      this.#closedSentBytes += socket.bytesWritten;
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
  }

  #refuse(socket: Socket, isSecure: boolean, limit: string): void {
    this.#onRefused(limit);
    socket.on("error", () => undefined);
    if (isSecure) socket.destroy();
    // Ended, not destroyed: the answer would be lost if the client had sent something already.
    else socket.end(refusal, () => socket.destroy());
  }
}
