import { mkdir, mkdtemp, readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayMetrics } from "./operations/gateway-metrics.js";
import { drain, readBody } from "./server/request-body.js";
import { openStore } from "./state/store.js";
import { migrations } from "./state/tables.js";
import { TransferGate, type TransferGateOptions } from "./state/transfer-gate.js";
import { UploadTable } from "./state/upload-table.js";
import { type GatewayFixture, startFixture } from "./testing/gateway-fixture.js";
import { sendRaw } from "./testing/raw-http.js";
import { pacSubmit, pacUpload, pacUploadBody } from "./testing/recorded.js";
import { removeFolder } from "./testing/remove-folder.js";
import { addUser } from "./users/users.js";
import { waitFor } from "./testing/wait-for.js";
import { wsCall } from "./testing/ws-call.js";

const base = "/platform/webservice/pacclient";

describe("limits of a gateway", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture({
      sessions: { perUser: 3 },
      limits: {
        headerBytes: 8192,
        headersSeconds: 0.5,
        connections: 60,
        spoolBytesPerUser: 100_000,
        chunksPerUser: 4,
        requestBytes: 10_000,
        loginDelaySeconds: 0,
      },
    });
    cookie = await fixture.logOn();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("headers and addresses that are too long: 431", async () => {
    for (const request of [
      `GET ${base}/ping HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(9000)}\r\n\r\n`,
      `GET ${base}/jobs?name=${"x".repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET ${base}/ping HTTP/1.1\r\nHost: x\r\n${"X: yyyyyyyy\r\n".repeat(1500)}\r\n`,
    ]) {
      const answer = await sendRaw(fixture.port, request);
      expect([answer.status, answer.text]).toEqual([431, "The headers of the request are too long.\n"]);
    }
    expect((await fixture.get(`${base}/ping`, "")).status).toBe(200);
  });

  it("bodies that are too large: 413 of the current generation, a sentence of the legacy one", async () => {
    const body = `<User><name>x</name><pass>${"x".repeat(20_000)}</pass></User>`;
    expect((await wsCall(fixture.port, { path: "logon", body })).status).toBe(413);
    const legacy = await sendRaw(
      fixture.port,
      `GET ${base}/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect([legacy.status, legacy.text]).toEqual([200, expect.stringContaining("<errMsg>") as unknown]);
  });

  it("sessions of one user beyond the limit: the oldest that nobody uses ends, and the log-in succeeds", async () => {
    await addUser(fixture.usersFile, "carl", "another password");
    const tokens: string[] = [];
    for (let round = 0; round < 4; round += 1) tokens.push(await fixture.logOn("carl", "another password"));
    const statuses = await Promise.all(
      tokens.map(async (token) => (await fixture.get(`${base}/jobs`, token)).headers.get("scarf-error-code")),
    );
    expect(statuses).toEqual(["SESSION_EXPIRED", undefined, undefined, undefined]);
    expect((await fixture.get(`${base}/jobs`, cookie)).headers.get("scarf-error-code")).toBeUndefined();
  });

  it("headers that come a byte at a time: 408, and the connection is closed", async () => {
    const socket = connect(fixture.port, "127.0.0.1");
    socket.on("error", () => undefined);
    const answer = readAll(socket);
    const text = `GET ${base}/ping HTTP/1.1\r\nHost: x\r\nX-Slow: ${"x".repeat(1000)}`;
    let sent = 0;
    const timer = setInterval(() => socket.write(text.charAt((sent += 1))), 20);
    socket.once("close", () => clearInterval(timer));
    socket.write(text.charAt(0));
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("chunks that are empty, or too many: refused, and nothing of them stays; given up, there is room again", async () => {
    const chunk = (name: string, number: number, amount: number, data: string, who = cookie) =>
      sendRaw(
        fixture.port,
        pacUpload(
          "uplargefile/0",
          who,
          pacUploadBody("many", [{ name: `.${name}.${number}`, data: Buffer.from(data) }], {
            chunkid: String(number),
            chunkamount: String(amount),
            chunkbase: name,
          }),
        ),
      );
    const give = (name: string, who = cookie) =>
      sendRaw(
        fixture.port,
        `DELETE ${base}/uplargefile/0?DirName=many&chunkbase=${name} HTTP/1.1\r\nHost: x\r\ncookie: platform_token=${who}\r\n\r\n`,
      );
    const spool = async () => (await readdir(join(fixture.folder, "state", "spool"))).length;
    const empty = await chunk("hollow", 1, 2, "");
    expect(empty.headers.get("scarf-error-code")).toBe("TRANSFER_REFUSED");
    expect(empty.text).toContain("Chunk 1 of 2 of hollow is empty.");
    expect(await spool()).toBe(0);
    // That is how an empty file comes.
    expect((await chunk("nothing", 1, 1, "")).text).toContain("successfully");

    for (const number of [1, 2, 3, 4])
      expect((await chunk("thin", number, 9, "x")).text).toContain("successfully");
    const fifth = await chunk("thin", 5, 9, "x");
    expect(fifth.headers.get("scarf-error-code")).toBe("DISK_FULL");
    expect(fifth.text).toContain(
      '(1) take 4 chunks already, of 4 that one user may have here. The largest: "many/thin".',
    );

    await addUser(fixture.usersFile, "ben", "another password");
    const ben = await fixture.logOn("ben", "another password");
    expect((await give("thin", ben)).text).toBe('{"chunks":[]}');
    expect(await spool()).toBe(4);
    expect(JSON.parse((await give("thin")).text)).toMatchObject({ chunks: [{}, {}, {}, {}] });
    expect(await spool()).toBe(0);
    expect((await give("thin")).text).toBe('{"chunks":[]}');
    // The file that came whole is not touched.
    expect((await give("nothing")).text).toBe('{"chunks":[]}');
    expect((await stat(join(fixture.userDirectory, "many", "nothing"))).size).toBe(0);
    expect((await chunk("thin", 5, 9, "x")).text).toContain("successfully");
    await give("thin");
  });

  it("chunks beyond what one user may leave unfinished: 507 with the sizes, until one is finished", async () => {
    const chunk = (name: string, number: number, size: number): ReturnType<typeof sendRaw> =>
      sendRaw(
        fixture.port,
        pacUpload(
          "uplargefile/0",
          cookie,
          pacUploadBody("in", [{ name: `.${name}.${number}`, data: Buffer.alloc(size) }], {
            chunkid: String(number),
            chunkamount: "2",
            chunkbase: name,
          }),
        ),
      );
    expect((await chunk("a", 1, 60_000)).text).toContain("successfully");
    const refused = await chunk("b", 1, 60_000);
    expect(refused.headers.get("scarf-error-code")).toBe("DISK_FULL");
    expect(refused.text).toBe(
      'Your unfinished uploads (1) take 60000 bytes already, of 100000 that one user may have here. The largest: "in/a".',
    );
    expect(decodeURIComponent(refused.headers.get("scarf-error-hint") ?? "")).toMatch(
      /scarf upload --abandon NAME/,
    );
    const ws = await wsCall(fixture.port, {
      path: "jobfiles/upload/1?chunkid=1&chunkamount=2&chunkbase=b",
      headers: [`Cookie: platform_token=${cookie}`],
      body: Buffer.alloc(60_000),
    });
    // Of a job that is not there: told before anything else.
    expect(ws.status).toBe(404);
    expect((await chunk("a", 2, 1000)).text).toContain("successfully");
    expect((await chunk("b", 1, 60_000)).text).toContain("successfully");
  });

  it("connections beyond the limit: 503 at once, and room again when one has gone", async () => {
    const sockets: Socket[] = [];
    for (let opened = 0; opened < 60; opened += 1) {
      const socket = connect(fixture.port, "127.0.0.1");
      socket.on("error", () => undefined);
      sockets.push(socket);
      await new Promise((resolve) => socket.once("connect", resolve));
    }
    const refused = await waitFor(async () => {
      const text = await readAll(connect(fixture.port, "127.0.0.1").on("error", () => undefined)).catch(
        () => "",
      );
      return text === "" ? undefined : text;
    });
    expect(refused).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 10[^]*Too many connections/);
    for (const socket of sockets) socket.destroy();
    await waitFor(async () =>
      (await fixture.get(`${base}/ping`, "").catch(() => undefined))?.status === 200 ? true : undefined,
    );
    const metrics = await sendRaw(fixture.port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(metrics.text).toMatch(/scarf_gateway_connections_refused_total\{limit="connections"\} \d+/);
  });
});

it("an upload for which there is no room is refused before it comes, with the sizes, by each way", async () => {
  await using fixture = await startFixture({ limits: { freeDiskBytes: 2 ** 50 } });
  const cookie = await fixture.logOn();
  const body = pacUploadBody("in", [{ name: "a", data: Buffer.alloc(1000) }]);
  const upload = await sendRaw(fixture.port, pacUpload("upfile/0", cookie, body));
  expect(upload.text).toMatch(
    /^There is not enough space for the \d+ bytes of this upload: \d+ bytes are free, and 1125899906842624 must stay so\.$/,
  );
  const submit = await sendRaw(fixture.port, pacSubmit(cookie, { parameters: { COMMANDTORUN: "true" } }));
  expect(submit.text).toContain("<errMsg>There is not enough space");
  const ws = await wsCall(fixture.port, {
    path: "jobs/submit",
    headers: [`Cookie: platform_token=${cookie}`],
    body: "x",
  });
  expect([ws.status, ws.headers.get("scarf-error-code")]).toEqual([507, "DISK_FULL"]);
  await expect(stat(join(fixture.userDirectory, "in"))).rejects.toThrow("ENOENT");
  expect(await readFile(join(fixture.folder, "audit.log"), "utf8")).toContain('"outcome":"DISK_FULL"');
});

describe("transfers of one user", () => {
  let folder: string;
  const gate = (changes: Partial<TransferGateOptions> = {}): TransferGate =>
    new TransferGate({
      transfersPerUser: 2,
      spoolBytesPerUser: 1000,
      chunksPerUser: 100,
      freeDiskBytes: 0,
      directories: [folder],
      uploads: new UploadTable(openStore(join(folder, "state.sqlite"), migrations)),
      metrics: new GatewayMetrics(),
      patienceSeconds: 0.2,
      ...changes,
    });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-gate-"));
    await mkdir(join(folder, "x"));
  });
  afterAll(() => removeFolder(folder));

  it("wait for one another, and are refused when none ends", async () => {
    const one = gate();
    const anna = { userName: "anna", direction: "download" } as const;
    const [first] = [await one.enter(anna), await one.enter(anna)];
    await one.enter({ ...anna, userName: "bob" });
    const third = one.enter(anna);
    first();
    // Given back twice is given back once.
    first();
    await third;
    await expect(one.enter(anna)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      context: { retryAfterSeconds: 0.2 },
    });
  });

  it("end when the disk fills up while they go on", async () => {
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 200; sent += 1) yield Buffer.alloc(2 ** 20);
    };
    let passed = 0;
    const full = (async () => {
      for await (const chunk of gate({ freeDiskBytes: 2 ** 50 }).guard(chunks())) passed += chunk.length;
    })();
    await expect(full).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(passed).toBeLessThan(2 ** 28);
    expect((await readdir(folder)).length).toBeGreaterThan(0);
  });
});

it("a body that comes a byte now and then is cut: 408; one that only pauses is not", async () => {
  const outcomes: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      try {
        let bytes = 0;
        for await (const chunk of readBody(request, { slowestBytesPerSecond: 1000, graceSeconds: 0.3 }))
          bytes += chunk.length;
        outcomes.push(`${bytes} bytes`);
      } catch (error) {
        outcomes.push(error instanceof Error ? error.message : "");
      }
      response.end();
    })();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000\r\n\r\n";
  const slow = connect(port, "127.0.0.1").on("error", () => undefined);
  slow.write(head);
  const timer = setInterval(() => slow.write("x"), 50);
  const answer = await readAll(slow);
  clearInterval(timer);
  expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*The request came too slowly/);
  const pausing = connect(port, "127.0.0.1");
  pausing.write(head + "x".repeat(2500));
  await sleep(700);
  pausing.write("x".repeat(500));
  expect(await readAll(pausing)).toMatch(/^HTTP\/1\.1 200/);
  expect(outcomes).toEqual(["The request came too slowly.", "3000 bytes"]);
  server.closeAllConnections();
  server.close();
});

it("what is left of a body that nobody wants is waited for, but not for ever", async () => {
  const outcomes: boolean[] = [];
  let ended: () => void = () => undefined;
  const server = createServer((request, response) => {
    void (async () => {
      const isWhole = await drain(request, {
        slowestBytesPerSecond: 1000,
        graceSeconds: request.url === "/slow" ? 0.2 : 60,
        mostBytes: 2 ** 20,
        mostSeconds: request.url === "/short" ? 0.2 : 60,
      });
      outcomes.push(isWhole);
      response.end();
      if (!isWhole) request.destroy();
      ended();
    })();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  /** Begins a body, and goes on with it until the connection is closed. */
  const send = async (length: number, first: number, piece: number, path = "/"): Promise<void> => {
    const done = new Promise<void>((resolve) => (ended = resolve));
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
    socket.write(Buffer.alloc(first));
    const timer = setInterval(() => socket.write(Buffer.alloc(piece)), 20);
    await done;
    clearInterval(timer);
    socket.destroy();
  };
  await send(500_000, 500_000, 0);
  await send(2 ** 30, 2 ** 21, 2 ** 16);
  await send(100_000, 1, 1, "/slow");
  await send(2 ** 30, 10_000, 100, "/short");
  expect(outcomes).toEqual([true, false, false, false]);
  server.closeAllConnections();
  server.close();
});
