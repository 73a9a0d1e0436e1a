import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseJobHistory, parseLogonAnswer } from "scarf-tomo/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "../testing/gateway-fixture.js";
import { type RawAnswer } from "../testing/raw-http.js";
import { WireUser } from "../testing/wire-user.js";
import { submitBody, submitWs } from "../testing/ws-submit.js";

const asJson = "Accept: application/json";
const asXml = "Accept: text/xml,application/xml;";
const logOnBody = `<User><name>${userName}</name> <pass>${password}</pass> </User>`;

/** IBM's Bridge operator, LSF pod (Go): the current generation in JSON, the legacy one for files. */
describe("Bridge", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("log-on, submit with a number, one job as an object, history, in JSON", async () => {
    const logon = await user.ws({
      path: "logon",
      headers: [
        "User-Agent: Go-http-client/1.1",
        "Content-Type: application/xml",
        asJson,
        "Accept-Encoding: gzip",
      ],
      body: logOnBody,
    });
    expect([logon.status, logon.headers.get("content-type")]).toEqual([
      200,
      "application/json; charset=utf-8",
    ]);
    expect(logon.text).toMatch(/^\{"csrftoken":"[0-9a-f-]{36}","token":"[^"]*\\"/);
    const told = parseLogonAnswer(logon.text);
    const token = told.kind === "token" ? told.token : "";
    // Bridge parses the second part with exactly this layout.
    expect(token).toMatch(/^scarf362"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/);
    const own = `Cookie: platform_token=${token.replaceAll('"', "#quote#")}`;
    const sent = await user.ws({
      path: "jobs/submit",
      headers: ["Content-Type: multipart/mixed; boundary=B", asJson, own],
      body: submitBody("echo bridge; exit 3"),
    });
    // A number: Bridge takes a text for a failure.
    const id = /^\{"id":(\d+)\}$/.exec(sent.text)?.[1] ?? "";
    expect(await user.wsEndOf(id)).toBe("EXIT");
    const { text } = await user.ws({ path: `jobs/${id}`, headers: [asJson, own] });
    expect(JSON.parse(text)).toMatchObject({
      "@total": "1",
      job: {
        jobId: id,
        jobStatus: "EXIT",
        exitStatus: "3",
      },
    });
    expect(text).toMatch(/"startTime":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000"/);
    const history = await user.ws({ path: `jobhistory?ids=${id}`, headers: [asJson, own] });
    expect(history.status).toBe(200);
    expect(history.text).toContain("Completed <exit>");
    expect(history.text).not.toContain("Done successfully.");
  });

  it("uploads to the part dir without Content-ID, bkill by userCmd", async () => {
    const id = await submitWs(user, "sleep 60");
    const upload = await user.ws({
      path: `jobfiles/upload/${id}`,
      headers: ["Content-Type: multipart/mixed; boundary=B", asJson, user.cookie],
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
    const killed = await user.ws({
      path: "userCmd",
      headers: ["Content-Type: application/xml", asJson, user.cookie],
      body: `<UserCmd><cmd>bkill ${id}</cmd></UserCmd>`,
    });
    expect([killed.status, killed.text]).toEqual([200, `{"cmdMsg":"Job <${id}> is being terminated"}`]);
    expect(await user.wsEndOf(id)).toBe("EXIT");
    const { text } = await user.ws({ path: `jobhistory?ids=${id}`, headers: [asXml, user.cookie] });
    expect(parseJobHistory(text)[0]?.text).toContain("<KILL>");
  });

  it("a file parameter cut with the outer boundary, no line end behind the closing one, dir without Content-ID", async () => {
    const body =
      '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
      '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
      "--P\r\n\r\n<AppParam><id>COMMANDTORUN</id><value>cat run.sh</value><type></type></AppParam>\r\n" +
      "--P\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n" +
      '--B\r\nContent-Disposition: form-data; name="INPUT_FILE"\r\n\r\n<AppParam><id>INPUT_FILE</id><value>run.sh,upload</value><type>file</type></AppParam>\r\n' +
      '--B\r\nContent-Disposition: form-data; name="run.sh"; filename="run.sh"\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <run.sh>\r\n\r\necho\r\n--B--';
    expect(await user.outputOf(await user.post("submitapp", "multipart/mixed; boundary=B", body))).toBe(
      "Done: echo",
    );
    const upload =
      '--B\r\nContent-Disposition: form-data; name="dir"\r\n\r\nbridge\r\n' +
      '--B\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\nabc\r\n--B--';
    expect((await user.post("upfile/0", "multipart/mixed; boundary=B", upload)).text).toContain(
      "successfully",
    );
    expect(await readFile(join(fixture.userDirectory, "bridge", "x"), "utf8")).toBe("abc");
  });

  it("chunks come by parameters of the query, twice and in any order", async () => {
    const id = await submitWs(user, "true");
    await user.wsEndOf(id);
    const chunk = (number: number, data: string): Promise<RawAnswer> =>
      user.ws({
        path: `jobfiles/upload/${id}?chunkid=${number}&chunkbase=b%2541g.dat&chunkamount=2`,
        headers: ["Content-Type: multipart/mixed; boundary=B", user.cookie],
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
    const list = (await user.ws({ path: `jobfiles/${id}`, headers: [user.cookie] })).text;
    const root = dirname(/PAC Server\*(.*?)\*/.exec(list)?.[1] ?? "");
    expect(await readFile(join(root, "b%41g.dat"), "utf8")).toBe("onetwo");
  });
});
