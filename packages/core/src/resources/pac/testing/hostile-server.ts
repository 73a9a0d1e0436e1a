import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** Bytes of an answer, head included. An endless one ends when the client does. */
export type RawReply = Iterable<string | Buffer>;

export const token =
  'scarf362"2026-02-10T18:50:00Z"Mv2ncX8Z0TpH0lZHxMyXNVCb7ucT6jHNOx+/"054LJVytYAa7QagStQiqdw==';
const product =
  "<ProductInformation><productName>IBM</productName><version>10.2</version></ProductInformation>";
const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

/** The head of an answer in status 200, and what follows. */
export function* reply(
  type: string,
  headers: string,
  body: Iterable<string | Buffer>,
): Generator<string | Buffer, void, undefined> {
  yield `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nConnection: close\r\n${headers}\r\n`;
  yield* body;
}

/** A server that answers log-ins as it should and everything else with the bytes it is told. */
export class HostileServer implements AsyncDisposable {
  /** Request heads, in their order. */
  readonly requests: string[] = [];
  /** By a part of the request line; the first that fits counts. */
  readonly replies: [part: string, reply: () => RawReply][] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
      let head = "";
      socket.on("data", (chunk: Buffer) => {
        const isAnswered = head.includes("\r\n\r\n");
        head += isAnswered ? "" : chunk.toString("latin1");
        if (!isAnswered && head.includes("\r\n\r\n")) void this.#answer(socket, head);
      });
    });
  }

  static async start(): Promise<HostileServer> {
    const hostile = new HostileServer();
    hostile.#server.listen(0, "127.0.0.1");
    await once(hostile.#server, "listening");
    return hostile;
  }

  get baseUrl(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/platform/`;
  }

  async #answer(socket: Socket, head: string): Promise<void> {
    const [line = ""] = head.split("\r\n");
    this.requests.push(head);
    const found = this.replies.find(([part]) => line.includes(part))?.[1];
    const bytes = found?.() ?? reply("application/xml", "", [ordinary(line)]);
    for (const piece of bytes) {
      if (socket.destroyed) return;
      if (socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)) continue;
      await new Promise<void>((resolve) => socket.once("drain", resolve).once("close", () => resolve()));
      socket
        .removeAllListeners("drain")
        .removeAllListeners("close")
        .on("close", () => this.#sockets.delete(socket));
    }
    socket.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function ordinary(line: string): string {
  if (line.includes("logon")) return `${xml}<User><token>${token}</token></User>`;
  return line.includes("version") ? `${xml}${product}` : "<Jobs/>";
}

/** The same piece again and again. */
export function* forEver(first: string, piece: string): Generator<string | Buffer, void, undefined> {
  yield first;
  const block = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)), "latin1");
  for (;;) yield block;
}
