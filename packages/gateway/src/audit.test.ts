import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import { sendRaw } from "./testing/raw-http.js";
import { pacSubmit, pacUpload, pacUploadBody } from "./testing/recorded.js";
import { wsCall } from "./testing/ws-call.js";

const base = "/platform/webservice/pacclient";

describe("the audit log", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture({ limits: { loginDelaySeconds: 0 } });
    cookie = await fixture.logOn();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const readLines = async (): Promise<readonly ReadonlyMap<string, unknown>[]> =>
    (await readFile(join(fixture.folder, "audit.log"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => {
        const value: unknown = JSON.parse(line);
        return new Map(Object.entries(typeof value === "object" && value !== null ? value : {}));
      });

  /** The lines that some requests have added. */
  async function linesOf(work: () => Promise<unknown>): Promise<readonly ReadonlyMap<string, unknown>[]> {
    const before = (await readLines()).length;
    await work();
    return (await readLines()).slice(before);
  }

  it("has exactly one line for each request of either generation, whatever came of it", async () => {
    const get = (path: string) => () => fixture.get(`${base}/${path}`, cookie);
    const ws = (path: string, body?: string) => () =>
      wsCall(fixture.port, {
        path,
        headers: [`Cookie: platform_token=${cookie}`, "Content-Type: application/x-www-form-urlencoded"],
        ...(body !== undefined && { body }),
      });
    const upload = pacUploadBody("up", [{ name: "a", data: "x" }]);
    const requests: [name: string, act: string, outcome: string, send: () => Promise<unknown>][] = [
      ["ping", "query", "ok", get("ping")],
      ["jobs", "query", "ok", get("jobs")],
      ["jobs", "query", "PROPERTY_INVALID", get("jobs?status=Sleeping")],
      ["jobsforname", "query", "ok", get("jobsForName/x")],
      ["jobfiles", "list of files", "JOB_NOT_FOUND", get("jobfiles/9999")],
      ["file", "download", "FILE_NOT_FOUND", get("file/9999")],
      ["joboperation", "job operation", "JOB_NOT_FOUND", get("jobOperation/kill/9999")],
      [
        "submitapp",
        "submit",
        "ok",
        () => sendRaw(fixture.port, pacSubmit(cookie, { parameters: { COMMANDTORUN: "true" } })),
      ],
      [
        "submitapp",
        "submit",
        "SPEC_INVALID",
        () => sendRaw(fixture.port, pacSubmit(cookie, { parameters: {} })),
      ],
      ["upfile", "upload", "ok", () => sendRaw(fixture.port, pacUpload("upfile/0", cookie, upload))],
      [
        "upfile",
        "upload",
        "SESSION_EXPIRED",
        () => sendRaw(fixture.port, pacUpload("upfile/0", "old", upload)),
      ],
      [
        "uplargefile",
        "upload of a chunk",
        "TRANSFER_REFUSED",
        () => sendRaw(fixture.port, pacUpload("uplargefile/0", cookie, upload)),
      ],
      ["usercmd", "user command", "USAGE_INVALID", get("userCmd")],
      ["appstatus", "query", "ok", get("appStatus")],
      ["ws/jobs", "query", "ok", ws("jobs")],
      ["ws/jobs", "query", "JOB_NOT_FOUND", ws("jobs/9999")],
      ["ws/jobs/kill", "job operation", "JOB_NOT_FOUND", ws("jobs/kill", "ids=9999")],
      ["ws/jobfiles/download", "download", "JOB_NOT_FOUND", ws("jobfiles/download/9999", "dir=x")],
      ["ws/users", "user administration", "ok", ws("users")],
      ["ws/users", "user administration", "PERMISSION_DENIED", ws("users", '<user name="x"/>')],
      ["ws", "query", "NOT_SUPPORTED", ws("nothing")],
    ];
    for (const [operation, act, outcome, send] of requests) {
      const lines = await linesOf(send);
      expect([operation, lines.length]).toEqual([operation, 1]);
      expect(Object.fromEntries(lines[0] ?? [])).toMatchObject({
        act,
        operation,
        outcome,
        address: "127.0.0.1",
        resource: "local",
      });
      expect(Date.parse(String(lines[0]?.get("time")))).toBeGreaterThan(Date.now() - 60_000);
      const user =
        ["SESSION_EXPIRED", "NOT_SUPPORTED"].includes(outcome) || operation === "ping" ? undefined : userName;
      expect([operation, outcome, lines[0]?.get("user")]).toEqual([operation, outcome, user]);
    }
  });

  it("can't be written to by a name: a line stays a line", async () => {
    const forged = `x\n{"act":"log-in","user":"root","outcome":"ok"}\r\n\u2028\u0000\u001B[2J`;
    const lines = await linesOf(async () => {
      const body = `<User><name>${forged.replaceAll("\0", "").replaceAll("\u001B", "")}</name><pass>wrong</pass></User>`;
      await wsCall(fixture.port, { path: "logon", body: Buffer.from(body) });
      const file = pacUploadBody(`dir\n{"act":"log-out"}`, [{ name: "a", data: "x" }]);
      await sendRaw(fixture.port, pacUpload("upfile/0", cookie, file));
      await fixture.get(`${base}/jobOperation/kill/1%0A%7B%22act%22%3A%22x%22%7D`, cookie);
      await fixture.get(`${base}/file/1`, cookie, { body: forged });
    });
    expect(lines.map((line) => line.get("act"))).toEqual(["log-in", "upload", "job operation", "download"]);
    const text = await readFile(join(fixture.folder, "audit.log"), "utf8");
    expect(Array.from(text).filter((character) => character < " " && character !== "\n")).toEqual([]);
  });

  it("holds no secret, and can be read by its owner only", async () => {
    const query = `username=${userName}&password=${password.replace(" ", "%20")}`;
    await sendRaw(fixture.port, `GET //cgi-bin/token.py?${query} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const secret = cookie.split("#quote#")[2] ?? "no token";
    for (const name of ["audit.log", "gateway.log"]) {
      const path = join(fixture.folder, name);
      const text = await readFile(path, "utf8");
      for (const hidden of [password, password.replace(" ", "%20"), secret])
        expect(text).not.toContain(hidden);
      expect(((await stat(path)).mode & 0o777).toString(8)).toBe("600");
    }
  });
});

it("the audit log can leave out queries, and only those", async () => {
  await using fixture = await startFixture();
  await fixture.gateway.close();
  const auditFile = join(fixture.folder, "few.log");
  const { startGateway } = await import("./server/start-gateway.js");
  const gateway = await startGateway({
    listen: `127.0.0.1:${fixture.port}`,
    stateDirectory: join(fixture.folder, "state"),
    log: { level: "silent", auditFile, auditQueries: false },
    resources: { local: { kind: "local", workspace: join(fixture.folder, "workspace") } },
  });
  const cookie = await fixture.logOn();
  await fixture.get(`${base}/jobs`, cookie);
  await fixture.get(`${base}/jobfiles/1`, cookie);
  await gateway.close();
  expect((await readFile(auditFile, "utf8")).match(/"act":"[^"]+"/g)).toEqual([
    '"act":"log-in"',
    '"act":"list of files"',
  ]);
});
