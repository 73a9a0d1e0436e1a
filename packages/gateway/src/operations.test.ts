import { chmod, mkdtemp } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { LocalResource, SchedulerError } from "scarf-tomo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "./server/start-gateway.js";
import { alterResource } from "./testing/altered-resource.js";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmit, pacUpload, pacUploadBody } from "./testing/recorded.js";
import { removeFolder } from "./testing/remove-folder.js";
import { wsCall } from "./testing/ws-call.js";

function ask(port: number, path: string, headers = "", method = "GET"): Promise<RawAnswer> {
  return sendRaw(port, `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`);
}

/** The value of a line such as `scarf_gateway_sessions 1`; labels in the order of the output. */
function readMetric(text: string, name: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

describe("operations on the service's own address", () => {
  let fixture: GatewayFixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("tell the state of things to this machine, without a log-in", async () => {
    const live = await ask(fixture.port, "/healthz/live");
    expect([live.status, live.text]).toEqual([200, '{"status":"ok"}\n']);
    const { status, text, headers } = await ask(fixture.port, "/healthz");
    const report: unknown = JSON.parse(text);
    expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(report).toMatchObject({
      status: "ok",
      checks: { state: { status: "ok" }, disk: { status: "ok" }, "resource local": { status: "ok" } },
    });
    expect(text).toMatch(/"freeBytes":\d+/);
    expect(text).not.toContain(fixture.folder);
  });

  it("count requests, log-ins, jobs and bytes, and name nobody", async () => {
    const cookie = await fixture.logOn();
    const wrong = `<User><name>${userName}</name><pass>wrong</pass></User>`;
    expect((await wsCall(fixture.port, { path: "logon", body: wrong })).status).toBe(403);
    const submit = { parameters: { COMMANDTORUN: "true", JOB_NAME: "private-name" } };
    for (let time = 0; time < 2; time += 1)
      await sendRaw(fixture.port, pacSubmit(cookie, submit, "scarf-submit-key: the-same\r\n"));
    const body = pacUploadBody("up", [{ name: "private.bin", data: Buffer.alloc(2_000_000) }]);
    await sendRaw(fixture.port, pacUpload("upfile/0", cookie, body));
    const chunk = { chunkid: "1", chunkamount: "2", chunkbase: "private.bin" };
    const part = pacUploadBody("up", [{ name: ".private.1", data: Buffer.alloc(1000) }], chunk);
    await sendRaw(fixture.port, pacUpload("uplargefile/0", cookie, part));
    const { text, headers } = await ask(fixture.port, "/metrics");
    expect(headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(readMetric(text, 'scarf_gateway_requests_total{operation="logon",outcome="ok"}')).toBe(1);
    expect(readMetric(text, 'scarf_gateway_requests_total{operation="submitapp",outcome="ok"}')).toBe(2);
    expect(readMetric(text, 'scarf_gateway_log_ins_total{means="password",outcome="ok"}')).toBe(1);
    expect(readMetric(text, 'scarf_gateway_log_ins_total{means="password",outcome="AUTH_FAILED"}')).toBe(1);
    // A repetition makes no second job.
    expect(readMetric(text, "scarf_gateway_jobs_submitted_total")).toBe(1);
    expect(readMetric(text, "scarf_gateway_sessions")).toBe(1);
    expect(readMetric(text, "scarf_gateway_unfinished_uploads")).toBe(1);
    expect(readMetric(text, "scarf_gateway_spool_bytes")).toBe(1000);
    expect(readMetric(text, 'scarf_gateway_resource_up{resource="local"}')).toBe(1);
    expect(readMetric(text, "scarf_gateway_received_bytes_total")).toBeGreaterThan(2_001_000);
    expect(readMetric(text, 'scarf_gateway_request_seconds_count{operation="upfile"}')).toBe(1);
    expect(readMetric(text, "process_resident_memory_bytes")).toBeGreaterThan(1e7);
    for (const secret of [userName, password, "private", cookie.slice(0, 40), fixture.folder])
      expect(text).not.toContain(secret);
    // Every line is one that Prometheus reads.
    for (const line of text.split("\n").filter((one) => one !== ""))
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="[^"\\]*",?)+\})? [\d.eE+-]+|\w+\{.*le="\+Inf".*\} \d+)$/,
      );
  });

  it("are for nobody who comes through a proxy, and take no other method", async () => {
    for (const header of [
      "X-Forwarded-For: 10.0.0.1",
      "X-Real-IP: 10.0.0.1",
      "Forwarded: for=10.0.0.1",
      "Via: 1.1 x",
    ])
      expect([header, (await ask(fixture.port, "/metrics", `${header}\r\n`)).status]).toEqual([header, 404]);
    expect((await ask(fixture.port, "/metrics", "Content-Length: 0\r\n", "POST")).status).toBe(405);
    for (const path of ["/metrics/", "//metrics", "/platform/metrics", "/healthz?x"])
      expect([path, (await ask(fixture.port, path)).status]).toEqual([path, 404]);
  });
});

