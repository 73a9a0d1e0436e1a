import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Exchange, Fault, FaultPlan } from "./fault.js";
import { type Begun, ProxiedConnection } from "./proxied-connection.js";

/** A fault that has happened, and to what. */
export interface DoneFault {
  readonly exchange: Exchange;
  readonly fault: Fault;
}

const page = "<html><head><title>Maintenance</title></head><body>Back at noon</body></html>";
const webPage = renderAnswer("200 OK", "text/html", page);

/**
 * Stands between a client and a server that speak HTTP/1.1 without TLS, and does to their bytes what a network, or a program at
 * its end, may do to them. Requests are counted, and a plan says what becomes of each.
 */
export class FaultProxy implements AsyncDisposable {
  /** Asked for each request. @defaultValue everything passes */
  plan: FaultPlan | undefined;
  /** All requests since the last `reset`. */
  readonly exchanges: Exchange[] = [];
  /** Faults that have happened since the last `reset`; one whose place is never reached does not. */
  readonly done: DoneFault[] = [];
  /** Connections that clients have made since the last `reset`. */
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #goingOn = new Set<Promise<unknown>>();
  readonly #targetPort: number;
  #server: Server;
  #port = 0;
  #mode: "pass" | "web page" | "gone" = "pass";

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = this.#makeServer();
  }

  /** @param plan - may also be set, or changed, later. */
  static async start(targetPort: number, plan?: FaultPlan): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    proxy.plan = plan;
    await proxy.#listen();
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Counts from 1 again. */
  reset(): void {
    this.exchanges.length = 0;
    this.done.length = 0;
    this.connections = 0;
  }

  /** Passes everything on (but for the plan's faults), answers everything with a web page, or is not there. */
  async switchTo(mode: "pass" | "web page" | "gone"): Promise<void> {
    const wasGone = this.#mode === "gone";
    this.#mode = mode;
    for (const socket of this.#sockets) socket.destroy();
    // The client notices that its kept connections are closed, and does not take one of them for the next request.
    await sleep(30);
    if (mode === "gone") await this.#close();
    else if (wasGone) await this.#listen();
  }

  /** Resolves when the server has answered what it gets late or twice. */
  async settled(): Promise<void> {
    while (this.#goingOn.size > 0) await Promise.allSettled(this.#goingOn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#mode !== "gone") await this.#close();
  }

  async #listen(): Promise<void> {
    this.#server = this.#makeServer();
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address instanceof Object) this.#port = address.port;
  }

  async #close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }

  #makeServer(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.connections += 1;
      this.#keep(socket);
      const connection = new ProxiedConnection(socket, {
        begin: (head, requestBytes) => this.#begin(head, requestBytes),
        done: (exchange, fault) => void this.done.push({ exchange, fault }),
        connect: () => this.#connect(),
        watch: (work) => this.#watch(work),
      });
      void connection.run();
    });
  }

  #connect(): Socket {
    const socket = connect({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#keep(socket);
    return socket;
  }

  async #begin(head: string, requestBytes: number): Promise<Begun> {
    const [method = "", target = ""] = head.split(" ", 2);
    const number = this.exchanges.length + 1;
    const exchange = { number, method, target, head, requestBytes, answerBytes: 0 };
    this.exchanges.push(exchange);
    if (this.#mode === "web page") return { exchange, fault: { instead: webPage } };
    return { exchange, fault: await this.plan?.(exchange) };
  }

  #watch(work: Promise<unknown>): void {
    const watched = work.catch(() => undefined).finally(() => this.#goingOn.delete(watched));
    this.#goingOn.add(watched);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

/** A whole answer, to be given instead of the server's own. */
export function renderAnswer(status: string, contentType: string, body: string): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`;
}
