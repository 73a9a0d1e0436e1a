import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { HttpClient } from "./http-client.js";
import { LargeReadAgent } from "./large-read-agent.js";
import { isInReadBuffer } from "./large-reads.js";

async function listen(server: Server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** Every four bytes tell where they belong. */
function numbered(count: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: count }, (_, index) => index).buffer);
}

describe("reads into the same buffer", () => {
  it("leave the pieces of a body alone that a reader keeps", async () => {
    const whole = numbered(1_500_001);
    await using server = await listen(createHttpServer((_, response) => response.end(whole)));
    const client = new HttpClient();
    for (const pauseMilliseconds of [0, 5]) {
      const answer = await client.send({ method: "GET", url: `http://127.0.0.1:${server.port}/` });
      const kept: Uint8Array[] = [];
      for await (const chunk of answer.chunks) {
        expect(isInReadBuffer(chunk)).toBe(false);
        kept.push(chunk);
        if (pauseMilliseconds > 0 && kept.length < 10) await sleep(pauseMilliseconds);
      }
      expect(Buffer.concat(kept).equals(whole)).toBe(true);
    }
    client.close();
  });

  it("do not touch what a socket has read before anybody wants it", async () => {
    const whole = numbered(40_000);
    await using server = await listen(
      createServer((socket) => {
        socket.write(whole.subarray(0, 10_000));
        setTimeout(() => socket.end(whole.subarray(10_000)), 30);
      }),
    );
    const socket = new LargeReadAgent().createConnection({ host: "127.0.0.1", port: server.port });
    if (socket === null || socket === undefined) throw new Error("no socket");
    // Begins to read, and to keep what comes.
    socket.read(0);
    await sleep(60);
    const kept: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) kept.push(Buffer.from(chunk));
    expect(Buffer.concat(kept).equals(whole)).toBe(true);
  });
});

/** From 8 MiB on a body goes past the parser. */
const largeCount = 2_500_001;

describe("a large body", () => {
  it("comes whole past the parser, whatever pauses its reader makes, and the next request has a connection", async () => {
    const whole = numbered(largeCount);
    let connections = 0;
    const listener = createHttpServer((_, response) => response.end(whole));
    listener.on("connection", () => connections++);
    await using server = await listen(listener);
    const client = new HttpClient();
    for (const pauseEvery of [0, 3, 1]) {
      const answer = await client.send({ method: "GET", url: `http://127.0.0.1:${server.port}/` });
      if (pauseEvery > 0) await sleep(20);
      const kept: Buffer[] = [];
      let inReadBuffer = 0;
      for await (const chunk of answer.chunks) {
        if (isInReadBuffer(chunk)) inReadBuffer += chunk.byteLength;
        // Until it asks for the next piece, this one is the reader's.
        if (pauseEvery > 0 && kept.length % pauseEvery === 0) await sleep(2);
        kept.push(Buffer.from(chunk));
      }
      expect(Buffer.concat(kept).equals(whole)).toBe(true);
      expect(inReadBuffer).toBeGreaterThan(whole.byteLength - 1_048_576);
    }
    const text = await (
      await client.send({ method: "GET", url: `http://127.0.0.1:${server.port}/` })
    ).text(whole.byteLength);
    expect(text.length).toBeGreaterThan(0);
    expect(connections).toBe(4);
    client.close();
  });

  it("as text keeps no piece that is overwritten", async () => {
    const whole = Array.from({ length: 1_200_001 }, (_, index) => String(index).padStart(7)).join("\n");
    await using server = await listen(createHttpServer((_, response) => response.end(whole)));
    const client = new HttpClient();
    const answer = await client.send({ method: "GET", url: `http://127.0.0.1:${server.port}/` });
    expect((await answer.text(whole.length)) === whole).toBe(true);
    client.close();
  });

  it.each([
    ["is closed", (socket: Socket) => socket.end()],
    ["is reset", (socket: Socket) => socket.resetAndDestroy()],
  ])("is told to be cut when its connection %s, after all that came", async (_, cut) => {
    const whole = numbered(largeCount);
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${whole.byteLength}\r\n\r\n`;
    await using server = await listen(
      createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => {
          socket.write(head);
          socket.write(whole.subarray(0, 9_000_000), () => cut(socket));
        });
      }),
    );
    const client = new HttpClient();
    const answer = await client.send({ method: "GET", url: `http://127.0.0.1:${server.port}/` });
    let bytes = 0;
    let failure: unknown;
    try {
      for await (const chunk of answer.chunks) {
        expect(Buffer.compare(chunk, whole.subarray(bytes, bytes + chunk.byteLength))).toBe(0);
        bytes += chunk.byteLength;
      }
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: "CONNECTION_LOST",
      context: { receivedBytes: bytes, expectedBytes: whole.byteLength },
    });
    client.close();
  });

  it("ends with the first byte that was not announced", async () => {
    const whole = numbered(largeCount);
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${whole.byteLength}\r\n\r\n`;
    await using server = await listen(
      createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.write(Buffer.concat([Buffer.from(head), whole, whole])));
      }),
    );
    const client = new HttpClient();
    const answer = await client.send({ method: "GET", url: `http://127.0.0.1:${server.port}/` });
    let bytes = 0;
    for await (const chunk of answer.chunks) bytes += chunk.byteLength;
    expect(bytes).toBe(whole.byteLength);
    client.close();
  });

  it("that stops coming, or that nobody wants any more, leaves no connection open", async () => {
    const whole = numbered(largeCount);
    let open = 0;
    const listener = createHttpServer((_, response) => {
      response.setHeader("Content-Length", whole.byteLength);
      response.write(whole.subarray(0, 9_000_000));
    });
    listener.on("connection", (socket) => {
      open++;
      socket.once("close", () => open--);
    });
    await using server = await listen(listener);
    const client = new HttpClient({ timeouts: { idleSeconds: 0.2 } });
    const get = (signal?: AbortSignal) =>
      client.send({ method: "GET", url: `http://127.0.0.1:${server.port}/`, signal });
    const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<number> => {
      let bytes = 0;
      for await (const chunk of chunks) bytes += chunk.byteLength;
      return bytes;
    };
    await expect(readAll((await get()).chunks)).rejects.toMatchObject({ code: "RESPONSE_TIMEOUT" });
    const controller = new AbortController();
    const stopped = readAll((await get(controller.signal)).chunks);
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    for await (const _ of (await get()).chunks) break;
    (await get()).discard();
    await expect.poll(() => open, { timeout: 20_000 }).toBe(0);
    client.close();
  });
});
