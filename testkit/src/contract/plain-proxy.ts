import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request as sendRequest } from "node:http";
import { pipeline } from "node:stream/promises";

export interface PlainProxy {
  /** With a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Passes everything on but the headers `Scarf-*`: what is behind it looks like a service of IBM's, as far as that can be. */
export async function startPlainProxy(target: string): Promise<PlainProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const headers = withoutOurs(incoming.headers);
    const options = {
      host: hostname,
      port,
      method: incoming.method,
      path: incoming.url,
      headers,
      agent: false,
    };
    const forward = sendRequest(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, withoutOurs(answer.headers));
      pipeline(answer, outgoing).catch(() => outgoing.destroy());
    });
    forward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forward.destroy());
    incoming.pipe(forward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!(address instanceof Object)) throw new Error("The proxy has no port.");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function withoutOurs(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("scarf-")));
}
