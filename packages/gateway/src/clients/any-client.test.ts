import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "../testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "../testing/raw-http.js";
import { WireUser } from "../testing/wire-user.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const base = "/platform/webservice/pacclient";
const logOnBody = `<User><name>${userName}</name> <pass>${password}</pass> </User>`;

/** What is the same for all clients, or sent by one in one place only. */
describe("any client", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("absolute form of the target", async () => {
    const { text } = await fixture.get("http://127.0.0.1/platform/webservice/pacclient/ping", user.token);
    expect(text).toContain("Web Services are ready");
  });

  it.each([
    [
      "absolute form, as Mantid's other client sends it",
      "GET https://portal:8443/platform/webservice/pacclient/ping",
    ],
    ["absolute form of the current generation", "GET http://h:8080/platform/ws/version"],
    ["absolute form with two slashes", "GET https://h//platform//webservice/pacclient/ping/"],
    ["with the context path", "GET /platform/webservice/pacclient/ping"],
    ["without it", "GET /webservice/pacclient/ping/"],
    ["with it twice", "GET /platform/platform/webservice/pacclient/ping/"],
    ["the current generation without it", "GET /ws/ping"],
    ["an empty query", "GET /platform/webservice/pacclient/ping/?"],
    ["other letters in the operation", "GET /platform/webservice/pacclient/Ping"],
  ])("address: %s", async (_, line) => {
    const answer = await user.send(line, []);
    expect([answer.status, answer.text]).toEqual([
      200,
      expect.stringMatching(/Web Services are ready|ProductInformation/),
    ]);
  });

  it.each(["logon", "logon/"])("address: %s, by GET and POST", async (path) => {
    for (const method of ["GET", "POST"]) {
      const answer = await user.send(`${method} ${base}/${path}`, [], logOnBody);
      expect(answer.text).toContain("<token>scarf362");
    }
  });

  it.each(["logout", "logout/"])("address: %s", async (path) => {
    const other = await WireUser.logOn(fixture);
    expect((await other.get(path)).text).toBe("ok");
  });

  it.each(["/cgi-bin/token.py", "//cgi-bin/token.py", "https://portal.scarf.rl.ac.uk//cgi-bin/token.py"])(
    "address: %s",
    async (path) => {
      const right = await user.send(
        `GET ${path}?username=${userName}&password=${encodeURIComponent(password)}`,
        [],
      );
      expect(right.text).toMatch(/^http:\/\/h:8080\/platform\/\nscarf362"[^\r]*\n$/);
      const wrong = await user.send(`GET ${path}?username=${userName}&password=wrong`, []);
      // Clients look for the address in a success, and show any other text.
      expect([wrong.status, wrong.text]).toEqual([200, "User name or password is wrong."]);
    },
  );

  it("address: another context path, as pac's -l http://host:8080/ctx asks for", async () => {
    await using other = await startFixture({ contextPath: "ctx" });
    const send = (path: string): Promise<RawAnswer> =>
      sendRaw(
        other.port,
        `GET ${path} HTTP/1.1\r\nHost: h:8080\r\ncookie: platform_token=\r\nContent-Length: ${logOnBody.length}\r\n\r\n${logOnBody}`,
      );
    for (const path of ["/ctx/webservice/pacclient/logon/", "/webservice/pacclient/logon/"]) {
      expect((await send(path)).text).toContain('<token>scarf362"');
    }
    expect((await send("/platform/webservice/pacclient/logon/")).status).toBe(404);
    const page = await send(
      `/cgi-bin/token.py?username=${userName}&password=${encodeURIComponent(password)}`,
    );
    expect(page.text).toContain("http://h:8080/ctx/\n");
    expect((await send("/ctx/ws/version")).text).toContain("<productName>");
  });

  it("address: brackets, quotes and angles may come unescaped; a space or a byte above 0x7F is 400, and the server goes on", async () => {
    expect((await user.get(`jobs?id=1[3]&name=a"b<c>&user=`)).status).toBe(200);
    for (const target of ["jobs?name=a b", "jobs?name=caf\xe9"]) {
      const { status } = await sendRaw(
        user.port,
        `GET ${base}/${target} HTTP/1.1\r\nHost: h\r\n${user.cookie}\r\n\r\n`,
      );
      expect([target, status]).toEqual([target, 400]);
      expect((await user.get("jobs")).status).toBe(200);
    }
  });

  const accepts = [
    "text/plain,application/xml,text/xml",
    "text/plain,application/xml,text/xml,multipart/mixed",
    "text/xml,application/xml;",
    "text/plain;",
    "text/xml",
    "text/xml;",
    "application/xml",
    "application/json",
    "multipart/mixed",
    "*/*",
    ";",
    "",
  ];
  it.each(accepts)("Accept: %j is never refused, whatever is asked for", async (accept) => {
    const headers = accept === "" ? [] : [`Accept: ${accept}`];
    for (const [path, text] of [
      ["jobs?user=&details=&past=", "<Jobs>"],
      ["appStatus", "<AppInfos>"],
      ["ping/", "Web Services are ready"],
      ["jobOperation/kill/999999", "<errMsg>"],
      ["jobfiles/999999", "no job 999999"],
    ] as const) {
      const answer = await user.get(path, headers);
      expect([path, answer.status, answer.text]).toEqual([path, 200, expect.stringContaining(text)]);
    }
    const ws = await user.ws({ path: "jobs", headers: [user.cookie, ...headers] });
    expect([ws.status, ws.text.startsWith("{")]).toEqual([200, accept === "application/json"]);
  });

  it.each([
    "application/json",
    "application/xml",
    "application/xml ",
    "plain/text",
    "text/plain;",
    "nonsense",
    "multipart/mixed",
    "",
  ])("Content-Type: %j of a request without or with another body changes nothing", async (type) => {
    const headers = type === "" ? [] : [`Content-Type: ${type}`];
    expect((await user.get("jobs?user=&details=&past=", headers)).text).toContain("<Jobs>");
    expect((await user.get("appParams", headers, "generic")).text).toContain("<id>COMMANDTORUN</id>");
    expect((await user.send(`GET ${base}/logon/`, headers, logOnBody)).text).toContain("<token>");
    const settings = await user.ws({ path: "notifications/settings", headers: [user.cookie, ...headers] });
    expect(settings.text).toContain("<UserName>");
    const command = await user.send(
      `POST ${base}/userCmd`,
      [...headers, user.cookie],
      "<UserCmd><cmd>bkill 999999</cmd></UserCmd>",
    );
    expect(command.text).toContain("<errMsg>You have no job 999999 here.");
  });

  it("what may vary from client to client: language, compression, the case of headers, other cookies", async () => {
    const answer = await user.send(`GET ${base}/jobs?user=&details=&past=`, [
      "ACCEPT-LANGUAGE: de-de",
      "accept-encoding: gzip, deflate",
      `cOOkie: a=b; platform_token=${user.token}; c="d;e"`,
      "user-agent: Python-httplib2/0.20.4 (gzip)",
    ]);
    expect(answer.text).toMatch(/<note>No matching job found<\/note>|<Job>/);
    expect(answer.headers.has("content-encoding")).toBe(false);
    // State changes by GET here: no cache may answer or repeat it.
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    ["of a session that has ended", `${userName}#quote#2015-02-10T18:50:00Z#quote#Mv2==#quote#054L==`],
    ["of three parts", "scarf362#quote#2015-02-10T18:50:00Z#quote#Mv2ncX8Z"],
    ["that is empty", ""],
    ["that is no token", "x"],
    ["of great length", "x".repeat(12_000)],
  ])(
    "a token %s: every operation says it in the form that its clients know, and none asks for credentials",
    async (_, token) => {
      const cookie = `Cookie: platform_token=${token}`;
      const words = "Your current login session was logout";
      for (const [line, root] of [
        ["GET jobs?user=&details=&past=", "Jobs"],
        ["GET jobsforstatus/Running", "Jobs"],
        ["GET jobOperation/kill/1", "Job"],
        ["POST submitapp", "Job"],
        ["POST userCmd", "UserCmd"],
        ["GET appStatus", "AppInfos"],
        ["GET appParams", "AppParams"],
      ] as const) {
        const [method, path] = line.split(" ");
        const answer = await user.send(`${method} ${base}/${path}`, [cookie], "x");
        expect([line, answer.status]).toEqual([line, 200]);
        expect(answer.text.startsWith(`${xml}<${root}><errMsg>${words}`)).toBe(true);
        expect(answer.headers.has("www-authenticate")).toBe(false);
      }
      for (const line of ["GET jobfiles/1", "POST upfile/0", "POST uplargefile/0", "GET logout/"]) {
        const [method, path] = line.split(" ");
        const answer = await user.send(`${method} ${base}/${path}`, [cookie], "x");
        expect([line, answer.status]).toEqual([line, 200]);
        expect(answer.text).toContain(words);
        // A text with a slash would be taken for a list of files, one with the word of success for a success.
        expect(answer.text).not.toMatch(/[/\\]|successfully/);
      }
      for (const accept of ["text/plain", "multipart/mixed"]) {
        const file = await user.send(`GET ${base}/file/1`, [cookie, `Accept: ${accept}`], "x");
        expect([file.status, file.body.length, file.headers.has("www-authenticate")]).toEqual([
          403,
          0,
          false,
        ]);
      }
      const ws = await user.ws({ path: "jobs", headers: [cookie] });
      expect([ws.status, ws.text.startsWith(`${xml}<error><message>${words}`)]).toEqual([403, true]);
      expect(ws.headers.has("www-authenticate")).toBe(false);
    },
  );

  it("an errMsg is literal, without attributes, and never empty", async () => {
    for (const path of [
      "jobs?status=Running2",
      "jobs?user=somebody",
      "jobOperation/dance/1",
      "jobOperation/kill/",
      "jobs?past=x",
    ]) {
      const { status, text } = await user.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).toMatch(
        /^<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?><Jobs?><errMsg>[^<]+<\/errMsg>/,
      );
    }
  });
});
