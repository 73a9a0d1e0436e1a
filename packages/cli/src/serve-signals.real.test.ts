import { randomBytes } from "node:crypto";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rename } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocument, ScarfSandbox } from "./testing/scarf-sandbox.js";

const password = "correct horse battery";
const boundary = "4k89ogja023oh1";

let sandbox: ScarfSandbox;
let port: number;
let cookie: string;

beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
  await configure(20);
  const args = ["user", "add", "ada", "--password-stdin", "--config", "gateway.toml"];
  await sandbox.json(args, { stdin: `${password}\n` });
});
afterAll(() => sandbox.remove());

async function configure(shutdownSeconds: number): Promise<void> {
  await sandbox.file(
    "gateway.toml",
    `listen = "127.0.0.1:${port ?? 0}"\nstateDirectory = "gateway-state"\nshutdownSeconds = ${shutdownSeconds}\n` +
      `[log]\nfile = "gateway.log"\nauditFile = "audit.log"\n[resources.cluster]\nkind = "local"\nworkspace = "cluster"\nidleSeconds = 1\n`,
  );
}

async function serve(): Promise<ChildProcess> {
  const child = sandbox.start(["serve", "--json", "--config", "gateway.toml"]);
  if (!child.stdout) throw new Error("no pipe");
  for await (const line of createInterface(child.stdout)) {
    port = Number(new URL(String(readDocument(line)["url"])).port);
    return child;
  }
  throw new Error("the gateway did not start");
}

async function send(request: string | Buffer): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  return readAll(socket);
}

