import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PacResource } from "../pac-resource.js";
import { makeCertificates } from "../../../testing/certificates.js";
import { failureOf } from "../testing/test-resource.js";

/** Services that take nobody without a certificate, as real ones are set up. */
describe("log-in by certificate", () => {
  const passphrase = "a passphrase of the test";
  let folder: string;
  let caFile: string;
  let certFile: string;
  let keyFile: string;
  let passphraseFile: string;
  let server: Server;
  const cookies: (string | undefined)[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "scarf-certificate-"));
    const made = await makeCertificates(folder);
    ({ caFile } = made);
    const encrypted = createPrivateKey(made.pem.key).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase,
    });
    const file = async (name: string, content: string): Promise<string> => {
      await writeFile(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    certFile = await file("client.pem", made.pem.cert);
    keyFile = await file("client.key", String(encrypted));
    passphraseFile = await file("passphrase", `${passphrase}\n`);
    const ca = await readFile(caFile);
    const options = { ...made.pem, ca, requestCert: true, rejectUnauthorized: true };
    server = createServer(options, (request, response) => {
      cookies.push(request.headers.cookie);
      const logon = request.url?.includes("logon") === true;
      if (request.url?.includes("/ws/") === true) response.writeHead(404);
      request.resume();
      response.end(
        logon ? "<User><name>bob</name><jtoken>0000abc:-1</jtoken></User>" : "<Jobs><note>none</note></Jobs>",
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  function resource(login: ConstructorParameters<typeof PacResource>[0]["login"]): PacResource {
    const address = server.address();
    const port = address instanceof Object ? address.port : 0;
    const baseUrl = `https://127.0.0.1:${port}/platform/`;
    return new PacResource({
      id: "portal",
      baseUrl,
      caFile,
      retry: { attempts: 1 },
      ...(login && { login }),
    });
  }

  it("opens an encrypted key, and keeps what the answer adds to the cookie", async () => {
    const by = resource({ kind: "certificate", certFile, keyFile, passphraseFile });
    const session = await by.logIn({ userName: "" });
    expect([session.userName, session.capabilities.password]).toEqual(["bob", false]);
    expect(await session.list()).toEqual([]);
    expect(cookies.slice(-2)).toEqual(["platform_token=", "platform_token=,JSESSIONID=0000abc:-1"]);
    const saved = session.save();
    expect(JSON.stringify(saved)).not.toContain("PRIVATE KEY");
    expect(await by.resume(saved).list()).toEqual([]);
    await by.close();
  });

  it("says what is wrong with passphrase or file, and shows none of it", async () => {
    const kind = "certificate" as const;
    for (const more of [{}, { passphrase: "not this one" }]) {
      const failure = await failureOf(resource({ kind, certFile, keyFile, ...more }).logIn({ userName: "" }));
      expect([failure.code, failure.message]).toEqual([
        "CONFIG_INVALID",
        expect.stringContaining("the passphrase is wrong or missing"),
      ]);
      expect(JSON.stringify([failure.message, failure.context, failure.stack])).not.toContain("not this one");
    }
    await chmod(passphraseFile, 0o644);
    const shared = await failureOf(
      resource({ kind, certFile, keyFile, passphraseFile }).logIn({ userName: "" }),
    );
    expect([shared.code, shared.message]).toEqual(["CONFIG_INVALID", expect.stringContaining("mode 644")]);
    await chmod(passphraseFile, 0o600);
  });

  it("who shows none is told that one is wanted", async () => {
    const failure = await failureOf(resource({ kind: "logon" }).logIn({ userName: "bob", password: "x" }));
    expect(["CONNECTION_LOST", "CONNECTION_FAILED"]).toContain(failure.code);
    expect(failure.message).toContain("it wants to see a certificate of yours");
  });
});
