import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Act, Direction, Fault } from "./fault.js";
import { FaultProxy, renderAnswer } from "./fault-proxy.js";

let server: Server;
let proxy: FaultProxy;
/** Bodies that the server got whole. */
const got: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    request.setEncoding("utf8");
    let received = "";
    request.on("data", (chunk) => (received += String(chunk)));
    request.on("end", () => {
      got.push(received);
      response.end(`answer to ${received}`);
    });
    request.on("error", () => got.push("(broken off)"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  proxy = await FaultProxy.start(address instanceof Object ? address.port : 0);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  proxy.reset();
  got.length = 0;
});

const body = "0123456789";
const head = `POST /somewhere HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n`;

/** Sends requests one after the other and reads what comes, as bytes: the whole of it, and how it ended. */
async function talk(
  count = 1,
  fault?: Fault,
  mostMilliseconds = 10_000,
): Promise<{ readonly received: string; readonly end: string }> {
  let next = fault;
  proxy.plan = () => {
    const now = next;
    next = undefined;
    return now;
  };
  const socket = connect(Number(new URL(proxy.origin).port), "127.0.0.1");
  let received = "";
  let error = "";
  socket.on("error", (thrown: NodeJS.ErrnoException) => (error = thrown.code ?? "?"));
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    const answers = received.match(/answer to \S{10}/g)?.length ?? 0;
    if (answers === sent && sent < count) send();
    else if (answers === count) socket.end();
  });
  let sent = 0;
  const send = (): void => {
    sent += 1;
    socket.write(head + body);
  };
  send();
  await Promise.race([
    new Promise((resolve) => socket.once("close", resolve)),
    new Promise((resolve) => setTimeout(resolve, mostMilliseconds)),
  ]);
  const end = socket.closed ? error || "closed" : "open";
  socket.destroy();
  return { received, end };
}
const at = (direction: Direction, afterBytes: number, act: Act): Fault => ({ direction, afterBytes, act });

it("passes requests and answers on as they are, and counts them over all connections", async () => {
  const [one, two] = [await talk(2), await talk()];
  expect(one.received.match(/answer to 0123456789/g)).toHaveLength(2);
  expect(two.end).toBe("closed");
  expect(proxy.exchanges).toMatchObject([
    { number: 1, method: "POST", target: "/somewhere", requestBytes: head.length + 10 },
    { number: 2 },
    { number: 3, answerBytes: two.received.length },
  ]);
  expect([proxy.connections, proxy.done, got]).toEqual([2, [], [body, body, body]]);
});

it("cuts a request and an answer at any byte", async () => {
  expect((await talk(1, at("request", head.length + 4, { kind: "cut" }))).received).toBe("");
  await expect.poll(() => got).toEqual(["(broken off)"]);
  for (const bytes of [0, 1, 60, 500]) {
    const { received, end } = await talk(1, at("answer", bytes, { kind: "cut" }));
    expect([received.length, end]).toEqual([Math.min(bytes, 143), "closed"]);
  }
  // The last one's place was never reached: the answer is shorter, and the connection was not used again.
  expect(proxy.done).toHaveLength(4);
});

it("cuts a kept connection in the moment in which it is used again", async () => {
  const { received, end } = await talk(2, at("answer", Infinity, { kind: "cut" }));
  expect([received.match(/answer/g)?.length, end, got.length]).toEqual([1, "closed", 1]);
});

it("resets, half-closes, stalls and delays", async () => {
  expect((await talk(1, at("answer", 5, { kind: "reset" }))).end).toBe("ECONNRESET");
  expect(await talk(1, at("answer", 5, { kind: "half-close" }))).toEqual({
    received: "HTTP/",
    end: "closed",
  });
  expect(await talk(1, at("answer", 5, { kind: "stall" }), 150)).toEqual({ received: "HTTP/", end: "open" });
  const started = performance.now();
  expect((await talk(1, at("request", 5, { kind: "delay", milliseconds: 80 }))).received).toContain(body);
  expect(performance.now() - started).toBeGreaterThan(75);
});

it("changes, doubles and exchanges bytes", async () => {
  await talk(1, at("request", head.length + 2, { kind: "corrupt", bytes: 2 }));
  await talk(1, at("request", head.length + 2, { kind: "duplicate", bytes: 3 }));
  await talk(1, at("request", head.length + 2, { kind: "reorder", bytes: 3 }));
  // Of the doubled one the announced length is read, and the rest is no request.
  expect(got).toEqual(["0132456789", "0123423456", "0156723489"]);
});

it("answers instead of the server, sends a request twice, or late and without a client", async () => {
  const instead = renderAnswer("403 Forbidden", "text/plain", "no");
  expect(await talk(1, { instead })).toEqual({ received: instead, end: "closed" });
  expect(got).toEqual([]);
  expect((await talk(1, { twice: true })).received.match(/answer/g)).toHaveLength(1);
  await proxy.settled();
  expect(got).toEqual([body, body]);
  expect((await talk(1, { lateByMilliseconds: 20 })).received).toBe("");
  await proxy.settled();
  expect(got).toHaveLength(3);
});
