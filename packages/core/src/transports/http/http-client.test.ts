import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createPlainServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isScarfError, type ScarfError } from "../../errors/index.js";
import { HttpClient } from "./http-client.js";
import type { HttpClientOptions } from "./http-types.js";

const quick: HttpClientOptions = { retry: { attempts: 3, firstDelaySeconds: 0.01 } };

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle);
  let connections = 0;
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/a`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function failureOf(call: Promise<unknown>): Promise<ScarfError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isScarfError(error)) throw new Error(`not a typed failure: ${String(error)}`);
  return error;
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
  response.end(`${request.method} ${request.headers["content-length"]} ${body}`);
}

describe("HttpClient", () => {
  it("sends a GET with a body, framed, over one kept connection", async () => {
    await using server = await serve((request, response) => void echo(request, response));
    const client = new HttpClient(quick);
    for (const body of ["é1", "22", ""]) {
      const answer = await client.send({ method: "GET", url: server.url, body });
      expect(await answer.text()).toBe(`GET ${Buffer.byteLength(body)} ${body}`);
    }
    expect(server.connections()).toBe(1);
    await (await client.send({ method: "POST", url: server.url, body: "x", ownConnection: true })).text();
    expect(server.connections()).toBe(2);
    client.close();
  });

  it("speaks over a Unix socket, and says when there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "scarf-socket-"));
    const socketPath = join(folder, "s");
    const server = createServer((request, response) =>
      response.end(`${request.headers.host} ${request.url}`),
    );
    server.listen(socketPath);
    await once(server, "listening");
    const client = new HttpClient({ ...quick, socketPath });
    try {
      for (const path of ["a", "b"]) {
        const answer = await client.send({ method: "GET", url: `http://localhost/${path}` });
        expect(await answer.text()).toBe(`localhost /${path}`);
      }
    } finally {
      client.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    }
    const failure = await failureOf(client.send({ method: "GET", url: "http://localhost/c" }));
    expect([failure.code, failure.message]).toEqual([
      "CONNECTION_FAILED",
      "localhost can't be reached: there is no such socket.",
    ]);
    client.close();
    await rm(folder, { recursive: true });
  });

  it("streams a body from buffers that are used again", async () => {
    await using server = await serve((request, response) => void echo(request, response));
    const body = {
      sizeBytes: 30,
      async *read() {
        const reused = Buffer.alloc(10);
        for (let round = 0; round < 3; round++) {
          reused.fill(String(round));
          yield reused;
        }
      },
    };
    const sent: number[] = [];
    const answer = await new HttpClient().send({
      method: "POST",
      url: server.url,
      body,
      onSent: (bytes) => sent.push(bytes),
    });
    expect(await answer.text()).toBe(`POST 30 ${"0".repeat(10)}${"1".repeat(10)}${"2".repeat(10)}`);
    expect(sent).toEqual([10, 20, 30]);
  });

  it("repeats what was not sent, and gives up in the user's words", async () => {
    const client = new HttpClient(quick);
    const failure = await failureOf(
      client.send({ method: "POST", url: "http://127.0.0.1:9/x?password=1", body: "x" }),
    );
    expect(failure).toMatchObject({ code: "CONNECTION_FAILED" });
    expect(failure.context).toEqual({ method: "POST", url: "http://127.0.0.1:9/x", reason: "ECONNREFUSED" });
  });

  it.each([
    [true, 3, "CONNECTION_LOST"],
    [false, 1, "CONNECTION_LOST"],
  ])("repeats a lost request only if it may be repeated (%s)", async (repeatable, times, code) => {
    let seen = 0;
    await using server = await serve((request) => {
      seen++;
      request.socket.destroy();
    });
    const failure = await failureOf(
      new HttpClient(quick).send({ method: "GET", url: server.url, repeatable }),
    );
    expect([failure.code, seen]).toEqual([code, times]);
  });

  it.each([
    [true, 2],
    [false, 1],
  ])("repeats after 503 only if it may be repeated (%s)", async (repeatable, times) => {
    let seen = 0;
    await using server = await serve((_request, response) => {
      seen++;
      response.writeHead(seen === 1 ? 503 : 200);
      response.end("x");
    });
    const answer = await new HttpClient(quick).send({ method: "POST", url: server.url, repeatable });
    await answer.text();
    expect([answer.status, seen]).toEqual([times === 2 ? 200 : 503, times]);
  });

  it("waits no longer for an answer than it was told, and does not repeat what may be done", async () => {
    let seen = 0;
    await using server = await serve(() => seen++);
    const client = new HttpClient({ ...quick, timeouts: { responseSeconds: 0.1 } });
    const failure = await failureOf(client.send({ method: "GET", url: server.url, repeatable: true }));
    expect(failure.code).toBe("RESPONSE_TIMEOUT");
    expect(failure.message).toMatch(/gave no answer within 0.1 s/);
    expect(seen).toBe(1);
  });

  it("bounds the whole of a dripping answer", async () => {
    await using server = await serve((_request, response) => {
      const timer = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(timer));
    });
    const client = new HttpClient({ ...quick, timeouts: { totalSeconds: 0.2 } });
    const answer = await client.send({ method: "GET", url: server.url });
    expect(await failureOf(answer.text())).toMatchObject({ code: "RESPONSE_TIMEOUT" });
  });

  it("does not hold our own slowness against the server", async () => {
    await using server = await serve((_request, response) => response.end(Buffer.alloc(300_000)));
    const client = new HttpClient({ timeouts: { idleSeconds: 0.1 } });
    const answer = await client.send({ method: "GET", url: server.url });
    let received = 0;
    for await (const chunk of answer.chunks) {
      if (received === 0) await new Promise((resolve) => setTimeout(resolve, 300));
      received += chunk.byteLength;
    }
    expect(received).toBe(300_000);
  });

  it("notices an answer that is shorter than announced", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("12345");
      setTimeout(() => response.destroy(), 20);
    });
    const answer = await new HttpClient(quick).send({ method: "GET", url: server.url });
    const failure = await failureOf(answer.text());
    expect(failure.code).toBe("CONNECTION_LOST");
    expect(failure.message).toContain("after 5 of 10 bytes");
  });

  it("notices a chunked answer without its end", async () => {
    const server = createPlainServer((socket: Socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const answer = await new HttpClient(quick).send({ method: "GET", url: `http://127.0.0.1:${port}/` });
    expect((await failureOf(answer.text())).code).toBe("CONNECTION_LOST");
    server.close();
  });

  it("reads no more of a text than it should", async () => {
    await using server = await serve((_request, response) => response.end("x".repeat(2_000_000)));
    const answer = await new HttpClient(quick).send({ method: "GET", url: server.url });
    expect((await failureOf(answer.text())).code).toBe("OUTPUT_UNREADABLE");
  });

  it("takes an answer that comes before the body is sent, and stops sending", async () => {
    await using server = await serve((_request, response) => response.writeHead(413).end("too much"));
    let read = 0;
    const body = {
      sizeBytes: 400 * 1_048_576,
      async *read() {
        const chunk = Buffer.alloc(1_048_576);
        for (let i = 0; i < 400; i++) {
          read++;
          yield chunk;
        }
      },
    };
    const answer = await new HttpClient(quick).send({ method: "POST", url: server.url, body });
    expect([answer.status, await answer.text()]).toEqual([413, "too much"]);
    expect(read).toBeLessThan(300);
  });

  it("follows a redirect on the same server only, and never with a POST", async () => {
    await using other = await serve((_request, response) => response.end("stolen"));
    await using server = await serve((request, response) => {
      const location = { "/a": "/b", "/c": other.url, "/loop": "/loop" }[request.url ?? ""];
      if (location === undefined) response.end(`at ${request.url} ${request.headers.cookie}`);
      else response.writeHead(302, { location }).end();
    });
    const client = new HttpClient(quick);
    const headers = { Cookie: "t=1" };
    const at = (path: string): string => server.url.replace("/a", path);
    expect(await (await client.send({ method: "GET", url: server.url, headers })).text()).toBe("at /b t=1");
    for (const request of [
      { method: "GET", url: at("/c"), headers },
      { method: "GET", url: at("/loop"), headers },
      { method: "POST", url: server.url, headers },
    ] as const) {
      const failure = await failureOf(client.send(request));
      expect(failure.code).toBe("OUTPUT_UNREADABLE");
      expect(failure.message).toContain("it was not followed");
    }
    expect(other.connections()).toBe(0);
  });

  it("is stopped by its signal while it waits to try again", async () => {
    const client = new HttpClient({ retry: { firstDelaySeconds: 20 } });
    const signal = AbortSignal.timeout(50);
    const failure = await failureOf(client.send({ method: "GET", url: "http://127.0.0.1:9/", signal }));
    expect(failure.code).toBe("ABORTED");
    expect((await failureOf(client.send({ method: "GET", url: "http://127.0.0.1:9/", signal }))).code).toBe(
      "ABORTED",
    );
  });

  it("says when the other side speaks no HTTP or no TLS", async () => {
    const server = createPlainServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const client = new HttpClient(quick);
    expect((await failureOf(client.send({ method: "GET", url: `http://127.0.0.1:${port}/` }))).code).toBe(
      "CONNECTION_LOST",
    );
    const failure = await failureOf(client.send({ method: "GET", url: `https://127.0.0.1:${port}/` }));
    expect(failure.code).toBe("CONNECTION_FAILED");
    server.close();
    expect((await failureOf(client.send({ method: "GET", url: "nonsense" }))).code).toBe("USAGE_INVALID");
  });
});
