import { once } from "node:events";
import { createServer } from "node:http";

/** What it answers. `body` is written as JSON. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly body: unknown;
}

/** Requests that came, `METHOD path`, and where they go. */
export interface ScriptedDaemon extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: readonly string[];
}

/** A server that says what no real slurmrestd can be made to say at will. @param answer - asked with `GET job/7`, `GET slurmdb/job/7` */
export async function startScriptedDaemon(
  answer: (request: string) => ScriptedAnswer | Promise<ScriptedAnswer>,
): Promise<ScriptedDaemon> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/^\/slurm\/v[\d.]+\//, "").replace(/\/v[\d.]+\//, "/");
    const asked = `${request.method} ${path.replace(/^\//, "")}`;
    seen.push(asked);
    const reply = async (): Promise<void> => {
      request.resume();
      await once(request, "end");
      const { status = 200, body } = await answer(asked);
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    };
    reply().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
