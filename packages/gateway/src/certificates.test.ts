import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { type ClientKeyPair, makeCertificates, makeClientCertificate } from "scarf-tomo/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GatewayFixture,
  pacAccept,
  password,
  startFixture,
  userName,
} from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { addUser } from "./users/users.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const legacy = "/platform/webservice/pacclient";

describe("certificates of clients", () => {
  let folder: string;
  let fixture: GatewayFixture;
  let ca: Buffer;
  let own: ClientKeyPair;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-clients-"));
    const { caFile, cert, key } = await makeCertificates(folder);
    ca = await readFile(caFile);
    own = await makeClientCertificate(folder, [
      ["C", "UK"],
      ["O", "eScience"],
      ["CN", userName],
    ]);
    fixture = await startFixture({
      tls: { cert, key, clientCa: caFile },
      users: { certificates: { names: { "C=UK, O=eScience, OU=RAL, CN=anna smith": "anna" } } },
    });
    await addUser(fixture.usersFile, "anna", password);
  });
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function send(
    lines: readonly string[],
    body: string,
    client?: ClientKeyPair,
    more: ConnectionOptions = {},
  ): Promise<RawAnswer> {
    const length = body === "" ? [] : [`Content-Length: ${body.length}`];
    return sendRaw(
      fixture.port,
      `${[lines[0], "Host: portal:8443", ...lines.slice(1), ...length].join("\r\n")}\r\n\r\n${body}`,
      { ca, ...client, ...more },
    );
  }

  const pacLines = (path: string, method = "GET"): readonly string[] => [
    `${method} ${legacy}/${path} HTTP/1.1`,
    "content-type: application/xml",
    "cookie: platform_token=",
    `accept: ${pacAccept}`,
  ];

  it("pac: an empty log-on is answered with the name, and later calls show an empty cookie", async () => {
    const logon = await send(
      [`GET ${legacy}/logon/ HTTP/1.1`, "content-type: application/xml", `accept: ${pacAccept}`],
      "<User></User>",
      own,
    );
    expect([logon.status, logon.text]).toEqual([200, `${xml}<User><name>${userName}</name></User>`]);
    for (const path of ["jobs?user=&details=&past=", "appStatus"]) {
      const { status, text } = await send(pacLines(path), "", own);
      expect([status, text]).toEqual([200, expect.not.stringContaining("errMsg")]);
    }
    // Nothing can end a certificate; pac needs these two bytes all the same.
    expect((await send(pacLines("logout/"), "", own)).text).toBe("ok");
    expect((await send(pacLines("jobs"), "", own)).text).toContain("<note>");
  });

  it("BatchEuphoria: ws without any log-on and without a cookie", async () => {
    const answer = await send(["GET /platform/ws/jobs HTTP/1.1", "Accept: application/json"], "", own);
    expect([answer.status, answer.text]).toEqual([200, '{"@total":"0"}']);
    const ends = Date.parse(answer.headers.get("scarf-session-expires") ?? "");
    expect(ends).toBeGreaterThan(Date.now() + 300 * 86_400_000);
    const logon = await send(
      ["POST /platform/ws/logon HTTP/1.1", "Accept: application/json"],
      "<User></User>",
      own,
    );
    expect([logon.status, logon.text]).toEqual([200, `{"name":"${userName}"}`]);
  });

  it("a subject of the table names another user, whatever its CN", async () => {
    const anna = await makeClientCertificate(folder, [
      ["C", "UK"],
      ["O", "eScience"],
      ["OU", "RAL"],
      ["CN", "anna smith"],
    ]);
    const { text } = await send(["POST /platform/ws/logon HTTP/1.1"], "<User></User>", anna);
    expect(text).toBe(`${xml}<User><name>anna</name></User>`);
  });

  it.each([
    ["of no user", [["CN", "stranger"]], "of no user of this service"],
    [
      "with two names",
      [
        ["CN", "stranger"],
        ["CN", userName],
      ],
      "of no user",
    ],
    ["without the field", [["O", userName]], "of no user"],
    ["with a name that could be a path", [["CN", "../../etc"]], "of no user"],
    ["with a line end in its name", [["CN", `x\nCN=${userName}`]], "of no user"],
    ["with a field inside another", [["O", `a, CN=${userName}`]], "of no user"],
  ] as const)("one %s is told why, with its subject", async (_, subject, words) => {
    const client = await makeClientCertificate(folder, subject);
    const legacyAnswer = await send([`GET ${legacy}/logon/ HTTP/1.1`], "<User></User>", client);
    expect([legacyAnswer.status, legacyAnswer.text]).toEqual([200, expect.stringContaining(words)]);
    expect(legacyAnswer.text).toMatch(/<User><errMsg>The certificate of \S/);
    const jobs = await send(["GET /platform/ws/jobs HTTP/1.1"], "", client);
    expect([jobs.status, jobs.text]).toEqual([403, expect.stringContaining(words)]);
  });

  it.each([
    ["of another authority", () => makeClientCertificate(undefined, [["CN", userName]])],
    [
      "that has expired",
      () => makeClientCertificate(folder, [["CN", userName]], { notAfter: new Date(Date.now() - 1000) }),
    ],
    ["meant for servers", () => makeClientCertificate(folder, [["CN", userName]], { usage: "serverAuth" })],
    ["that is not there", () => Promise.resolve(undefined)],
  ])("one %s counts for nothing, and the password still does", async (_, make) => {
    const client = await make();
    const refused = await send([`GET ${legacy}/logon/ HTTP/1.1`], "<User></User>", client);
    expect(refused.text).toContain("<errMsg>The log-in has no user name or no password, and no certificate.");
    expect((await send(["GET /platform/ws/jobs HTTP/1.1"], "", client)).status).toBe(403);
    const body = `<User><name>${userName}</name> <pass>${password}</pass> </User>`;
    expect((await send([`GET ${legacy}/logon/ HTTP/1.1`], body, client)).text).toContain("<token>");
  });

  it("a token in the cookie counts more than the certificate", async () => {
    const stale = await send([`GET ${legacy}/jobs HTTP/1.1`, "cookie: platform_token=u#quote#t"], "", own);
    expect(stale.text).toContain("Your current login session was logout");
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "a resumed connection of %s is only as good as the first was",
    async (version) => {
      for (const client of [undefined, own]) {
        const options = { ca, ...client, minVersion: version, maxVersion: version };
        const session = await readSession(fixture.port, options);
        const { status } = await send(["GET /platform/ws/jobs HTTP/1.1"], "", undefined, {
          ...options,
          session,
        });
        expect([client === own, status]).toEqual([client === own, client === own ? 200 : 403]);
      }
    },
  );

  it("a page of another site can't use it from a browser", async () => {
    for (const [header, status] of [
      ["Sec-Fetch-Site: cross-site", 403],
      ["Sec-Fetch-Site: same-site", 403],
      ["Origin: https://evil.example", 403],
      ["Sec-Fetch-Site: same-origin", 200],
      ["Sec-Fetch-Site: none", 200],
    ] as const) {
      const answer = await send(["GET /platform/ws/jobs HTTP/1.1", header], "", own);
      expect([header, answer.status]).toEqual([header, status]);
    }
  });

  it("an exchanged file of authorities counts without a restart", async () => {
    const other = await mkdtemp(join(folder, "other-"));
    const authority = await makeCertificates(other);
    const file = join(folder, "ca.pem");
    const before = await readFile(file);
    const client = await makeClientCertificate(other, [["CN", userName]]);
    const ask = async (by: ClientKeyPair): Promise<number> =>
      (await send(["GET /platform/ws/jobs HTTP/1.1"], "", by)).status;
    expect(await ask(client)).toBe(403);
    await writeFile(file, await readFile(authority.caFile));
    await fixture.gateway.reload();
    expect([await ask(client), await ask(own)]).toEqual([200, 403]);
    await writeFile(file, before);
    await fixture.gateway.reload();
    expect([await ask(client), await ask(own)]).toEqual([403, 200]);
  });

  it("log-ins are in the audit log, once for each user and address", async () => {
    const lines = (await readFile(join(fixture.folder, "audit.log"), "utf8")).split("\n");
    const ok = lines.filter((line) => line.includes('"means":"certificate","outcome":"ok"'));
    expect(ok.filter((line) => line.includes(`"user":"${userName}"`))).toHaveLength(1);
    expect(lines.some((line) => line.includes('"means":"certificate","outcome":"AUTH_FAILED"'))).toBe(true);
  });
});

