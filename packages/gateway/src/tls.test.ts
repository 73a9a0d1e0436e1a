import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isScarfError, LocalResource, PacResource, type ScarfError, waitForJob } from "scarf-tomo";
import { makeCertificates, type TestCertificates } from "scarf-tomo/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { checkConfiguration } from "./configuration/gateway-configuration.js";
import { type Gateway, startGateway } from "./server/start-gateway.js";
import { removeFolder } from "./testing/remove-folder.js";
import { addUser } from "./users/users.js";

const credentials = { userName: "scarf362", password: "correct horse" };
let certificates: TestCertificates;
let certificateFolder: string;

beforeAll(async () => {
  certificateFolder = await mkdtemp(join(tmpdir(), "gateway-certificates-"));
  certificates = await makeCertificates(certificateFolder);
});
afterAll(() => rm(certificateFolder, { recursive: true }));

async function failureOf(work: Promise<unknown>): Promise<ScarfError> {
  const error: unknown = await work.then(
    () => new Error("expected a failure"),
    (reason: unknown) => reason,
  );
  if (isScarfError(error)) return error;
  throw error;
}

describe("TLS", () => {
  let folder: string;
  let gateway: Gateway;
  let local: LocalResource;
  const clients: PacResource[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-tls-"));
    await addUser(join(folder, "state", "users"), credentials.userName, credentials.password);
    local = new LocalResource({ workspace: join(folder, "workspace"), idleSeconds: 0.2 });
    const { cert, key } = certificates;
    gateway = await startGateway(
      {
        // With TLS other addresses than loopback are allowed, without being insecure.
        listen: "0.0.0.0:0",
        stateDirectory: join(folder, "state"),
        tls: { cert, key },
        log: { level: "silent", auditFile: join(folder, "audit.log") },
      },
      { resources: [local] },
    );
  });
  afterEach(async () => {
    for (const one of clients.splice(0)) await one.close();
  });
  afterAll(async () => {
    await gateway.close();
    await local.close();
    await removeFolder(folder);
  });

  function client(scheme: "https" | "http", caFile?: string): PacResource {
    const origin = `${scheme}://127.0.0.1:${new URL(gateway.url).port}`;
    const resource = new PacResource({
      id: "cluster",
      baseUrl: `${origin}/platform/`,
      login: { kind: "token-page", url: `${origin}/cgi-bin/token.py` },
      retry: { attempts: 1 },
      ...(caFile !== undefined && { caFile }),
    });
    clients.push(resource);
    return resource;
  }

  it("goes the whole way for a client that knows the authority: log in, upload, submit, watch, download, log out", async () => {
    const resource = client("https", certificates.caFile);
    const address = `https://127.0.0.1:${new URL(gateway.url).port}/platform/`;
    expect((await resource.ping()).message).toBe(`Web Services are ready on URL: ${address}`);
    const session = await resource.logIn(credentials);
    // What the log-in page tells as the address of everything else.
    expect(session.save().state["baseUrl"]).toBe(address);
    const content = Buffer.alloc(2_000_000, "slice ");
    const source = {
      sizeBytes: content.length,
      async *read(offset = 0) {
        yield content.subarray(offset);
      },
    };
    const { path = "" } = await session.files.write("in", "scan.bin", source);
    expect((await readFile(path)).equals(content)).toBe(true);
    const task = { kind: "command", argv: ["cp", path, "out.bin"] } as const;
    const id = await session.submit({ task }, { submitKey: "tls" });
    expect(await waitForJob(session, id)).toMatchObject({ status: { outcome: "succeeded" } });
    const pieces: Buffer[] = [];
    for await (const chunk of (await session.jobFiles(id).read("out.bin")).chunks)
      pieces.push(Buffer.from(chunk));
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
    await session.logOut();
  });

  it.each([
    ["does not know the authority", "https", undefined, "TLS_UNTRUSTED"],
    ["takes it for a service without TLS", "http", undefined, "CONNECTION_LOST"],
  ] as const)("serves nobody who %s", async (_, scheme, caFile, code) => {
    const before = await readFile(join(folder, "audit.log"), "utf8");
    const failure = await failureOf(client(scheme, caFile).logIn(credentials));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain("127.0.0.1");
    expect(`${failure.message} ${failure.hint}`).not.toContain(credentials.password);
    expect(await readFile(join(folder, "audit.log"), "utf8")).toBe(before);
  });
});

describe("files of [tls] that can't work", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-tls-files-"));
    await writeFile(join(folder, "garbage.pem"), "not PEM at all\n");
  });
  afterAll(() => removeFolder(folder));

  it.each([
    [
      "no certificate",
      "garbage.pem",
      "key",
      4,
      "expected a certificate in PEM as tls.cert, found something else in",
    ],
    [
      "no key",
      "cert",
      "garbage.pem",
      5,
      "expected a private key in PEM without a passphrase as tls.key, found",
    ],
    ["a key of another certificate", "cert", "ca.key", 5, "expected the key of the certificate in"],
    ["missing", "cert", "none.pem", 5, "expected a readable file as tls.key, found none at"],
    ["a directory", "cert", ".", 5, "expected a readable file as tls.key, found none at"],
  ])("%s is told with file and line", async (_, cert, key, line, message) => {
    const pathOf = (name: string): string => {
      if (name === "cert" || name === "key") return certificates[name];
      return join(name === "ca.key" ? certificateFolder : folder, name);
    };
    const file = join(folder, "gateway.toml");
    await writeFile(
      file,
      `stateDirectory = "s"\nlisten = "127.0.0.1:0"\n[tls]\ncert = ${JSON.stringify(pathOf(cert))}\nkey = ${JSON.stringify(pathOf(key))}\n` +
        `[resources.local]\nkind = "local"\nworkspace = "w"\n`,
    );
    for (const start of [checkConfiguration, startGateway]) {
      const failure = await failureOf(start(file));
      expect(failure.code).toBe("CONFIG_INVALID");
      expect(failure.message).toContain(`${file}:${line}: ${message}`);
    }
  });
});
