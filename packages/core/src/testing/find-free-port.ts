import { once } from "node:events";
import { createServer } from "node:net";

/** A port of the loopback address that nobody listens on just now, for servers that can't choose one themselves. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
