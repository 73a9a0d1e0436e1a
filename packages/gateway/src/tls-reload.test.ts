import { copyFile, mkdir, mkdtemp, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { Agent, get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { makeCertificates, type TestCertificates } from "scarf-tomo/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "./server/start-gateway.js";
import { removeFolder } from "./testing/remove-folder.js";
import { waitFor } from "./testing/wait-for.js";

describe("certificates that are renewed while the gateway runs", () => {
  let folder: string;
  let gateway: Gateway;
  let renewed: TestCertificates;
  let first: TestCertificates;
  const inForce = (): { cert: string; key: string } => ({
    cert: join(folder, "live", "cert.pem"),
    key: join(folder, "live", "key.pem"),
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-renewal-"));
    for (const name of ["first", "renewed", "live"]) await mkdir(join(folder, name));
    first = await makeCertificates(join(folder, "first"));
    renewed = await makeCertificates(join(folder, "renewed"));
    await install(first);
    gateway = await startGateway({
      listen: "127.0.0.1:0",
      stateDirectory: join(folder, "state"),
      tls: { ...inForce(), reloadSeconds: 0.1 },
      log: { file: join(folder, "gateway.log"), auditFile: join(folder, "audit.log") },
      resources: { local: { kind: "local", workspace: join(folder, "workspace") } },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await removeFolder(folder);
  });

  async function install({ cert, key }: TestCertificates): Promise<void> {
    await copyFile(cert, inForce().cert);
    await copyFile(key, inForce().key);
  }

  /** The certificate that a new connection gets, by its authority. */
  async function seenBy({ caFile }: TestCertificates): Promise<boolean> {
    const ca = await readFile(caFile);
    return new Promise((resolve) => {
      const socket: TLSSocket = connect({ host: "127.0.0.1", port: portOf(gateway), ca }, () => {
        resolve(true);
        socket.destroy();
      });
      socket.once("error", () => resolve(false));
    });
  }

  const readLog = (): Promise<string> => readFile(join(folder, "gateway.log"), "utf8");

  it("keeps the old one as long as the new pair can't be used, and says so once", async () => {
    await copyFile(renewed.cert, inForce().cert);
    await waitFor(async () => ((await readLog()).includes("stays in force") ? true : undefined));
    expect(await readLog()).toContain("expected the key of the certificate");
    expect([await seenBy(first), await seenBy(renewed)]).toEqual([true, false]);
    await writeFile(inForce().cert, "-----BEGIN CERTIFICATE-----\nhalf of it");
    await waitFor(async () =>
      (await readLog()).includes("expected a certificate in PEM") ? true : undefined,
    );
    // Looked at several times since; a pair that is no better is not told again.
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await readLog()).split("stays in force").length - 1).toBe(2);
    // Asked for by SIGHUP: the operator is told again.
    await gateway.reload();
    expect((await readLog()).split("stays in force").length - 1).toBe(3);
    expect(await seenBy(first)).toBe(true);
  });

  it("takes the new one over, by a symbolic link too, and leaves open connections alone", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: await readFile(first.caFile) });
    const ask = (): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const request = get(`${gateway.pacUrl}ws/version`, { agent }, (response) => {
          response.resume().once("end", () => resolve(request.reusedSocket));
        }).once("error", reject);
      });
    await install(first);
    expect(await ask()).toBe(false);
    for (const name of ["cert", "key"] as const) {
      await symlink(renewed[name], join(folder, "link"));
      await rename(join(folder, "link"), inForce()[name]);
    }
    await waitFor(async () => ((await seenBy(renewed)) ? true : undefined));
    expect(await seenBy(first)).toBe(false);
    expect(await ask(), "on the connection of before").toBe(true);
    agent.destroy();
    expect(await readLog()).toContain("a new certificate is in force");
    expect(await readLog()).not.toContain("PRIVATE KEY");
  });

  it("does not fall for a new one that has expired, and warns of one that soon will", async () => {
    await mkdir(join(folder, "short"));
    const day = 86_400_000;
    const old = await makeCertificates(join(folder, "short"), { notAfter: new Date(Date.now() - day) });
    await rename(old.cert, inForce().cert);
    await rename(old.key, inForce().key);
    await waitFor(async () => ((await readLog()).includes("has expired on") ? true : undefined));
    expect(await seenBy(renewed)).toBe(true);
    const short = await makeCertificates(join(folder, "short"), {
      notAfter: new Date(Date.now() + 3.5 * day),
    });
    await rename(short.cert, inForce().cert);
    await rename(short.key, inForce().key);
    await gateway.reload();
    expect(await readLog()).toContain('"days":3,"msg":"the certificate expires soon"');
    expect(await seenBy(short)).toBe(true);
  });

  it("tells until when it holds", async () => {
    const { port } = new URL(gateway.url);
    const ca = await readFile(join(folder, "short", "ca.pem"));
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        get({ host: "127.0.0.1", port, path, ca, agent: false }, (response) => {
          let text = "";
          response
            .setEncoding("utf8")
            .on("data", (piece: string) => (text += piece))
            .once("end", () => resolve(text));
        }).once("error", reject);
      });
    expect(await ask("/healthz")).toContain('"certificate":{"status":"ok","days":3}');
    const expires = /^scarf_gateway_certificate_expires_timestamp_seconds (\d+)$/m.exec(
      await ask("/metrics"),
    )?.[1];
    expect((Number(expires) - Date.now() / 1000) / 86_400).toBeCloseTo(3.5, 1);
  });

  it("opens its log files anew when it is asked to, as log rotation needs it", async () => {
    for (const name of ["gateway.log", "audit.log"])
      await rename(join(folder, name), join(folder, `${name}.1`));
    await gateway.reload();
    await gateway.reload();
    expect(await readLog()).toBe("");
  });
});

function portOf(gateway: Gateway): number {
  return Number(new URL(gateway.url).port);
}
