import { describe, expect, it } from "vitest";
import { collect, inPieces } from "../testing/in-pieces.js";
import { boundaryOf } from "../multipart/part-headers.js";
import { parseAppParam, renderAppParam } from "./app-param.js";
import { parseChunkAmount, readSubmitForm, readUploadForm } from "./read-forms.js";

async function submit(body: string, boundary?: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of readSubmitForm(inPieces(body, 17), { boundary })) {
    if (item.kind === "parameter") items.push([item.parameter.id, item.parameter.value, item.parameter.type]);
    else if (item.kind === "application") items.push(item.application);
    else items.push({ names: item.names, content: (await collect(item.chunks)).toString("latin1") });
  }
  return items;
}

const pacPy3 = [
  "--bqJky99mlBWa-ZuqjC53mG6EzbmlxB",
  'Content-Disposition: form-data; name="AppName"',
  "Content-ID: <AppName>",
  "",
  "generic",
  "--bqJky99mlBWa-ZuqjC53mG6EzbmlxB",
  'Content-Disposition: form-data; name="data"',
  "Content-Type: multipart/mixed; boundary=_Part_1_701508.1145579811786",
  "Accept-Language:en-us",
  "Content-ID: <data>",
  "",
  "--_Part_1_701508.1145579811786",
  'Content-Disposition: form-data; name="COMMANDTORUN"',
  "Content-Type: application/xml; charset=UTF-8",
  "Content-Transfer-Encoding: 8bit",
  "Accept-Language:en-us",
  "",
  "<AppParam><id>COMMANDTORUN</id><value>sleep 200 && echo a<b</value><type></type></AppParam>",
  "--_Part_1_701508.1145579811786",
  'Content-Disposition: form-data; name="INPUT_FILE"',
  "Content-Type: application/xml; charset=UTF-8",
  "",
  "<AppParam><id>INPUT_FILE</id><value>in.txt,upload</value><type>file</type></AppParam>",
  "--_Part_1_701508.1145579811786--",
  "",
  "--bqJky99mlBWa-ZuqjC53mG6EzbmlxB",
  'Content-Disposition: form-data; name="in.txt"; filename="in.txt"',
  "Content-Type: application/octet-stream",
  "Content-Transfer-Encoding: binary",
  "Accept-Language:en-us",
  "Content-ID: <in.txt>",
  "",
  "hello\n",
  "--bqJky99mlBWa-ZuqjC53mG6EzbmlxB--",
  "",
].join("\r\n");

describe("readSubmitForm", () => {
  const expected = [
    "generic",
    ["COMMANDTORUN", "sleep 200 && echo a<b", ""],
    ["INPUT_FILE", "in.txt,upload", "file"],
    { names: ["in.txt"], content: "hello\n" },
  ];

  it("reads pac py3's request as it was recorded, with and without the boundary parameter", async () => {
    expect(await submit(pacPy3)).toEqual(expected);
    expect(
      await submit(pacPy3, boundaryOf("multipart/mixed; boundary=bqJky99mlBWa-ZuqjC53mG6EzbmlxB")),
    ).toEqual(expected);
  });

  it("reads it with bare line feeds too", async () => {
    expect(await submit(pacPy3.replaceAll("\r\n", "\n"))).toEqual(expected);
  });

  it("IBM's curl example: the outer body is closed before the nested one", async () => {
    const body =
      "--O\nContent-Disposition: form-data; name=AppName\nContent-ID: AppName\n\ngeneric\n--O\n" +
      "Content-Disposition: form-data; name=data\nContent-Type: multipart/mixed; boundary=I\nContent-ID: <Data>\n\n" +
      "--I\n\n<AppParam><id>A</id><value>1</value><type/></AppParam>\n--O--\n--I--\n";
    expect(await submit(body)).toEqual(["generic", ["A", "1", ""]]);
  });

  it("Bridge: parameters cut with the outer boundary", async () => {
    const body =
      '--O\r\nContent-Disposition: form-data; name="AppName"\r\n\r\ngeneric\r\n--O\r\n' +
      'Content-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=I\r\n\r\n' +
      "--I\r\n\r\n<AppParam><id>A</id><value>1</value><type></type></AppParam>\r\n--I--\r\n\r\n--O\r\n" +
      'Content-Disposition: form-data; name="INPUT_FILE"\r\n\r\n<AppParam><id>INPUT_FILE</id><value>/x,copy</value><type>file</type></AppParam>\r\n' +
      '--O\r\nContent-Disposition: form-data; name="f1"; filename="p.xml"\r\nContent-ID: <real%20name.xml>\r\n\r\n<AppParam>my file</AppParam>\r\n--O--';
    expect(await submit(body)).toEqual([
      "generic",
      ["A", "1", ""],
      ["INPUT_FILE", "/x,copy", "file"],
      { names: ["real name.xml", "p.xml", "f1"], content: "<AppParam>my file</AppParam>" },
    ]);
  });

  it("reads Latin-1 as pac py3 sends it", async () => {
    const body = "--O\r\n\r\n<AppParam><id>A</id><value>caf\u00e9</value><type></type></AppParam>\r\n--O--";
    expect(await submit(body)).toEqual([["A", "café", ""]]);
  });
});

