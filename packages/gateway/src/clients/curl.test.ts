import { dirname } from "node:path";
import { parseApplicationForm, parseWsApplicationFields } from "scarf-tomo/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture } from "../testing/gateway-fixture.js";
import { WireUser } from "../testing/wire-user.js";
import { submitWs } from "../testing/ws-submit.js";

const asJson = "Accept: application/json";
const form = "Content-Type: application/x-www-form-urlencoded";

/** IBM's page of curl examples. */
describe("IBM's curl examples", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("ping with a form, lists with filters, files, the form of an application, version", async () => {
    const curl = ["User-Agent: curl/7.68.0"];
    const ping = await user.ws({
      path: "ping",
      headers: [...curl, form, "Accept: */*"],
      body: "url=http://a:8080/platform/",
    });
    expect(ping.text).toContain("ready on URL: http://a:8080/platform/<");
    const first = await submitWs(
      user,
      "printf 'a\\000b' &gt; x.bin; echo one; mkdir sub; echo two &gt; sub/y.txt",
    );
    expect(await user.wsEndOf(first)).toBe("DONE");
    const list = await user.ws({
      path: "jobs?jobname=&username=all",
      headers: [...curl, asJson, user.cookie],
    });
    expect(list.text).toContain(`{"jobId":"${first}",`);
    const none = await user.ws({ path: "jobs?jobname=nobody*", headers: [asJson, user.cookie] });
    expect([none.status, none.text]).toEqual([200, '{"@total":"0"}']);
    const one = await user.ws({ path: `jobs/basicinfo?ids=${first},999`, headers: [user.cookie] });
    expect(one.text).toContain(`<pseudoJob><jobId>${first}</jobId>`);
    expect((await user.ws({ path: "jobs/fullinfo", headers: [user.cookie] })).text).toContain(
      "<submitTimeGMT>",
    );

    const files = await user.ws({ path: `jobfiles/${first}`, headers: [user.cookie] });
    expect(files.text).toMatch(/^<\?xml[^>]*><Message><message>PAC Server\*\/.*\/x\.bin\*FILE\*3\*true;/);
    const fetched = await user.ws({
      path: `jobfiles/download/${first}`,
      headers: [form, "Accept: multipart/mixed", user.cookie],
      body: `dir=x.bin,/${first}.output`,
    });
    const delimiter = fetched.text.split("\r\n")[1] ?? "";
    expect(fetched.headers.get("content-type")).toBe(`multipart/mixed; boundary="${delimiter.slice(2)}"`);
    const head = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n";
    expect(fetched.text).toBe(
      `\r\n${delimiter}\r\n${head}Content-ID: <x.bin>\r\n\r\na\0b\r\n` +
        `${delimiter}\r\n${head}Content-ID: <${first}.output>\r\n\r\none\n\r\n${delimiter}--`,
    );
    const root = dirname(/PAC Server\*(.*?)\*/.exec(files.text)?.[1] ?? "");
    for (const dir of ["/sub/*", "sub%2Fy.txt", `${root}/sub/y.txt`]) {
      const answer = await user.ws({
        path: `jobfiles/download/${first}`,
        headers: [form, user.cookie],
        body: `dir=${dir}`,
      });
      expect([dir, answer.status, answer.text]).toEqual([
        dir,
        200,
        expect.stringContaining("<y.txt>\r\n\r\ntwo\n\r\n"),
      ]);
    }

    const params = await user.ws({ path: "applications/appParams?name=generic", headers: [user.cookie] });
    const fields = parseWsApplicationFields(params.text);
    expect(params.text).toContain(`<Application total="${fields.length}"><AppParam>`);
    expect(fields).toContainEqual(expect.objectContaining({ id: "COMMANDTORUN", mandatory: true }));
    const published = await user.ws({ path: "applications", headers: [user.cookie] });
    expect(published.text).toContain(
      "<AppInfo><appName>generic</appName><status>Published</status></AppInfo>",
    );
    const wholeForm = await user.ws({ path: "applications/form?name=generic", headers: [user.cookie] });
    expect(parseApplicationForm(wholeForm.text).fields.map(({ id }) => id)).toEqual(
      fields.map(({ id }) => id),
    );
    const schema = await user.ws({ path: "applications/schema?name=generic", headers: [user.cookie] });
    expect(schema.headers.get("content-type")).toBe("application/schema+json");
    expect(JSON.parse(schema.text)).toMatchObject({ type: "object", required: ["COMMANDTORUN"] });
    const version = await user.ws({ path: "version" });
    expect(version.text).toMatch(
      /<ProductInformation><buildDate>-<\/buildDate><buildNo>-<\/buildNo><productName>scarf-tomo gateway<\/productName><version>\d+\.\d+\.\d+</,
    );
  });

  it("lines end LF, the outer boundary closes before the inner one, names without quotes", async () => {
    const body = [
      "--bqJky99mlBWa-ZuqjC53mG6EzbmlxB",
      "Content-Disposition: form-data; name=AppName",
      "Content-ID: <AppName>",
      "",
      "generic",
      "--bqJky99mlBWa-ZuqjC53mG6EzbmlxB",
      "Content-Disposition: form-data; name=data",
      "Content-Type: multipart/mixed; boundary=_Part_1_701508.1145579811786",
      "Accept-Language:en-us",
      "Content-ID: <data>",
      "",
      "--_Part_1_701508.1145579811786",
      'Content-Disposition: form-data; name="COMMANDTORUN"',
      "Content-Type: application/xml; charset=UTF-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      "<AppParam><id>COMMANDTORUN</id><value>echo curl</value><type></type></AppParam>",
      "--_Part_1_701508.1145579811786",
      'Content-Disposition: form-data; name="OUTPUT_FILE"',
      "",
      "<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>",
      "--bqJky99mlBWa-ZuqjC53mG6EzbmlxB--",
      "--_Part_1_701508.1145579811786--",
      "",
    ].join("\n");
    const answer = await user.post(
      "submitapp",
      "multipart/mixed; boundary=bqJky99mlBWa-ZuqjC53mG6EzbmlxB",
      body,
    );
    expect(await user.outputOf(answer)).toBe("Done: curl\n");
    // Janelia declares its multipart as XML: the boundary is found in the body.
    expect(await user.outputOf(await user.post("submitapp", "application/xml", body))).toBe("Done: curl\n");
  });

  it("ws/pacclient/jobs", async () => {
    expect((await fixture.get("/platform/ws/pacclient/jobs", user.token)).text).toContain("<Jobs>");
  });
});
