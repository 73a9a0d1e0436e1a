import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bytesSource,
  isScarfError,
  type PacLogin,
  PacResource,
  type PacResourceOptions,
  type ScarfError,
  type Session,
  waitForJob,
} from "scarf-tomo";
import { makeCertificates, makeClientCertificate } from "scarf-tomo/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import { audience, issuerName, makeIssuer, type TestIssuer } from "./testing/issuer.js";
import { addUser } from "./users/users.js";

/** Our own client, which shows who it is in ways that need no password. */
describe("log-in without a password, by our client", () => {
  let folder: string;
  let fixture: GatewayFixture;
  let issuer: TestIssuer;
  let caFile: string;
  const open: PacResource[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-proofs-"));
    const made = await makeCertificates(folder);
    ({ caFile } = made);
    issuer = await makeIssuer(folder);
    fixture = await startFixture({
      tls: { cert: made.cert, key: made.key, clientCa: caFile },
      users: { oauth2: { issuer: issuerName, audience, keys: issuer.keysFile } },
      limits: { loginDelaySeconds: 0 },
    });
    await addUser(fixture.usersFile, "anna", password);
  });
  afterEach(() => Promise.all(open.splice(0).map((resource) => resource.close())));
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function client(login: PacLogin, options: Partial<PacResourceOptions> = {}): PacResource {
    const baseUrl = fixture.gateway.pacUrl;
    const resource = new PacResource({ id: "portal", baseUrl, caFile, login, ...options });
    open.push(resource);
    return resource;
  }

  async function certificate(
    name: string,
    mode = 0o600,
  ): Promise<Extract<PacLogin, { kind: "certificate" }>> {
    const { cert, key } = await makeClientCertificate(folder, [["CN", name]]);
    const [certFile, keyFile] = [join(folder, `${name}-${mode}.pem`), join(folder, `${name}-${mode}.key`)];
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
    await chmod(keyFile, mode);
    return { kind: "certificate", certFile, keyFile };
  }

  async function tokenFile(text: string, mode = 0o600): Promise<string> {
    const file = join(folder, `token-${Math.random()}`);
    await writeFile(file, text, { mode });
    await chmod(file, mode);
    return file;
  }

  /** What a log-in is for: a job, its file, an upload, and the end. */
  async function goAllTheWay(session: Session): Promise<string> {
    expect(session.capabilities).toMatchObject({ password: false, submitOnce: true, preciseOutcomes: true });
    const id = await session.submit(
      { task: { kind: "shell", commandLine: "echo by proof" }, outputPath: "out.txt" },
      { submitKey: `key-${Math.random()}` },
    );
    expect((await waitForJob(session, id)).status).toMatchObject({ outcome: "succeeded" });
    const chunks: Buffer[] = [];
    for await (const chunk of (await session.jobFiles(id).read("out.txt")).chunks)
      chunks.push(Buffer.from(chunk));
    await session.files.write("by-proof", `${id}.txt`, bytesSource(Buffer.from("x")));
    expect((await session.list()).some((job) => job.id === id)).toBe(true);
    // A saved session goes on, and holds no secret.
    const saved = session.save();
    const resumed = session.resource.resume(structuredClone(saved));
    expect((await resumed.status([id])).get(id)).toMatchObject({ outcome: "succeeded" });
    expect(await session.explain({ task: { kind: "command", argv: ["true"] } })).not.toMatch(
      /Bearer \w|token=\w/,
    );
    await session.logOut();
    return Buffer.concat(chunks).toString();
  }

  describe.each(["current", "legacy"] as const)("in the %s generation", (generation) => {
    it("a certificate opens everything, and says whose it is", async () => {
      const resource = client(await certificate(userName), { generation });
      expect(resource.knowsUser).toBe(true);
      const session = await resource.logIn({ userName: "" });
      expect(session.userName).toBe(userName);
      expect(await session.list({ name: "nothing" })).toEqual([]);
    });

    it("a bearer token in a file opens everything, and is read anew for each request", async () => {
      const token = await issuer.token({ sub: userName });
      const file = await tokenFile(`${token}\n`);
      const session = await client({ kind: "bearer", tokenFile: file }, { generation }).logIn({ userName });
      expect(JSON.stringify(session.save())).not.toContain(token.slice(0, 20));
      await writeFile(file, "not-a-token-of-anybody");
      const failure = await failureOf(session.list());
      expect(["AUTH_FAILED", "SESSION_EXPIRED", "PERMISSION_DENIED"]).toContain(failure.code);
      expect(`${failure.message} ${JSON.stringify(failure.context)}`).not.toContain("not-a-token");
      await writeFile(file, await issuer.token({ sub: userName, jti: "renewed" }));
      expect(await session.list({ name: "nothing" })).toEqual([]);
    });
  });

  it("both go the whole way where the generation is found out", async () => {
    const token = (): Promise<string> => issuer.token({ sub: userName, jti: "supplied" });
    const byCertificate = client(await certificate(userName));
    const byToken = client({ kind: "bearer", token });
    const outputs = await Promise.all(
      [byCertificate, byToken].map(async (resource) => goAllTheWay(await resource.logIn({ userName }))),
    );
    expect(outputs).toEqual(["by proof\n", "by proof\n"]);
  });

  it("IBM's stored form of a token tells the user, too", async () => {
    const file = await tokenFile(`OAuth2#${userName}::${await issuer.token({ sub: userName })}`);
    const resource = client({ kind: "bearer", tokenFile: file });
    expect((await resource.logIn({ userName: "" })).userName).toBe(userName);
    expect((await failureOf(resource.logIn({ userName: "anna" }))).message).toContain(
      `the one of ${userName}, not of anna`,
    );
  });

  it.each([
    ["of another issuer", () => makeIssuer(folder).then((other) => other.token({ sub: userName }))],
    ["of another user", () => issuer.token({ sub: "anna" })],
    ["that has run out", () => issuer.token({ sub: userName, exp: 1_000_000_000 })],
  ])("a token %s is not accepted, and not shown", async (_what, make) => {
    const token = await make();
    if (_what === "of another issuer") await issuer.rotate();
    const failure = await failureOf(client({ kind: "bearer", token: () => token }).logIn({ userName }));
    expect(failure.code).toBe("AUTH_FAILED");
    expect(failure.hint).toContain("token");
    const all = [failure.message, failure.hint, failure.stack, JSON.stringify(failure.context)].join(" ");
    expect(all).not.toContain(token);
  });

  it("files that others can read are refused before anything is sent", async () => {
    const readable = await failureOf(client(await certificate("anna", 0o644)).logIn({ userName: "" }));
    expect([readable.code, readable.message]).toEqual([
      "CONFIG_INVALID",
      expect.stringContaining("mode 644"),
    ]);
    const file = await tokenFile(await issuer.token({ sub: userName }), 0o640);
    const token = await failureOf(client({ kind: "bearer", tokenFile: file }).logIn({ userName }));
    expect([token.code, token.hint]).toEqual(["CONFIG_INVALID", expect.stringContaining("chmod 600")]);
    for (const text of ["", "two words", "a\nb", "<html>"]) {
      const odd = await failureOf(
        client({ kind: "bearer", tokenFile: await tokenFile(text) }).logIn({ userName }),
      );
      expect([text, odd.code]).toEqual([text, "CONFIG_INVALID"]);
    }
  });

  it("a certificate of somebody else, of nobody, or one that fits no key says so", async () => {
    const anna = await certificate("anna");
    const wrongUser = await failureOf(client(anna).logIn({ userName }));
    expect([wrongUser.code, wrongUser.message]).toEqual([
      "AUTH_FAILED",
      `The certificate is the one of anna on portal, not of ${userName}.`,
    ]);
    const nobody = await failureOf(client(await certificate("nobody")).logIn({ userName: "" }));
    expect(nobody.code).toBe("AUTH_FAILED");
    const { keyFile } = await certificate(userName);
    const mixed = await failureOf(client({ ...anna, keyFile }).logIn({ userName: "" }));
    expect([mixed.code, mixed.message]).toEqual([
      "CONFIG_INVALID",
      expect.stringContaining("don't belong together"),
    ]);
    const noFile = await failureOf(
      client({ ...anna, certFile: join(folder, "none") }).logIn({ userName: "" }),
    );
    expect([noFile.code, noFile.hint]).toEqual(["CONFIG_INVALID", expect.stringContaining("certFile")]);
    expect(() => client(anna, { baseUrl: "http://127.0.0.1:1/platform/" })).toThrow("only over https");
  });

  it("the key's content is in no error", async () => {
    const anna = await certificate("anna");
    const secret = (await readFile(anna.keyFile, "utf8")).split("\n")[1] ?? "";
    await writeFile(anna.keyFile, `-----BEGIN PRIVATE KEY-----\n${secret}\n`);
    const failure = await failureOf(client(anna).logIn({ userName: "" }));
    expect(failure.code).toBe("CONFIG_INVALID");
    expect([failure.message, failure.stack, JSON.stringify(failure.context)].join(" ")).not.toContain(secret);
  });
});

async function failureOf(call: Promise<unknown>): Promise<ScarfError> {
  try {
    await call;
  } catch (error) {
    if (isScarfError(error)) return error;
    throw error;
  }
  throw new Error("It should have failed.");
}
