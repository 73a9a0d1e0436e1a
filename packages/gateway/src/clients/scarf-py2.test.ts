import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pacSubmit, uploadBoundary } from "../testing/recorded.js";
import { addUser } from "../users/users.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture, userName } from "../testing/gateway-fixture.js";
import { sendRaw } from "../testing/raw-http.js";
import { idOf, WireUser } from "../testing/wire-user.js";

/** The scripts that SCARF handed out in 2015 (Python 2). */
describe("SCARF's scripts", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("token.py by POST of a form, base URL as the client called it", async () => {
    const body = `username=${userName}&password=correct+horse`;
    const answer = await sendRaw(
      fixture.port,
      `POST /cgi-bin/token.py HTTP/1.1\r\nHost: portal.example.org:8443\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer.text).toMatch(/^http:\/\/portal\.example\.org:8443\/platform\/\nscarf362"/);
  });

  it("without the context path", async () => {
    for (const path of ["/webservice/pacclient/ping/", "/webservice/pacclient/jobs?user="]) {
      const answer = await fixture.get(path, user.token);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.text).not.toContain("errMsg");
    }
  });

  it("log on without escaping, with a stale cookie of the same address", async () => {
    await addUser(fixture.usersFile, "odd", "a<b>&c\"'d</pass>");
    const stale = "cookie: platform_token=odd#quote#2015-02-10T18:50:00Z#quote#Mv2==";
    const body = "<User><name>odd</name> <pass>a<b>&c\"'d</pass></pass> </User>";
    const { text } = await user.send(
      "GET /webservice/pacclient/logon/",
      ["content-type: application/xml", stale],
      body,
    );
    expect(text).toContain('<token>odd"');
  });

  it("ask without multipart for every entry of the list as it stands, directories too: 200 and raw bytes, or nothing", async () => {
    const accept = ["content-type: text/plain", "accept: text/plain,application/xml,text/xml"];
    const sent = await sendRaw(
      user.port,
      pacSubmit(user.token, {
        parameters: {
          COMMANDTORUN: "mkdir d; printf '\\000\\377' > b.bin; : > empty",
          OUTPUT_FILE: "%J.output",
        },
      }),
    );
    const id = idOf(sent);
    expect(await user.endOf(id)).toBe("Done");
    const list = (await user.get(`jobfiles/${id}`, accept)).text;
    const got = new Map<string, string>();
    for (const entry of list.split(";").slice(0, -1)) {
      const answer = await user.get(`file/${id}`, accept, entry);
      expect([entry, answer.status]).toEqual([entry, 200]);
      got.set(entry.split("/").at(-1)?.split("*")[0] ?? "", answer.text);
    }
    expect(got.get("b.bin")).toBe("\0\xff");
    expect([got.get("d"), got.get("empty")]).toEqual(["", ""]);
    // One file by its absolute path, as the user has typed it.
    const path = /\*(\/[^*]*b\.bin)\*/.exec(list)?.[1] ?? "";
    expect((await user.get(`file/${id}`, accept, path)).text).toBe("\0\xff");
  });

  it("send files with the directory as it is, and the name of the encoding in a header where no server looks", async () => {
    const directory = join(fixture.userDirectory, "100% sure");
    const body =
      `--${uploadBoundary}\r\nContent-Disposition: form-data; name="DirName"\r\nContent-ID: <DirName>\r\n\r\n${directory}\r\n` +
      `--${uploadBoundary}\r\nContent-Disposition: form-data; name="a b.txt"; filename="a b.txt"\r\nContent-Type: application/octet-stream\r\n` +
      "Content-Transfer-Encoding: UTF-8\r\nAccept-Language:en-us\r\nContent-ID: <a b.txt>\r\n\r\none\r\n\r\n" +
      `--${uploadBoundary}--\r\n`;
    const answer = await user.post("upfile/0", `multipart/mixed; boundary=${uploadBoundary}`, body, [
      "accept: text/plain;",
    ]);
    expect(answer.text).toContain("successfully");
    expect(await readFile(join(directory, "a b.txt"), "utf8")).toBe("one\r\n");
  });

  it("submit an attachment whose Content-ID is raw and whose encoding is called UTF-8", async () => {
    const bytes = pacSubmit(user.token, {
      parameters: { COMMANDTORUN: "cat 'a b.txt'", INPUT_FILE: "a b.txt,upload", OUTPUT_FILE: "%J.output" },
      fileParameters: ["INPUT_FILE"],
      attachments: [{ name: "a b.txt", data: "py2\n" }],
    }).map((piece) =>
      Buffer.from(
        piece
          .toString("latin1")
          .replace("Content-ID: <a%20b.txt>", "Content-ID: <a b.txt>")
          .replace("Content-Transfer-Encoding: binary", "Content-Transfer-Encoding: UTF-8"),
        "latin1",
      ),
    );
    const [head = Buffer.alloc(0), body = Buffer.alloc(0)] = bytes;
    const lines = head.toString("latin1").replace(/content-length: \d+/, `content-length: ${body.length}`);
    expect(await user.outputOf(await sendRaw(user.port, [lines, body]))).toBe("Done: py2\n");
  });
});