describe("operations elsewhere", () => {
  let folder: string;
  const gateways: Gateway[] = [];
  const start = async (
    changes: Parameters<typeof startGateway>[0] & object,
    broken = false,
  ): Promise<Gateway> => {
    const local = new LocalResource({ workspace: join(folder, "workspace") });
    const resource = broken
      ? alterResource(
          local,
          { ping: () => Promise.reject(new SchedulerError("SCHEDULER_UNAVAILABLE", "away")) },
          () => ({}),
        )
      : local;
    const gateway = await startGateway(
      { listen: "127.0.0.1:0", log: { level: "silent" }, ...changes },
      { resources: [resource] },
    );
    gateways.push(gateway);
    return gateway;
  };
  const portOf = (url = ""): number => Number(new URL(url).port);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-operations-"));
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
    await removeFolder(folder);
  });

  it("on an address of their own are not on the service's", async () => {
    const gateway = await start({ stateDirectory: join(folder, "a"), operations: { listen: "127.0.0.1:0" } });
    expect(gateway.operationsUrl).not.toBe(gateway.url);
    expect((await ask(portOf(gateway.url), "/metrics")).status).toBe(404);
    expect((await ask(portOf(gateway.operationsUrl), "/metrics")).text).toContain("scarf_gateway_info");
    expect((await ask(portOf(gateway.operationsUrl), "/platform/ws/ping")).status).toBe(404);
  });

  it("are not on an address that a proxy leads to, nor anywhere when they are switched off", async () => {
    for (const [name, changes] of Object.entries({
      proxy: { trustedProxies: ["127.0.0.1"] },
      off: { operations: { enabled: false, listen: "127.0.0.1:0" } },
    })) {
      const gateway = await start({ stateDirectory: join(folder, name), ...changes });
      expect([gateway.operationsUrl, (await ask(portOf(gateway.url), "/healthz")).status]).toEqual([
        undefined,
        404,
      ]);
    }
  });

  it("are for this machine only, whoever else the service is for", async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === "IPv4" && !one.internal)?.address;
    const gateway = await start({
      stateDirectory: join(folder, "wide"),
      listen: "0.0.0.0:0",
      insecure: true,
    });
    expect((await ask(portOf(gateway.url), "/healthz")).status).toBe(200);
    if (outside === undefined) return;
    const answer = await fetch(`http://${outside}:${portOf(gateway.url)}/healthz`);
    expect(answer.status).toBe(404);
  });

  it("say what is broken: a resource that is away, a state directory that can't be written to", async () => {
    const gateway = await start(
      { stateDirectory: join(folder, "broken"), limits: { freeDiskBytes: 2 ** 50 } },
      true,
    );
    const { status, text } = await ask(portOf(gateway.url), "/healthz");
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({
      status: "failing",
      checks: {
        state: { status: "ok" },
        disk: { status: "degraded" },
        "resource local": { status: "failing", code: "SCHEDULER_UNAVAILABLE" },
      },
    });
    const metrics = (await ask(portOf(gateway.url), "/metrics")).text;
    expect(readMetric(metrics, 'scarf_gateway_resource_up{resource="local"}')).toBe(0);
    // The process lives all the same: nothing is won by starting it again.
    expect((await ask(portOf(gateway.url), "/healthz/live")).status).toBe(200);
    // Root may write where nobody may.
    if (process.getuid?.() === 0) return;
    const other = await start({ stateDirectory: join(folder, "readonly") });
    await chmod(join(folder, "readonly", "spool"), 0o500);
    const failing = await ask(portOf(other.url), "/healthz");
    await chmod(join(folder, "readonly", "spool"), 0o700);
    expect([failing.status, failing.text.includes('"state":{"status":"failing"')]).toEqual([503, true]);
  });
});
