import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const page = "<html><head><title>Maintenance</title></head><body>Back at noon</body></html>";
const webPage =
  `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n` +
  page;

/** Stands between a client and a service: passes everything on, answers everything with a web page, or is not there. */
export class SwitchedProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #targetPort: number;
  #server: Server;
  #port = 0;
  #mode: "pass" | "web page" | "gone" = "pass";

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(targetPort: number): Promise<SwitchedProxy> {
    const proxy = new SwitchedProxy(targetPort);
    await proxy.#listen();
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async switchTo(mode: "pass" | "web page" | "gone"): Promise<void> {
    const wasGone = this.#mode === "gone";
    this.#mode = mode;
    for (const socket of this.#sockets) socket.destroy();
    // The client notices that its kept connections are closed, and does not take one of them for the next request.
    await sleep(30);
    if (mode === "gone") await this.#close();
    else if (wasGone) await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#mode !== "gone") await this.#close();
  }

  async #listen(): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address instanceof Object) this.#port = address.port;
  }

  async #close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#keep(socket);
    if (this.#mode === "web page") {
      // Ends when the client has read the answer; what it still sends is nobody's business.
      socket.resume().end(webPage);
      return;
    }
    const target = connect(this.#targetPort, "127.0.0.1");
    this.#keep(target);
    socket.pipe(target).pipe(socket);
    socket.once("close", () => target.destroy());
    target.once("close", () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
