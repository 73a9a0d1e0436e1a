import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { PacResource } from "scarf-tomo";
import { findFreePort, makeCertificates } from "scarf-tomo/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../server/start-gateway.js";
import { chunked } from "../testing/raw-http.js";
import { mantidUploadBody, pacUpload, pacUploadBody, uploadBoundary } from "../testing/recorded.js";
import { removeFolder } from "../testing/remove-folder.js";
import { waitFor } from "../testing/wait-for.js";
import { addUser } from "../users/users.js";

const deploy = fileURLToPath(new URL("../../../../docs/deploy/", import.meta.url));
const base = "/platform/webservice/pacclient";
const credentials = { userName: "scarf362", password: "correct+horse" };

describe("nginx with the documented file in front of a gateway", () => {
  let folder: string;
  let gateway: Gateway;
  let nginx: ChildProcess;
  let port: number;
  let ca: Buffer;
  let caFile: string;
  let cookie: string;
  const file = randomBytes(50_000_000);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-nginx-"));
    // nginx's workers are another user when it is started by root.
    await chmod(folder, 0o755);
    await mkdir(join(folder, "logs"), { mode: 0o777 });
    const certificates = await makeCertificates(folder);
    ({ caFile } = certificates);
    ca = await readFile(caFile);
    await addUser(join(folder, "state", "users"), credentials.userName, credentials.password);
    port = await findFreePort();
    gateway = await startGateway({
      listen: "127.0.0.1:0",
      baseUrl: `https://127.0.0.1:${port}/`,
      trustedProxies: ["127.0.0.1"],
      stateDirectory: join(folder, "state"),
      log: { file: join(folder, "gateway.log"), auditFile: join(folder, "audit.log") },
      operations: { listen: "127.0.0.1:0" },
      resources: { local: { kind: "local", workspace: join(folder, "workspace"), idleSeconds: 0.2 } },
    });
    const text = await readFile(join(deploy, "nginx.conf"), "utf8");
    const replaced: readonly (readonly [string, string])[] = [
      ["server 127.0.0.1:8080;", `server ${new URL(gateway.url).host};`],
      ["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`],
      ["listen 8443 ssl;", `listen 127.0.0.1:${await findFreePort()} ssl;`],
      ["/etc/ssl/portal.pem", certificates.cert],
      ["/etc/ssl/private/portal.key", certificates.key],
      ["/var/log/nginx/", join(folder, "logs/")],
    ];
    let own = text;
    for (const [from, to] of replaced) {
      // A name that is not there any more would leave the file half tested.
      if (!own.includes(from)) throw new Error(`nginx.conf has no ${from}`);
      own = own.replaceAll(from, to);
    }
    await writeFile(join(folder, "gateway.conf"), own);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${join(folder, name)};`,
    );
    await writeFile(
      join(folder, "nginx.conf"),
      `daemon off;\nworker_processes 1;\npid ${join(folder, "nginx.pid")};\nerror_log ${join(folder, "logs", "main.log")};\n` +
        `events { }\nhttp {\n${temporary.join("\n")}\ninclude ${join(folder, "gateway.conf")};\n}\n`,
    );
    nginx = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-e", join(folder, "logs", "main.log")], {
      stdio: "inherit",
    });
    await waitFor(async () => {
      const answer = await send(
        `GET ${base}/ping HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
      ).catch(() => undefined);
      return answer?.status === 200 ? true : undefined;
    });
  });
  afterAll(async () => {
    const gone = once(nginx, "exit");
    nginx.kill("SIGTERM");
    await gone;
    await gateway.close();
    await removeFolder(folder);
  });

  interface Answer {
    readonly status: number;
    readonly text: string;
    readonly body: Buffer;
  }

  /** These bytes over TLS; the answer is read to the end of the connection. */
  async function send(...pieces: readonly (string | Buffer)[]): Promise<Answer> {
    const socket = connect({ host: "127.0.0.1", port, ca });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(socket, "secureConnect");
    for (const piece of pieces)
      socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    await once(socket, "close");
    const all = Buffer.concat(chunks);
    const end = all.indexOf("\r\n\r\n");
    const body = all.subarray(end + 4);
    return { status: Number(all.toString("latin1", 9, 12)), text: body.toString("latin1"), body };
  }

  const head = (method: string, path: string, length: number, extra = ""): string =>
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\nContent-Length: ${length}\r\n${extra}\r\n`;

  it("lets pac log in by a GET request with a body, and Mantid by the path with two slashes", async () => {
    const body = `<User><name>${credentials.userName}</name> <pass>${credentials.password}</pass> </User>`;
    const { text } = await send(head("GET", `${base}/logon/`, body.length), body);
    cookie = (/<token>(.*)<\/token>/.exec(text)?.[1] ?? "").replaceAll(/"|&quot;/g, "#quote#");
    expect(cookie).toContain(credentials.userName);
    const query = `username=${credentials.userName}&password=${credentials.password}`;
    const page = await send(head("GET", `//cgi-bin/token.py?${query}`, 0));
    expect(page.text).toContain(`https://127.0.0.1:${port}/platform/`);
  });

  it("takes 50 MB by pac's upload and by chunks of HTTP as Mantid sends them, and gives them back", async () => {
    const [request = "", body = ""] = pacUpload(
      "upfile/0",
      cookie,
      pacUploadBody("in", [{ name: "pac.bin", data: file }]),
      "Connection: close\r\n",
    );
    expect((await send(request, body)).text).toContain("successfully");
    const mantid = chunked(mantidUploadBody("in", "mantid.bin", file));
    const answer = await send(
      `POST ${base}/upfile/0 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\nUser-Agent: MANTID/6.9\r\nTransfer-Encoding: chunked\r\n` +
        `Content-Type: multipart/mixed; boundary=${uploadBoundary}\r\nCookie: platform_token=${cookie}\r\n\r\n`,
      mantid,
    );
    expect(answer.text).toContain("successfully");
    for (const name of ["pac.bin", "mantid.bin"]) {
      const there = await readFile(join(folder, "workspace", "users", credentials.userName, "in", name));
      expect([name, there.equals(file)]).toEqual([name, true]);
    }
  });

  it("carries our own client through: log in, submit, wait, fetch 50 MB", async () => {
    const origin = `https://127.0.0.1:${port}`;
    const resource = new PacResource({
      id: "cluster",
      baseUrl: `${origin}/platform/`,
      login: { kind: "token-page", url: `${origin}/cgi-bin/token.py` },
      caFile,
    });
    const session = await resource.logIn(credentials);
    const source = join(folder, "workspace", "users", credentials.userName, "in", "pac.bin");
    const task = { kind: "command", argv: ["cp", source, "out.bin"] } as const;
    const id = await session.submit({ task }, { submitKey: "through-nginx" });
    await waitFor(async () => ((await session.job(id)).status.phase === "finished" ? true : undefined));
    const pieces: Uint8Array[] = [];
    for await (const chunk of (await session.jobFiles(id).read("out.bin")).chunks) pieces.push(chunk);
    expect(Buffer.concat(pieces).equals(file)).toBe(true);
    await resource.close();
  });

  it("tells the gateway who really asks, and shows health and figures to nobody", async () => {
    const forged = "X-Forwarded-For: 192.0.2.99\r\nX-Forwarded-Host: evil.example.org\r\n";
    const ping = await send(head("GET", `${base}/ping`, 0, forged));
    expect(ping.text).toContain(`URL:https://127.0.0.1:${port}/platform/`);
    expect(await readFile(join(folder, "audit.log"), "utf8")).not.toContain("192.0.2.99");
    for (const path of ["/metrics", "/healthz", "/healthz/live", "//metrics", "/%6detrics"])
      expect([path, (await send(head("GET", path, 0))).status]).toEqual([path, 404]);
    expect((await fetch(`${gateway.operationsUrl}healthz`)).status).toBe(200);
  });

  it("writes no password anywhere", async () => {
    for (const name of [
      "logs/scarf-gateway.log",
      "logs/scarf-gateway-error.log",
      "logs/main.log",
      "gateway.log",
      "audit.log",
    ]) {
      const text = await readFile(join(folder, name), "utf8");
      expect([name, text.includes(credentials.password)]).toEqual([name, false]);
    }
    expect(await readFile(join(folder, "logs", "scarf-gateway.log"), "utf8")).toContain(
      '"GET //cgi-bin/token.py" 200',
    );
  });
});

describe("the unit of systemd", () => {
  it("is one that systemd reads without a complaint, and is locked up well", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gateway-unit-"));
    const unit = join(folder, "scarf-gateway.service");
    const text = await readFile(join(deploy, "scarf-gateway.service"), "utf8");
    // Programs must be there to be verified.
    await writeFile(unit, text.replaceAll("/usr/bin/scarf", process.execPath));
    const run = (...args: readonly string[]): string =>
      execFileSync("systemd-analyze", args, { encoding: "utf8", stdio: "pipe" });
    expect(run("verify", unit)).toBe("");
    // Exposure up to 2.5 of 10; a process of Node with a network can't be much below.
    expect(run("security", "--offline=true", "--threshold=25", "--no-pager", unit)).toContain(
      "Overall exposure level",
    );
    // What must not be lost: jobs go on, and transfers come to their end.
    expect(text).toMatch(/^KillMode=process$/m);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(10);
    expect(text).not.toMatch(/^(?:PrivateTmp|MemoryDenyWriteExecute)=/m);
    await removeFolder(folder);
  });
});