describe("certificates of clients elsewhere", () => {
  it("are not asked for without clientCa, and another field can name the user", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gateway-clients-"));
    const { caFile, cert, key } = await makeCertificates(folder);
    const ca = await readFile(caFile);
    const client = await makeClientCertificate(folder, [
      ["CN", "anything"],
      ["OU", userName],
    ]);
    const request = "GET /platform/ws/jobs HTTP/1.1\r\nHost: x\r\n\r\n";
    {
      await using fixture = await startFixture({ tls: { cert, key } });
      expect((await sendRaw(fixture.port, request, { ca, ...client })).status).toBe(403);
    }
    const field = { certificates: { field: "OU" } };
    await using fixture = await startFixture({ tls: { cert, key, clientCa: caFile }, users: field });
    expect((await sendRaw(fixture.port, request, { ca, ...client })).status).toBe(200);
    const wrong = join(folder, "wrong.pem");
    await writeFile(wrong, "nothing");
    await expect(startFixture({ tls: { cert, key, clientCa: wrong } })).rejects.toThrow(
      "expected certificates of authorities in PEM as tls.clientCa",
    );
    await rm(folder, { recursive: true });
  });
});

/** The session of a first connection, to be resumed by a second. TLS 1.3 sends it behind the handshake. */
async function readSession(port: number, options: ConnectionOptions): Promise<Buffer> {
  const socket: TLSSocket = connect({ ...options, port, host: "127.0.0.1" });
  const session = await new Promise<Buffer>((resolve, reject) => {
    socket.once("session", resolve).once("error", reject);
    socket.write("GET /platform/ws/version HTTP/1.1\r\nHost: x\r\n\r\n");
  });
  socket.destroy();
  return session;
}
