import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ByteFault, Exchange, Fault, RequestFault } from "./fault.js";
import { FaultyStream } from "./faulty-stream.js";
import { RequestScanner } from "./request-scanner.js";

/** What a connection needs of its proxy. */
export interface ConnectionHost {
  /** A request has begun. */
  readonly begin: (head: string, requestBytes: number) => Begun | Promise<Begun>;
  /** A fault has happened. */
  readonly done: (exchange: Exchange, fault: Fault) => void;
  /** A connection to the server. */
  readonly connect: () => Socket;
  /** Something goes on after the connection has ended. */
  readonly watch: (work: Promise<unknown>) => void;
}

export interface Begun {
  readonly exchange: Exchange & { answerBytes: number };
  readonly fault: Fault | undefined;
}

/** One connection of a client, and the one to the server behind it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #host: ConnectionHost;
  readonly #requests: FaultyStream;
  readonly #answers: FaultyStream;
  #current: Begun | undefined;
  /** Requests that do not pass as they come are gathered here. */
  #gathered: Buffer[] | undefined;

  constructor(client: Socket, host: ConnectionHost) {
    this.#client = client;
    this.#server = host.connect();
    this.#host = host;
    const end = (how: "cut" | "reset"): void => {
      for (const socket of [this.#client, this.#server]) {
        if (how === "reset") socket.resetAndDestroy();
        else socket.destroySoon();
      }
    };
    const done = (fault: ByteFault): void => this.#done(fault);
    this.#requests = new FaultyStream(this.#server, end, done);
    this.#answers = new FaultyStream(this.#client, end, done);
  }

  /** Resolves when both connections have ended. */
  async run(): Promise<void> {
    await Promise.all([
      this.#passRequests().catch(() => this.#destroy()),
      this.#passAnswers().catch(() => this.#destroy()),
    ]);
    this.#destroy();
  }

  async #passRequests(): Promise<void> {
    const scanner = new RequestScanner();
    for await (const chunk of readChunks(this.#client)) {
      for (const scanned of scanner.scan(chunk)) {
        if (scanned.kind === "head") await this.#begin(scanned.bytes, scanned.bodyBytes);
        if (this.#gathered === undefined) await this.#requests.pass(scanned.bytes);
        else this.#gathered.push(Buffer.from(scanned.bytes));
        if (scanned.kind === "head" ? scanned.bodyBytes === 0 : scanned.isLast) await this.#finishRequest();
      }
    }
    // Where nothing passes any more, neither side would ever hear of the other's end.
    if (this.#answers.isMute || this.#requests.isMute) this.#destroy();
    else this.#requests.close();
  }

  async #begin(head: Buffer, bodyBytes: number): Promise<void> {
    await this.#answers.finish();
    // Ended in the moment of its use: the request arrives nowhere.
    if (this.#client.destroyed) throw new Error("the connection has ended");
    this.#current = await this.#host.begin(head.toString("latin1"), head.length + bodyBytes);
    const { fault } = this.#current;
    this.#requests.begin(inDirection(fault, "request"));
    this.#answers.begin(inDirection(fault, "answer"));
    this.#gathered = fault === undefined || "direction" in fault ? undefined : [];
  }

  async #finishRequest(): Promise<void> {
    const gathered = this.#gathered;
    const fault = this.#current?.fault;
    if (gathered === undefined || fault === undefined || "direction" in fault) {
      await this.#requests.finish();
      return;
    }
    this.#gathered = undefined;
    this.#done(fault);
    await this.#sendGathered(Buffer.concat(gathered), fault);
  }

  async #sendGathered(request: Buffer, fault: RequestFault): Promise<void> {
    if ("instead" in fault) {
      this.#client.end(fault.instead);
    } else if ("twice" in fault) {
      this.#host.watch(sendAlone(this.#host.connect(), request));
      await this.#requests.pass(request);
    } else {
      this.#host.watch(sleep(fault.lateByMilliseconds).then(() => sendAlone(this.#host.connect(), request)));
      this.#destroy();
    }
  }

  async #passAnswers(): Promise<void> {
    for await (const chunk of readChunks(this.#server)) {
      if (this.#current !== undefined) this.#current.exchange.answerBytes += chunk.length;
      await this.#answers.pass(chunk);
    }
    this.#answers.close();
  }

  #done(fault: Fault): void {
    if (this.#current !== undefined) this.#host.done(this.#current.exchange, fault);
  }

  #destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

function inDirection(fault: Fault | undefined, direction: ByteFault["direction"]): ByteFault | undefined {
  return fault !== undefined && "direction" in fault && fault.direction === direction ? fault : undefined;
}

/** Sends a request of which nobody reads the answer, and waits until it has been answered. */
async function sendAlone(server: Socket, request: Buffer): Promise<void> {
  server.end(request);
  server.resume();
  await once(server, "close");
}

/** What a socket receives, until the other side ends. Unlike the socket's own iteration it does not end the socket's writing. */
async function* readChunks(socket: Socket): AsyncGenerator<Buffer, void, undefined> {
  const chunks: AsyncIterable<Buffer> = socket.iterator({ destroyOnReturn: false });
  yield* chunks;
}
