import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture, userName } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { waitFor } from "./testing/wait-for.js";

const base = "/platform/webservice/pacclient";

describe("SCARF's Python client, IBM's curl page, Bridge and BatchEuphoria", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture();
    cookie = await fixture.logOn();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  function post(path: string, contentType: string, body: string | Buffer, extra = ""): Promise<RawAnswer> {
    return sendRaw(fixture.port, [
      `POST ${path} HTTP/1.1\r\nHost: h:8080\r\nContent-Type: ${contentType}\r\nCookie: platform_token=${cookie}\r\n${extra}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
      typeof body === "string" ? Buffer.from(body) : body,
    ]);
  }

  async function outputOf(answer: RawAnswer): Promise<string> {
    const id = /<id>(\d+)<\/id>/.exec(answer.text)?.[1];
    if (id === undefined) throw new Error(answer.text);
    const ended = await waitFor(
      async () => /<status>(Done|Exit)</.exec((await fixture.get(`${base}/jobs?id=${id}`, cookie)).text)?.[1],
    );
    const { text } = await fixture.get(`${base}/file/${id}`, cookie, {
      accept: "text/plain",
      body: `${id}.output`,
    });
    return `${ended}: ${text}`;
  }

  it("SCARF: token.py by POST of a form, base URL as the client called it", async () => {
    const body = `username=${userName}&password=correct+horse`;
    const answer = await sendRaw(
      fixture.port,
      `POST /cgi-bin/token.py HTTP/1.1\r\nHost: portal.example.org:8443\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer.text).toMatch(/^http:\/\/portal\.example\.org:8443\/platform\/\nscarf362"/);
  });

  it("SCARF: without the context path", async () => {
    for (const path of ["/webservice/pacclient/ping/", "/webservice/pacclient/jobs?user="]) {
      const answer = await fixture.get(path, cookie);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.text).not.toContain("errMsg");
    }
  });

  it("IBM curl: lines end LF, the outer boundary closes before the inner one, names without quotes", async () => {
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
    const answer = await post(
      `${base}/submitapp`,
      "multipart/mixed; boundary=bqJky99mlBWa-ZuqjC53mG6EzbmlxB",
      body,
    );
    expect(await outputOf(answer)).toBe("Done: curl\n");
    // Janelia declares its multipart as XML: the boundary is found in the body.
    expect(await outputOf(await post(`${base}/submitapp`, "application/xml", body))).toBe("Done: curl\n");
  });

  it("IBM curl: ws/pacclient/jobs", async () => {
    expect((await fixture.get("/platform/ws/pacclient/jobs", cookie)).text).toContain("<Jobs>");
  });

  it("BatchEuphoria: an attachment called f1 whose name stands in Content-ID; the id in the document wins", async () => {
    const body =
      '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
      '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
      '--P\r\nContent-Disposition: form-data; name="COMMAND"\r\nContent-Type: application/xml; charset=UTF-8\r\n\r\n' +
      "<AppParam><id>COMMANDTORUN</id><value>cat &apos;my script.sh&apos; &amp;&amp; echo ok</value><type></type></AppParam>\r\n" +
      '--P\r\nContent-Disposition: form-data; name="INPUT_FILE"\r\n\r\n' +
      "<AppParam><id>INPUT_FILE</id><value>my script.sh,upload</value><type>file</type></AppParam>\r\n" +
      '--P\r\nContent-Disposition: form-data; name="OUTPUT_FILE"\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n--P--\r\n\r\n' +
      '--B\r\nContent-Disposition: form-data; name="f1"\r\nContent-Type: application/octet-stream\r\nContent-ID: <my%20script.sh>\r\n\r\n#!/bin/sh\n\r\n--B--\r\n';
    const answer = await post(
      `${base}/submitapp`,
      "multipart/mixed;boundary=B",
      body,
      "Accept: text/xml,application/xml;\r\n",
    );
    expect(await outputOf(answer)).toBe("Done: #!/bin/sh\nok\n");
  });

  it("Bridge: a file parameter cut with the outer boundary, no line end behind the closing one, dir without Content-ID", async () => {
    const body =
      '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
      '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
      "--P\r\n\r\n<AppParam><id>COMMANDTORUN</id><value>cat run.sh</value><type></type></AppParam>\r\n" +
      "--P\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n" +
      '--B\r\nContent-Disposition: form-data; name="INPUT_FILE"\r\n\r\n<AppParam><id>INPUT_FILE</id><value>run.sh,upload</value><type>file</type></AppParam>\r\n' +
      '--B\r\nContent-Disposition: form-data; name="run.sh"; filename="run.sh"\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <run.sh>\r\n\r\necho\r\n--B--';
    expect(await outputOf(await post(`${base}/submitapp`, "multipart/mixed; boundary=B", body))).toBe(
      "Done: echo",
    );
    const upload =
      '--B\r\nContent-Disposition: form-data; name="dir"\r\n\r\nbridge\r\n' +
      '--B\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\nabc\r\n--B--';
    expect((await post(`${base}/upfile/0`, "multipart/mixed; boundary=B", upload)).text).toContain(
      "successfully",
    );
    expect(await readFile(join(fixture.userDirectory, "bridge", "x"), "utf8")).toBe("abc");
  });

  it("lsf_faas: further files under 0INPUT_FILE, Latin-1 bytes in a parameter", async () => {
    const latin1 = Buffer.from("h\xe9llo", "latin1");
    const body = Buffer.concat([
      Buffer.from(
        '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
          '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
          "--P\r\n\r\n<AppParam><id>0INPUT_FILE</id><value>f.dat,upload</value><type>file</type></AppParam>\r\n" +
          "--P\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n" +
          "--P\r\n\r\n<AppParam><id>COMMANDTORUN</id><value>cat f.dat; echo ",
      ),
      latin1,
      Buffer.from(
        "</value><type></type></AppParam>\r\n--P--\r\n" +
          '--B\r\nContent-Disposition: form-data; name="f.dat"; filename="f.dat"\r\nContent-ID: <f.dat>\r\n\r\n123\r\n--B--\r\n',
      ),
    ]);
    const output = await outputOf(await post(`${base}/submitapp`, "multipart/mixed; boundary=B", body));
    expect(Buffer.from(output, "latin1").toString("utf8")).toBe("Done: 123héllo\n");
  });

  it("absolute form of the target", async () => {
    const { text } = await fixture.get("http://127.0.0.1/platform/webservice/pacclient/ping", cookie);
    expect(text).toContain("Web Services are ready");
  });
});
