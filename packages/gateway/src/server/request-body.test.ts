import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBody } from "./request-body.js";

const pace = { slowestBytesPerSecond: 1 };
const mebibyte = 1024 * 1024;

let server: Server;
let socket: Socket;
let received: Promise<IncomingMessage>;
beforeEach(async () => {
  server = createServer();
  received = new Promise((resolve) => server.once("request", resolve));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  socket = connect(port, "127.0.0.1").on("error", () => undefined);
});
afterEach(() => {
  socket.destroy();
  server.closeAllConnections();
  server.close();
});

function head(...headers: readonly string[]): string {
  return ["POST / HTTP/1.1", "Host: x", ...headers, "", ""].join("\r\n");
}

async function send(bytes: Uint8Array | string): Promise<void> {
  if (!socket.write(bytes)) await once(socket, "drain");
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function nextOf(body: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const next = await body.next();
  if (next.done === true) throw new Error("the body has ended");
  return next.value;
}

describe("a request's body", () => {
  it("comes however it was sent, each byte in its place", async () => {
    const content = randomBytes(5 * mebibyte + 4321);
    const sending = (async () => {
      await send(head(`Content-Length: ${content.length}`));
      for (let at = 0, size = 1; at < content.length; at += size, size = (size * 7) % 99_991)
        await send(content.subarray(at, at + size));
    })();
    const hash = createHash("sha256");
    for await (const piece of readBody(await received, pace)) {
      // The next is on its way into another buffer than the one this lies in.
      await new Promise((resolve) => setImmediate(resolve));
      hash.update(piece);
    }
    await sending;
    expect(hash.digest("hex")).toBe(digestOf(content));
  });

  it("is gathered while the piece before is used", async () => {
    await send(head(`Content-Length: ${2 ** 30}`));
    const request = await received;
    const body = readBody(request, pace);
    socket.write(Buffer.alloc(4 * mebibyte));
    await nextOf(body);
    // More than the first piece and another can hold.
    await expect.poll(() => request.socket.bytesRead, { timeout: 20_000 }).toBeGreaterThan(mebibyte);
    expect(await nextOf(body)).toHaveLength(mebibyte / 2);
    await body.return(undefined);
  });

  it("without a length comes as well", async () => {
    const content = randomBytes(mebibyte);
    await send(head("Transfer-Encoding: chunked"));
    void send(`${content.length.toString(16)}\r\n`).then(() => send(content));
    const pieces: Buffer[] = [];
    for await (const piece of readBody(await received, pace)) {
      pieces.push(Buffer.from(piece));
      if (Buffer.concat(pieces).length === content.length) await send("\r\n0\r\n\r\n");
    }
    expect(digestOf(Buffer.concat(pieces))).toBe(digestOf(content));
  });

  it("is heard of although the client waits in the middle of it", async () => {
    await send(`${head("Content-Length: 10")}first`);
    const told: string[] = [];
    for await (const piece of readBody(await received, pace)) {
      told.push(Buffer.from(piece).toString());
      if (told.join("") === "first") await send("other");
    }
    expect(told.join("")).toBe("firstother");
  });

  it("that is not there ends at once", async () => {
    await send(head());
    expect(await readBody(await received, pace).next()).toEqual({ done: true, value: undefined });
  });

  it("is not taken in further than its reader has come", async () => {
    await send(head(`Content-Length: ${2 ** 30}`));
    const request = await received;
    const body = readBody(request, pace);
    socket.write(Buffer.alloc(16 * mebibyte));
    await nextOf(body);
    // All that comes by itself comes within a few turns; what the kernel keeps is not ours.
    for (let before = -1; before !== request.socket.bytesRead;) {
      before = request.socket.bytesRead;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(request.socket.bytesRead).toBeLessThan(4 * mebibyte);
    await body.return(undefined);
  });

  it("that breaks off is an error, also when nobody was reading", async () => {
    await send(`${head("Content-Length: 1000")}some`);
    const request = await received;
    socket.destroy();
    await expect.poll(() => request.destroyed, { timeout: 20_000 }).toBe(true);
    await expect(readBody(request, pace).next()).rejects.toMatchObject({ code: "TRANSFER_INCOMPLETE" });
  });

  it("that breaks off while it is read gives what had come, then the error", async () => {
    await send(`${head("Content-Length: 1000")}some`);
    const body = readBody(await received, pace);
    expect(Buffer.from(await nextOf(body)).toString()).toBe("some");
    const next = body.next();
    socket.destroy();
    await expect(next).rejects.toMatchObject({ code: "TRANSFER_INCOMPLETE" });
  });

  it("that is left in the middle keeps its connection", async () => {
    server.once("request", (request, response) => {
      void (async () => {
        for await (const piece of readBody(request, pace)) if (piece.length > 0) break;
        response.end("enough");
      })();
    });
    await send(`${head("Content-Length: 1000")}some`);
    const answer = await new Promise((resolve) => socket.once("data", (bytes) => resolve(bytes.toString())));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK[^]*enough/);
  });

  it("leaves no garbage lying that grows with it", async () => {
    const size = 48 * mebibyte;
    await send(head(`Content-Length: ${size}`));
    const block = Buffer.alloc(mebibyte);
    const sending = (async () => {
      for (let sent = 0; sent < size; sent += block.length) await send(block);
    })();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for await (const piece of readBody(await received, pace))
      if (piece.length > 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    await sending;
    // V8 by itself would let 32 MiB lie.
    expect(most).toBeLessThan(20 * mebibyte);
  });
});
