import { pacSubmit } from "../testing/recorded.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture } from "../testing/gateway-fixture.js";
import { sendRaw } from "../testing/raw-http.js";
import { idOf, WireUser } from "../testing/wire-user.js";

const base = "/platform/webservice/pacclient";

/** IBM's lsf_faas (Python 3). */
describe("lsf_faas", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("further files under 0INPUT_FILE, Latin-1 bytes in a parameter", async () => {
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
    const output = await user.outputOf(await user.post("submitapp", "multipart/mixed; boundary=B", body));
    expect(Buffer.from(output, "latin1").toString("utf8")).toBe("Done: 123héllo\n");
  });

  const headers = [
    "content-type: text/plain",
    "accept: text/plain,application/xml,text/xml,multipart/mixed",
    "accept-language: en-us",
  ];

  it("verifies its token by a ping, of which any 200 counts", async () => {
    const { status, text } = await user.get("ping", headers);
    expect([status, text]).toEqual([200, "Web Services are ready on URL:http://h:8080/platform/"]);
  });

  it("polls for exactly Done or Exit by id alone, and searches the answer for note and errMsg", async () => {
    for (const [command, word] of [
      ["true", "Done"],
      ["exit 1", "Exit"],
    ] as const) {
      const sent = await sendRaw(
        user.port,
        pacSubmit(user.token, { parameters: { JOB_NAME: "keynote", COMMANDTORUN: command } }),
      );
      const id = idOf(sent);
      expect(await user.endOf(id)).toBe(word);
      const { text } = await user.get(`jobs?id=${id}`, headers);
      expect(text).toContain(`<status>${word}</status>`);
      expect(text).not.toMatch(/note|<errMsg>/);
    }
  });

  it("drops its token at the sentence about the session, and finds an expired one in an empty 403", async () => {
    const old = "Cookie: platform_token=u#quote#t";
    const list = await user.send(`GET ${base}/jobs?id=1`, [old, ...headers]);
    expect(list.text).toContain("Your current login session was logout");
    const file = await user.send(`GET ${base}/file/1`, [old, ...headers], "output.out,lsf.errput");
    expect([file.status, file.body.length]).toEqual([403, 0]);
  });

  it("takes a download apart by its first or second line: output.out and lsf.errput, binary too", async () => {
    const command = "printf 'b3V0cHV0' > output.out; printf 'e\\000\\377' > lsf.errput";
    const id = idOf(
      await sendRaw(user.port, pacSubmit(user.token, { parameters: { COMMANDTORUN: command } })),
    );
    expect(await user.endOf(id)).toBe("Done");
    const { text, status } = await user.get(`file/${id}`, headers, "output.out,lsf.errput");
    expect(status).toBe(200);
    const [first = "", second = ""] = text.split("\n");
    const delimiter = (first.includes("--") ? first : second).trim();
    const files = text
      .split(delimiter)
      .filter((section) => section.includes("Content-ID:"))
      .map((section) => [
        section.slice(section.indexOf("Content-ID: <") + 13, section.indexOf(">")),
        section.slice(section.indexOf(">") + 5, -2),
      ]);
    expect(files).toEqual([
      ["output.out", "b3V0cHV0"],
      ["lsf.errput", "e\0\xff"],
    ]);
  });
});
