import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  parseApplicationForm,
  parseJobHistory,
  parseWsApplicationFields,
  parseWsLogonAnswer,
} from "scarf-tomo/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import type { RawAnswer } from "./testing/raw-http.js";
import { waitFor } from "./testing/wait-for.js";
import { type WsCall, wsCall } from "./testing/ws-call.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const asJson = "Accept: application/json";
const asXml = "Accept: text/xml,application/xml;";
const form = "Content-Type: application/x-www-form-urlencoded";
const user = `<User><name>${userName}</name> <pass>${password}</pass> </User>`;

/** A submit as Bridge cuts it: no line end behind the last delimiter. */
function submitBody(command: string, more = ""): string {
  return (
    '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
    '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
    `--P\r\n\r\n<AppParam><id>COMMANDTORUN</id><value>${command}</value><type></type></AppParam>\r\n` +
    "--P\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n" +
    `${more}--P--\r\n\r\n--B--`
  );
}

describe("clients of the current generation", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture();
    cookie = `Cookie: platform_token=${await fixture.logOn()}`;
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const call = (request: WsCall): Promise<RawAnswer> => wsCall(fixture.port, request);

  async function submit(command: string): Promise<string> {
    const headers = ["Content-Type: multipart/mixed; boundary=B", asJson, cookie];
    const answer = await call({ path: "jobs/submit", headers, body: submitBody(command) });
    expect([answer.status, answer.text]).toEqual([200, expect.stringMatching(/^\{"id":\d+\}$/)]);
    return /\d+/.exec(answer.text)?.[0] ?? "";
  }

  async function endOf(id: string): Promise<string> {
    return waitFor(async () => {
      const { text } = await call({ path: `jobs/${id}`, headers: [asJson, cookie] });
      return /"jobStatus":"(DONE|EXIT)"/.exec(text)?.[1];
    });
  }

  it("Bridge: log-on, submit with a number, one job as an object, history, in JSON", async () => {
    const logon = await call({
      path: "logon",
      headers: [
        "User-Agent: Go-http-client/1.1",
        "Content-Type: application/xml",
        asJson,
        "Accept-Encoding: gzip",
      ],
      body: user,
    });
    expect([logon.status, logon.headers.get("content-type")]).toEqual([
      200,
      "application/json; charset=utf-8",
    ]);
    expect(logon.text).toMatch(/^\{"csrftoken":"[0-9a-f-]{36}","token":"[^"]*\\"/);
    const { token } = parseWsLogonAnswer(logon.text);
    // Bridge parses the second part with exactly this layout.
    expect(token).toMatch(/^scarf362"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/);
    const own = `Cookie: platform_token=${token.replaceAll('"', "#quote#")}`;
    const sent = await call({
      path: "jobs/submit",
      headers: ["Content-Type: multipart/mixed; boundary=B", asJson, own],
      body: submitBody("echo bridge; exit 3"),
    });
    // A number: Bridge takes a text for a failure.
    const id = /^\{"id":(\d+)\}$/.exec(sent.text)?.[1] ?? "";
    expect(await endOf(id)).toBe("EXIT");
    const { text } = await call({ path: `jobs/${id}`, headers: [asJson, own] });
    expect(JSON.parse(text)).toMatchObject({
      "@total": "1",
      job: {
        jobId: id,
        jobStatus: "EXIT",
        exitStatus: "3",
      },
    });
    expect(text).toMatch(/"startTime":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000"/);
    const history = await call({ path: `jobhistory?ids=${id}`, headers: [asJson, own] });
    expect(history.status).toBe(200);
    expect(history.text).toContain("Completed <exit>");
    expect(history.text).not.toContain("Done successfully.");
  });

  it("Bridge: uploads to the part dir without Content-ID, bkill by userCmd", async () => {
    const id = await submit("sleep 60");
    const upload = await call({
      path: `jobfiles/upload/${id}`,
      headers: ["Content-Type: multipart/mixed; boundary=B", asJson, cookie],
      body:
        '--B\r\nContent-Disposition: form-data; name="dir"\r\n\r\n\r\n' +
        '--B\r\nContent-Disposition: form-data; name="run.sh"; filename="run.sh"\r\n\r\nab\r\n\r\n--B--',
    });
    expect(upload.status).toBe(200);
    expect(upload.text).toMatch(
      /^\{"message":"The file .*run\.sh \(4 bytes\) was uploaded successfully\."\}$/,
    );
    const path = decodeURIComponent(upload.headers.get("scarf-path") ?? "");
    expect(await readFile(path, "utf8")).toBe("ab\r\n");
    const killed = await call({
      path: "userCmd",
      headers: ["Content-Type: application/xml", asJson, cookie],
      body: `<UserCmd><cmd>bkill ${id}</cmd></UserCmd>`,
    });
    expect([killed.status, killed.text]).toEqual([200, `{"cmdMsg":"Job <${id}> is being terminated"}`]);
    expect(await endOf(id)).toBe("EXIT");
    const { text } = await call({ path: `jobhistory?ids=${id}`, headers: [asXml, cookie] });
    expect(parseJobHistory(text)[0]?.text).toContain("<KILL>");
  });

  it("BatchEuphoria: an empty ping, f1 named by its Content-ID, details in XML, a content type with a space", async () => {
    const ping = await call({
      path: "ping",
      headers: ["Content-Type: text/plain ", "Accept: application/xml"],
      body: "",
    });
    expect([ping.status, ping.text]).toEqual([
      200,
      `${xml}<Message><message>Web Services are ready on URL: http://h:8080/platform/</message></Message>`,
    ]);
    const logon = await call({
      path: "logon",
      headers: ["Content-Type: application/xml", asXml],
      body: user,
    });
    const token = /^<\?xml[^>]*><User><token>(scarf362"[^<]*)<\/token><\/User>$/.exec(logon.text)?.[1] ?? "";
    expect(token).not.toBe("");
    const own = `Cookie: platform_token=${token.replaceAll('"', "#quote#")}`;
    const sent = await call({
      path: "jobs/submit",
      headers: ["Content-Type: multipart/mixed;boundary=B", asXml, own],
      body:
        '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
        '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
        '--P\r\nContent-Disposition: form-data; name="COMMAND"\r\nContent-Type: application/xml; charset=UTF-8\r\n\r\n' +
        "<AppParam><id>COMMANDTORUN</id><value>sh script.sh &amp;&amp; echo ok</value><type></type></AppParam>\r\n" +
        "--P\r\n\r\n<AppParam><id>INPUT_FILE</id><value>script.sh,upload</value><type>file</type></AppParam>\r\n" +
        "--P\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n--P--\r\n\r\n" +
        '--B\r\nContent-Disposition: form-data; name="f1"\r\nContent-Type: application/octet-stream\r\nContent-ID: <script.sh>\r\n\r\necho ran\n\r\n--B--\r\n',
    });
    // The whole text of the document is the id.
    const id = sent.text.replaceAll(/<[^>]*>/g, "");
    expect(sent.text).toBe(`${xml}<Job><id>${id}</id></Job>`);
    expect(await endOf(id)).toBe("DONE");
    const details = await call({ path: `jobs/${id}`, headers: ["Accept: application/xml", own] });
    expect(details.text).toMatch(
      /^<\?xml[^>]*><jobs xmlns:atom="http:\/\/www\.w3\.org\/2005\/Atom" total="1"><atom:link rel="self" href="http:\/\/h:8080\/platform\/ws\/jobs"\/><job><jobId>/,
    );
    expect(details.text).toContain(`<jobId>${id}</jobId>`);
    expect(details.text).toContain("<jobStatus>DONE</jobStatus>");
    expect(details.text).toContain("<exitStatus>0</exitStatus>");
    const command = await call({
      path: "userCmd",
      headers: ["Content-Type: application/xml ", asXml, own],
      body: `<UserCmd><cmd>bkill ${id}</cmd></UserCmd>`,
    });
    expect([command.status, command.text]).toEqual([
      400,
      `${xml}<error><message>Job &lt;${id}&gt;: Job has already finished</message></error>`,
    ]);
    const out = await call({ path: "logout", headers: [own], body: "" });
    expect([out.status, out.text]).toEqual([200, ""]);
    const after = await call({ path: "jobs", headers: [own] });
    expect(after.status).toBe(403);
  });

  it("Janelia: the token three times, a second content type, ids=1,2", async () => {
    const ids = [await submit("sleep 60"), await submit("sleep 60")];
    const token = cookie.slice("Cookie: platform_token=".length);
    const headers = [
      "Content-Type: application/xml",
      form,
      "Accept: application/xml",
      `platform_token: ${token}`,
      `REMOTE_USER: ${userName}`,
      cookie,
    ];
    for (const [action, word] of [
      ["suspend", "stopped"],
      ["resume", "resumed"],
      ["kill", "terminated"],
    ] as const) {
      const answer = await call({ path: `jobs/${action}`, headers, body: `ids=${ids.join(",")}` });
      const lines = ids.map((id) => `Job &lt;${id}&gt; is being ${word}`);
      expect([answer.status, answer.text]).toEqual([
        200,
        expect.stringContaining(`${xml}<Message><message>${lines.join("\n")}</message>`),
      ]);
    }
    for (const id of ids) expect(await endOf(id)).toBe("EXIT");
    const info = await call({ path: "jobs/getfullinfo", headers, body: `ids=${ids.join("%2C")}` });
    expect(info.text.match(/<job>/g)).toHaveLength(2);
    expect(info.text).toContain('total="2"');
    const again = await call({ path: "jobs/requeue", headers, body: `ids=${ids[0]}` });
    expect([again.status, again.text]).toEqual([200, expect.stringContaining("is being requeued")]);
    await call({ path: "jobs/kill", headers, body: `ids=${ids[0]}` });
  });

  it("IBM curl: ping with a form, lists with filters, files, the form of an application, version", async () => {
    const curl = ["User-Agent: curl/7.68.0"];
    const ping = await call({
      path: "ping",
      headers: [...curl, form, "Accept: */*"],
      body: "url=http://a:8080/platform/",
    });
    expect(ping.text).toContain("ready on URL: http://a:8080/platform/<");
    const first = await submit("printf 'a\\000b' &gt; x.bin; echo one; mkdir sub; echo two &gt; sub/y.txt");
    expect(await endOf(first)).toBe("DONE");
    const list = await call({ path: "jobs?jobname=&username=all", headers: [...curl, asJson, cookie] });
    expect(list.text).toContain(`{"jobId":"${first}",`);
    const none = await call({ path: "jobs?jobname=nobody*", headers: [asJson, cookie] });
    expect([none.status, none.text]).toEqual([200, '{"@total":"0"}']);
    const one = await call({ path: `jobs/basicinfo?ids=${first},999`, headers: [cookie] });
    expect(one.text).toContain(`<pseudoJob><jobId>${first}</jobId>`);
    expect((await call({ path: "jobs/fullinfo", headers: [cookie] })).text).toContain("<submitTimeGMT>");

    const files = await call({ path: `jobfiles/${first}`, headers: [cookie] });
    expect(files.text).toMatch(/^<\?xml[^>]*><Message><message>PAC Server\*\/.*\/x\.bin\*FILE\*3\*true;/);
    const fetched = await call({
      path: `jobfiles/download/${first}`,
      headers: [form, "Accept: multipart/mixed", cookie],
      body: `dir=x.bin,/${first}.output`,
    });
    const delimiter = fetched.text.split("\r\n")[1] ?? "";
    expect(fetched.headers.get("content-type")).toBe(`multipart/mixed; boundary="${delimiter.slice(2)}"`);
    const head =
      "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-Length: ";
    expect(fetched.text).toBe(
      `\r\n${delimiter}\r\n${head}3\r\nContent-ID: <x.bin>\r\n\r\na\0b\r\n` +
        `${delimiter}\r\n${head}4\r\nContent-ID: <${first}.output>\r\n\r\none\n\r\n${delimiter}--`,
    );
    const root = dirname(/PAC Server\*(.*?)\*/.exec(files.text)?.[1] ?? "");
    for (const dir of ["/sub/*", "sub%2Fy.txt", `${root}/sub/y.txt`]) {
      const answer = await call({
        path: `jobfiles/download/${first}`,
        headers: [form, cookie],
        body: `dir=${dir}`,
      });
      expect([dir, answer.status, answer.text]).toEqual([
        dir,
        200,
        expect.stringContaining("<y.txt>\r\n\r\ntwo\n\r\n"),
      ]);
    }

    const params = await call({ path: "applications/appParams?name=generic", headers: [cookie] });
    const fields = parseWsApplicationFields(params.text);
    expect(params.text).toContain(`<Application total="${fields.length}"><AppParam>`);
    expect(fields).toContainEqual(expect.objectContaining({ id: "COMMANDTORUN", mandatory: true }));
    const published = await call({ path: "applications", headers: [cookie] });
    expect(published.text).toContain(
      "<AppInfo><appName>generic</appName><status>Published</status></AppInfo>",
    );
    const wholeForm = await call({ path: "applications/form?name=generic", headers: [cookie] });
    expect(parseApplicationForm(wholeForm.text).fields.map(({ id }) => id)).toEqual(
      fields.map(({ id }) => id),
    );
    const schema = await call({ path: "applications/schema?name=generic", headers: [cookie] });
    expect(schema.headers.get("content-type")).toBe("application/schema+json");
    expect(JSON.parse(schema.text)).toMatchObject({ type: "object", required: ["COMMANDTORUN"] });
    const version = await call({ path: "version" });
    expect(version.text).toMatch(
      /<ProductInformation><buildDate>-<\/buildDate><buildNo>-<\/buildNo><productName>scarf-tomo gateway<\/productName><version>\d+\.\d+\.\d+</,
    );
  });

  it("chunks come by parameters of the query, twice and in any order", async () => {
    const id = await submit("true");
    await endOf(id);
    const chunk = (number: number, data: string): Promise<RawAnswer> =>
      call({
        path: `jobfiles/upload/${id}?chunkid=${number}&chunkbase=b%2541g.dat&chunkamount=2`,
        headers: ["Content-Type: multipart/mixed; boundary=B", cookie],
        body: `--B\r\nContent-Disposition: form-data; name="f"; filename=".x.${number}"\r\n\r\n${data}\r\n--B--\r\n`,
      });
    for (const part of [await chunk(2, "two"), await chunk(2, "two")]) {
      expect(part.text).toContain("Chunk 2 of 2 of b%41g.dat was uploaded successfully.");
    }
    const whole = await chunk(1, "one");
    expect([whole.status, whole.text]).toEqual([
      200,
      expect.stringContaining("(6 bytes) was uploaded successfully."),
    ]);
    const list = (await call({ path: `jobfiles/${id}`, headers: [cookie] })).text;
    const root = dirname(/PAC Server\*(.*?)\*/.exec(list)?.[1] ?? "");
    expect(await readFile(join(root, "b%41g.dat"), "utf8")).toBe("onetwo");
  });
});