describe("readUploadForm", () => {
  async function upload(body: string): Promise<unknown[]> {
    const items: unknown[] = [];
    for await (const item of readUploadForm(inPieces(body, 11))) {
      if (item.kind === "field") items.push([item.field, item.value]);
      else items.push([item.fileName, (await collect(item.chunks)).toString("latin1")]);
    }
    return items;
  }

  it("reads a chunk as pac sends it", async () => {
    const part = (name: string, content: string): string =>
      `--B\r\nContent-Disposition: form-data; name="${name}"\r\nContent-ID: <${name}>\r\n\r\n${content}\r\n`;
    const body = `${part("DirName", "/work/im%20at")}${part("chunkid", "1")}${part("chunkamount", "2.000000001862645")}${part("chunkbase", "big.dat")}--B\r\nContent-Disposition: form-data; name=".big.dat.1"; filename=".big.dat.1"\r\n\r\nxyz\r\n--B--\r\n`;
    expect(await upload(body)).toEqual([
      ["DirName", "/work/im%20at"],
      ["chunkid", "1"],
      ["chunkamount", "2.000000001862645"],
      ["chunkbase", "big.dat"],
      [".big.dat.1", "xyz"],
    ]);
    expect(["2.000000001862645", "2.0", "3", "", "-1", "NaN"].map(parseChunkAmount)).toEqual([
      2,
      2,
      3,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("reads Mantid's file without file name, and Bridge's directory called dir", async () => {
    const body =
      '--B\r\nContent-Disposition: form-data; name="dir"\r\n\r\n/w\r\n' +
      '--B\r\nContent-Disposition: form-data; name="a.nxs"\r\nContent-Type: application/octet-stream \r\nContent-ID: <a.nxs>\r\n\r\ndata\r\n--B--\r\n\r\n';
    expect(await upload(body)).toEqual([
      ["DirName", "/w"],
      ["a.nxs", "data\r\n"],
    ]);
  });
});

describe("AppParam", () => {
  it("survives any text", () => {
    for (const value of ["", "a<b && c>\"d\"'e'", "</value>", "é\u{1F600}", "a\r\nb\tc", "&lt;"]) {
      const parameter = { id: "X", value, type: "" } as const;
      expect(parseAppParam(renderAppParam(parameter))).toEqual(parameter);
    }
  });

  it("takes unescaped values up to the last close tag", () => {
    expect(
      parseAppParam("<AppParam><id>A</id><value>x < y </value> & z</value><type>file</type></AppParam>"),
    ).toEqual({
      id: "A",
      value: "x < y </value> & z",
      type: "file",
    });
    expect(parseAppParam("<AppParam><id>A</id><value>&</value></AppParam>")).toMatchObject({
      value: "&",
      type: "",
    });
    expect(() => parseAppParam("<AppParam><value>x</value></AppParam>")).toThrow("no id");
  });
});
