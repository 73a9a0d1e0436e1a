import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture } from "../testing/gateway-fixture.js";
import { chunked, sendRaw } from "../testing/raw-http.js";
import { idOf, WireUser } from "../testing/wire-user.js";

const param = (id: string, value: string): string =>
  `<AppParam><id>${id}</id><value>${value}</value><type></type></AppParam>`;

/** The rules for a tolerant server (7 of the protocol), each at the socket. */
describe("multipart bodies", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const plain =
    '--B\r\nContent-Disposition: form-data; name="AppName"\r\n\r\ngeneric\r\n' +
    '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\n\r\n' +
    `--P\r\n\r\n${param("COMMANDTORUN", "echo ok")}\r\n--P\r\n\r\n${param("OUTPUT_FILE", "%J.output")}\r\n--P--\r\n--B--\r\n`;

  it.each([
    ["a boundary in quotes", 'multipart/mixed; boundary="B"', plain],
    ["a boundary with white space around it", "multipart/mixed ;  boundary = B ; charset=UTF-8", plain],
    ["a boundary in the body only", "multipart/mixed", plain],
    ["a boundary in the body only, which is declared as XML", "application/xml", plain],
    [
      "a preamble and an epilogue",
      "multipart/mixed; boundary=B",
      `before\r\n${plain}after\r\n--B\r\nnothing`,
    ],
    ["lines that end in a line feed only", "multipart/mixed; boundary=B", plain.replaceAll("\r\n", "\n")],
    ["no line end behind the last delimiter", "multipart/mixed; boundary=B", plain.slice(0, -2)],
    ["two line ends behind the last delimiter", "multipart/mixed; boundary=B", `${plain}\r\n`],
    [
      "headers without a space behind the colon, in other letters",
      "multipart/mixed; boundary=B",
      plain.replaceAll("Content-Disposition: form-data", "CONTENT-disposition:Form-Data"),
    ],
    [
      "names without quotes",
      "multipart/mixed; boundary=B",
      plain.replace('name="AppName"', "name=AppName").replace('name="data"', "name=data"),
    ],
    [
      "names by Content-ID alone, without angles",
      "multipart/mixed; boundary=B",
      plain
        .replace('Content-Disposition: form-data; name="AppName"', "Content-ID: AppName")
        .replace('Content-Disposition: form-data; name="data"', "Content-ID: <Data>"),
    ],
    [
      "the nested body closed behind the outer one",
      "multipart/mixed; boundary=B",
      plain.replace("--P--\r\n--B--\r\n", "--B--\r\n--P--\r\n"),
    ],
    [
      "parameters cut with the outer boundary",
      "multipart/mixed; boundary=B",
      plain.replaceAll("--P\r\n", "--B\r\n").replace("--P--\r\n", ""),
    ],
    [
      "a content transfer encoding that is none",
      "multipart/mixed; boundary=B",
      plain.replaceAll("--P\r\n", "--P\r\nContent-Transfer-Encoding: UTF-8\r\n"),
    ],
  ])("with %s", async (_, type, body) => {
    expect(await user.outputOf(await user.post("submitapp", type, body))).toBe("Done: ok\n");
  });

  it("in chunks of one byte, and cut anywhere", async () => {
    const bytes = Buffer.from(plain);
    const head =
      "POST /platform/webservice/pacclient/submitapp HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/mixed; boundary=B\r\n" +
      `${user.cookie}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const pieces = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
    expect(await user.outputOf(await sendRaw(user.port, [head, chunked(...pieces)]))).toBe("Done: ok\n");
  });

  it("text is UTF-8, and Latin-1 where it can't be that", async () => {
    for (const encoding of ["utf8", "latin1"] as const) {
      const body = Buffer.from(plain.replace("echo ok", "echo h\u00e9llo"), encoding);
      const output = await user.outputOf(await user.post("submitapp", "multipart/mixed; boundary=B", body));
      expect(Buffer.from(output, "latin1").toString("utf8")).toBe("Done: h\u00e9llo\n");
    }
  });

  it("a file is called by filename, else Content-ID decoded, else name; only the last component counts, and it must be one", async () => {
    const send = (header: string): Promise<string> =>
      user
        .post(
          "upfile/0",
          "multipart/mixed; boundary=B",
          `--B\r\nContent-Disposition: form-data; name="DirName"\r\n\r\nrules\r\n--B\r\n${header}\r\n\r\ndata\r\n--B--\r\n`,
        )
        .then(({ text }) => text);
    for (const [header, name] of [
      ['Content-Disposition: form-data; name="x"; filename="one.txt"\r\nContent-ID: <y>', "one.txt"],
      ['Content-Disposition: form-data; name="x"\r\nContent-ID: <two%20words.txt>', "two words.txt"],
      ['Content-Disposition: form-data; name="three.txt"', "three.txt"],
      ['Content-Disposition: form-data; name="x"; filename="C:\\\\dir\\\\four.txt"', "four.txt"],
      ['Content-Disposition: form-data; name="x"; filename="../../five.txt"', "five.txt"],
    ] as const) {
      expect([header, await send(header)]).toEqual([header, expect.stringContaining("successfully")]);
      expect(await readFile(join(fixture.userDirectory, "rules", name), "utf8")).toBe("data");
    }
    for (const name of [".", "..", "", "a/..", "\\"]) {
      const text = await send(
        `Content-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-ID: <${name}>`,
      );
      expect([name, text]).toEqual([name, expect.not.stringContaining("successfully")]);
    }
  });

  it("a job's id is there for the next request at once", async () => {
    const id = idOf(await user.post("submitapp", "multipart/mixed; boundary=B", plain));
    expect((await user.get(`jobs/${id}`)).text).toContain(`<id>${id}</id>`);
  });
});
