import { connect } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The body as Latin-1, which loses nothing. */
  readonly text: string;
}

/** Sends exactly these bytes over a new connection, with `tls` inside of TLS, and reads one answer. */
export async function sendRaw(
  port: number,
  request: string | readonly (string | Buffer)[],
  tls?: ConnectionOptions,
): Promise<RawAnswer> {
  const pieces = typeof request === "string" ? [request] : request;
  const bytes = Buffer.concat(
    pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)),
  );
  const socket =
    tls === undefined ? connect(port, "127.0.0.1") : connectTls({ ...tls, port, host: "127.0.0.1" });
  socket.write(bytes);
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const answer = parseAnswer(Buffer.concat(chunks), false);
      if (answer === undefined) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const answer = parseAnswer(Buffer.concat(chunks), true);
      if (answer === undefined)
        reject(new Error(`no whole answer: ${Buffer.concat(chunks).toString("latin1")}`));
      else resolve(answer);
    });
  });
}

/** Sends everything before it looks at the answer, as Python's httplib2 and Mantid do; fails when not all can be sent. */
export async function sendThenRead(port: number, bytes: Buffer): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  for (let at = 0; at < bytes.length; at += 65_536) {
    await new Promise<void>((resolve, reject) => {
      socket.write(bytes.subarray(at, at + 65_536), (error) => {
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    if (chunk instanceof Buffer) chunks.push(chunk);
    const answer = parseAnswer(Buffer.concat(chunks), false);
    if (answer !== undefined) return answer;
  }
  throw new Error("no whole answer");
}

export function parseAnswer(bytes: Buffer, ended: boolean): RawAnswer | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  if (status === 100) return parseAnswer(bytes.subarray(headEnd + 4), ended);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const rest = bytes.subarray(headEnd + 4);
  const body = headers.get("transfer-encoding") === "chunked" ? dechunk(rest) : bySize(rest, headers, ended);
  return body === undefined ? undefined : { status, headers, body, text: body.toString("latin1") };
}

function bySize(rest: Buffer, headers: ReadonlyMap<string, string>, ended: boolean): Buffer | undefined {
  const length = headers.get("content-length");
  if (length === undefined) return ended ? rest : undefined;
  return rest.length < Number(length) ? undefined : rest.subarray(0, Number(length));
}

function dechunk(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (size === 0) return Buffer.concat(chunks);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

/** `Transfer-Encoding: chunked` as Poco writes it for Mantid. */
export function chunked(...pieces: readonly (string | Buffer)[]): Buffer {
  const chunks = pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece));
  return Buffer.concat([
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16).toUpperCase()}\r\n`),
      chunk,
      Buffer.from("\r\n"),
    ]),
    Buffer.from("0\r\n\r\n"),
  ]);
}
