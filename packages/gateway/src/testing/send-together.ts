import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { once } from "node:events";
import { parseAnswer, type RawAnswer } from "./raw-http.js";

export interface TogetherOptions {
  /** For the connection at this place; absent = without TLS. */
  readonly tls?: (place: number) => ConnectionOptions;
  /** Called when all requests are on their way. */
  readonly onSent?: () => void;
}

/**
 * Sends each request over a connection of its own, all in one moment: the gateway has them open already, so that as a rule it finds all of
 * them in one turn of the event loop.
 */
export async function sendTogether(
  port: number,
  requests: readonly string[],
  { tls, onSent }: TogetherOptions = {},
): Promise<readonly RawAnswer[]> {
  const sockets = await Promise.all(
    requests.map(async (_, place) => {
      const options = tls?.(place);
      const socket: Socket =
        options === undefined
          ? connect(port, "127.0.0.1")
          : connectTls({ ...options, port, host: "127.0.0.1" });
      await once(socket, options === undefined ? "connect" : "secureConnect");
      socket.write("GET /platform/webservice/pacclient/ping HTTP/1.1\r\nHost: x\r\n\r\n");
      await readOne(socket);
      return socket;
    }),
  );
  const answers = Promise.all(sockets.map(readOne));
  for (const [place, socket] of sockets.entries()) socket.write(requests[place] ?? "");
  onSent?.();
  try {
    return await answers;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function readOne(socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const end = (): void => reject(new Error(`no whole answer: ${Buffer.concat(chunks).toString("latin1")}`));
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      const answer = parseAnswer(Buffer.concat(chunks), false);
      if (answer === undefined) return;
      socket.off("data", take).off("close", end).off("error", reject);
      resolve(answer);
    };
    socket.on("data", take).once("close", end).once("error", reject);
  });
}
