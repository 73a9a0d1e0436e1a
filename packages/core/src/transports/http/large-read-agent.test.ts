import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { HttpClient } from "./http-client.js";
import { isInReadBuffer, LargeReadAgent } from "./large-read-agent.js";

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
