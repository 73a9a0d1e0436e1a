import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isScarfError } from "../errors/index.js";
import { builtInResources } from "./built-in-resources.js";
import { createResource } from "./create-resource.js";
import type { ResourceDefinition } from "./resource-definitions.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-configuration-"));
});
afterEach(() => rm(directory, { recursive: true }));

it("makes the built-in resources", async () => {
  for (const [id, definition] of Object.entries(
    builtInResources({ localWorkspace: join(directory, "local") }),
  )) {
    const resource = createResource(definition, id);
    expect([resource.id, resource.kind]).toEqual([id, definition.kind]);
    await resource.close();
  }
});

it("makes this machine a resource that runs a command", async () => {
  const resource = createResource(
    { kind: "local", workspace: join(directory, "w"), slots: 2, idleSeconds: 1 },
    "here",
  );
  const session = await resource.logIn({ userName: "alice" });
  expect(await session.list()).toEqual([]);
  await resource.close();
});

/** Which requests a resource makes for a log-in: method, path and body. */
async function requestsOfLogIn(definition: (address: string) => ResourceDefinition): Promise<string[]> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      requests.push(`${request.method} ${request.url} ${body}`);
      response.writeHead(403).end();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const resource = createResource(definition(`http://127.0.0.1:${address.port}`), "test");
  const error: unknown = await resource
    .logIn({ userName: "u", password: "p&p" })
    .catch((thrown: unknown) => thrown);
  await resource.close();
  server.close();
  if (!isScarfError(error)) throw new Error(`unexpected: ${String(error)}`);
  return requests;
}

it("logs in as the definition says: by the service, or a token page by POST or, if it must be, by query", async () => {
  const base = { kind: "pac" } as const;
  const logon = await requestsOfLogIn((address) => ({ ...base, url: `${address}/platform/` }));
  expect(logon[0]).toBe("GET /platform/ws/version ");
  expect(logon[1]).toMatch(/^\w+ \/platform\/webservice\/pacclient\/logon/);
  const post = await requestsOfLogIn((address) => ({
    ...base,
    url: `${address}/platform/`,
    generation: "legacy",
    tokenPage: `${address}/cgi-bin/token.py`,
  }));
  expect(post[0]).toBe("POST /cgi-bin/token.py username=u&password=p%26p");
  const query = await requestsOfLogIn((address) => ({
    ...base,
    url: `${address}/platform/`,
    generation: "legacy",
    tokenPage: `${address}/cgi-bin/token.py`,
    tokenMethod: "query",
  }));
  expect(query[0]).toBe("GET /cgi-bin/token.py?username=u&password=p%26p ");
});