async function logOn(): Promise<string> {
  const body = `<User><name>ada</name> <pass>${password}</pass> </User>`;
  const answer = await send(
    `GET /platform/webservice/pacclient/logon/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return (/<token>(.*)<\/token>/.exec(answer)?.[1] ?? "").replaceAll(/"|&quot;/g, "#quote#");
}

/** A whole upload request, of a file or of one chunk of it. */
function uploadOf(
  operation: string,
  name: string,
  data: Buffer,
  fields: Readonly<Record<string, string>> = {},
): Buffer {
  const parts = Object.entries({ DirName: "up", ...fields }).map(
    ([field, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\nContent-ID: <${field}>\r\n\r\n${value}\r\n`,
  );
  const body = Buffer.concat([
    Buffer.from(
      `${parts.join("")}--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-ID: <${name}>\r\n\r\n`,
    ),
    data,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const head =
    `POST /platform/webservice/pacclient/${operation}/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
    `Content-Type: multipart/mixed; boundary=${boundary}\r\nCookie: platform_token=${cookie}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Half of a request is sent; the gateway is in the middle of it. */
async function sendHalf(request: Buffer): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(request.subarray(0, request.length >> 1));
  await sleep(150);
  return socket;
}

const uploaded = (): Promise<string[]> =>
  readdir(sandbox.path("cluster", "users", "ada", "up")).catch(() => []);

describe("a gateway that is stopped while files are on their way", () => {
  const data = randomBytes(2_000_000);
  const chunk = (number: number): Buffer =>
    uploadOf("uplargefile", `.parts.${number}`, data.subarray((number - 1) * 1_000_000, number * 1_000_000), {
      chunkid: String(number),
      chunkamount: "2",
      chunkbase: "parts.bin",
    });

  it("takes no new request, lets the old one come to its end, and ends well", async () => {
    const child = await serve();
    cookie = await logOn();
    expect(await send(chunk(1))).toContain("successfully");
    const request = uploadOf("upfile", "whole.bin", data);
    const socket = await sendHalf(request);
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await sleep(300);
    await expect(send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).rejects.toThrow("ECONNREFUSED");
    const answer = readAll(socket);
    socket.write(request.subarray(request.length >> 1));
    expect(await answer).toContain("successfully");
    expect(await exit).toEqual([0, null]);
    expect((await readFile(sandbox.path("cluster", "users", "ada", "up", "whole.bin"))).equals(data)).toBe(
      true,
    );
  });

  it("cuts what takes too long: nothing of it has a name, and chunks stay", async () => {
    await configure(0.3);
    const child = await serve();
    const half = await sendHalf(uploadOf("upfile", "half.bin", data));
    const cut = readAll(half).catch(() => "");
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    expect(await cut).not.toContain("successfully");
    expect((await uploaded()).filter((name) => name.startsWith("half") || name.startsWith("."))).toEqual([]);
    const audit = await readFile(sandbox.path("audit.log"), "utf8");
    expect(audit).toMatch(/"act":"upload".*half\.bin.*"outcome":"(?:TRANSFER_INCOMPLETE|ABORTED)"/);
    expect(await readFile(sandbox.path("gateway.log"), "utf8")).not.toContain("unexpected failure");
  });

  it("cuts a download: what came is shorter than what was announced", async () => {
    const child = await serve();
    const submit =
      `--a\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-ID: <data>\r\n\r\n` +
      `--b\r\nContent-Disposition: form-data; name="COMMANDTORUN"\r\n\r\n<AppParam><id>COMMANDTORUN</id><value>head -c 80000000 /dev/zero > big; echo done > ready</value><type></type></AppParam>\r\n--b--\r\n\r\n--a--\r\n`;
    const headers = (length: number): string =>
      `Host: x\r\nConnection: close\r\nAccept: text/plain\r\nCookie: platform_token=${cookie}\r\nContent-Length: ${length}\r\n`;
    const submitted = await send(
      `POST /platform/webservice/pacclient/submitapp HTTP/1.1\r\n${headers(submit.length)}Content-Type: multipart/mixed; boundary=a\r\n\r\n${submit}`,
    );
    const id = /<id>(\d+)</.exec(submitted)?.[1] ?? submitted;
    const fetchOf = (name: string): string =>
      `GET /platform/webservice/pacclient/file/${id} HTTP/1.1\r\n${headers(name.length)}\r\n${name}`;
    for (let waited = 0; waited < 200 && !(await send(fetchOf("ready"))).includes("done"); waited += 1)
      await sleep(50);
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(fetchOf("big"));
    let received = 0;
    let head = "";
    socket.on("data", (piece: Buffer) => {
      if (head === "") head = piece.toString("latin1", 0, 1000);
      received += piece.length;
      socket.pause();
    });
    await sleep(300);
    const exit = once(child, "exit");
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    // It stopped reading at the first piece; what is left in between now comes, and then the end.
    socket.removeAllListeners("data").on("data", (piece: Buffer) => (received += piece.length));
    socket.resume();
    await closed;
    expect(head).toMatch(/content-length: 80000000\r\n/i);
    expect(received).toBeLessThan(80_000_000);
  }, 60_000);

  it("after a restart the session holds and the upload in chunks goes on where it was", async () => {
    const child = await serve();
    expect(await send(chunk(2))).toContain("successfully");
    expect((await readFile(sandbox.path("cluster", "users", "ada", "up", "parts.bin"))).equals(data)).toBe(
      true,
    );
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("ends at once at the second signal", async () => {
    await configure(60);
    const child = await serve();
    await sendHalf(uploadOf("upfile", "never.bin", data));
    const begun = performance.now();
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await sleep(200);
    child.kill("SIGTERM");
    expect(await exit).toEqual([143, null]);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(await uploaded()).not.toContain("never.bin");
  });

  it("lives on at SIGHUP, and opens its logs anew", async () => {
    const child = await serve();
    await rename(sandbox.path("audit.log"), sandbox.path("audit.log.1"));
    child.kill("SIGHUP");
    for (let waited = 0; waited < 50; waited += 1) {
      if ((await readFile(sandbox.path("audit.log"), "utf8").catch(() => undefined)) !== undefined) break;
      await sleep(50);
    }
    await logOn();
    expect(await readFile(sandbox.path("audit.log"), "utf8")).toContain('"act":"log-in"');
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
