import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { password, userName } from "./gateway-fixture.js";
import { type GatewayProcess, prepareGatewayProcess } from "./gateway-process.js";
import { parseAnswer, type RawAnswer, sendRaw } from "./raw-http.js";

/** What became of a request that no client should send. */
export interface AttackReport {
  /** Absent = the connection was closed without one. */
  readonly answer: RawAnswer | undefined;
  /** How many heads of answers came over the connection. */
  readonly answers: number;
  readonly sentBytes: number;
  readonly seconds: number;
}

export interface Attack {
  /** The very bytes. An endless source ends when the connection does. */
  readonly bytes: Iterable<string | Buffer>;
  /** Says that nothing more comes, as soon as all is sent. @defaultValue false: waits for the other side */
  readonly halfClose?: boolean;
  /** Goes on after the first answer until the connection is closed or nothing comes any more. */
  readonly wholeConnection?: boolean;
}

/** A gateway in its own process, so that its memory can be measured, with small limits and one user logged in. */
export class HostileGateway implements AsyncDisposable {
  readonly #gateway: GatewayProcess;
  readonly cookie: string;
  #before: { readonly files: readonly string[]; readonly residentBytes: number } | undefined;

  private constructor(gateway: GatewayProcess, cookie: string) {
    this.#gateway = gateway;
    this.cookie = cookie;
  }

  static async start(): Promise<HostileGateway> {
    const gateway = await prepareGatewayProcess(
      "[limits]\nuploadBytes = 2_000_000\nattachmentBytes = 2_000_000\nloginAttempts = 100_000\nloginDelaySeconds = 0.001\n",
    );
    await gateway.start();
    const body = `<User><name>${userName}</name> <pass>${password}</pass> </User>`;
    const { text } = await sendRaw(
      gateway.port,
      `GET /platform/webservice/pacclient/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const token = /<token>([^<]*)</.exec(text)?.[1] ?? "";
    return new HostileGateway(gateway, token.replaceAll('"', "#quote#"));
  }

  get port(): number {
    return this.#gateway.port;
  }

  /** Head of a request with the session's cookie. */
  head(line: string, ...headers: readonly string[]): string {
    return [`${line} HTTP/1.1`, "Host: x", `Cookie: platform_token=${this.cookie}`, ...headers, "", ""].join(
      "\r\n",
    );
  }

  /** A whole request with the session's cookie. */
  request(line: string, body: string | Buffer, ...headers: readonly string[]): readonly (string | Buffer)[] {
    return [this.head(line, `Content-Length: ${Buffer.byteLength(body, "latin1")}`, ...headers), body];
  }

  attack({ bytes, halfClose = false, wholeConnection = false }: Attack): Promise<AttackReport> {
    const socket = connect({ port: this.port, host: "127.0.0.1", allowHalfOpen: true });
    const begun = performance.now();
    let received = Buffer.alloc(0);
    let sentBytes = 0;
    let over = false;
    let proceed = (): void => {};
    const send = async (): Promise<void> => {
      for (const piece of bytes) {
        if (over) return;
        const buffer = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
        sentBytes += buffer.length;
        if (!socket.write(buffer)) {
          await new Promise<void>((resolve) => {
            proceed = resolve;
          });
        }
      }
      if (halfClose) socket.end();
    };
    return new Promise((resolve) => {
      const finish = (): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        clearTimeout(quiet);
        socket.destroy();
        proceed();
        const answers = received.toString("latin1").match(/HTTP\/1\.1 [2-5]\d\d /g)?.length ?? 0;
        const seconds = (performance.now() - begun) / 1000;
        resolve({ answer: parseAnswer(received, true), answers, sentBytes, seconds });
      };
      const timer = setTimeout(finish, 20_000);
      let quiet: NodeJS.Timeout | undefined;
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (parseAnswer(received, false) === undefined) return;
        if (!wholeConnection) finish();
        else quiet ??= setTimeout(finish, 100);
      });
      socket.on("drain", () => proceed());
      // What could not be sent does not matter: the answer may be here already.
      socket.on("error", () => {});
      socket.on("end", finish).on("close", finish);
      void send();
    });
  }

  /** Remembers what lies on the disk and how much memory there is. */
  async mark(): Promise<void> {
    // Makes the kernel measure the peak anew.
    await writeFile(`/proc/${this.#gateway.pid}/clear_refs`, "5");
    this.#before = { files: await this.#files(), residentBytes: await this.#memory("VmRSS") };
  }

  /** What the attacks since {@link mark} have done; nothing of it may be more than that some memory was used. */
  async damage(): Promise<{
    readonly newFiles: readonly string[];
    readonly peakGrowthBytes: number;
    readonly served: boolean;
  }> {
    const before = this.#before;
    if (before === undefined) throw new Error("mark first");
    const known = new Set(before.files);
    const ping = await sendRaw(
      this.port,
      "GET /platform/webservice/pacclient/ping/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    );
    const jobs = await sendRaw(this.port, this.head("GET /platform/webservice/pacclient/jobs"));
    return {
      newFiles: (await this.#files()).filter((file) => !known.has(file)),
      peakGrowthBytes: (await this.#memory("VmHWM")) - before.residentBytes,
      served: ping.text.includes("Web Services are ready") && jobs.text.includes("<note>"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway[Symbol.asyncDispose]();
  }

  async #memory(field: string): Promise<number> {
    const text = await readFile(`/proc/${this.#gateway.pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024;
  }

  async #files(): Promise<readonly string[]> {
    const { folder } = this.#gateway;
    const names = await readdir(folder, { recursive: true });
    const kinds = await Promise.all(
      // The database's own files come and go.
      names
        .filter((name) => !/\.sqlite|\.db|-wal$|-shm$/.test(name))
        .map(async (name) => ({ name, stats: await stat(join(folder, name)).catch(() => undefined) })),
    );
    return kinds.flatMap(({ name, stats }) => (stats?.isFile() === true ? [name] : []));
  }
}

/** An endless body in chunks. */
export function* endlessChunks(first: string, piece: Buffer): Generator<string | Buffer, void, undefined> {
  if (first !== "") yield `${Buffer.byteLength(first, "latin1").toString(16)}\r\n${first}\r\n`;
  const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
  for (;;) yield chunk;
}
