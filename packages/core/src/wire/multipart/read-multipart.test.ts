import { describe, expect, it } from "vitest";
import { collect, inPieces } from "../testing/in-pieces.js";
import { WireFormatError } from "../wire-format-error.js";
import { downloadBody, multipartBody } from "./multipart-body.js";
import { readMultipart, type ReadMultipartOptions } from "./read-multipart.js";

const sizes = [1, 2, 3, 7, 16, 61, 100_000];

async function parts(
  body: Buffer | string,
  size: number,
  options: ReadMultipartOptions = {},
): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const part of readMultipart(inPieces(body, size), options)) {
    found.push([part.safeFileName ?? "", (await collect(part.chunks)).toString("latin1")]);
  }
  return found;
}

async function problemOf(body: string, options: ReadMultipartOptions = {}): Promise<string> {
  const error = await parts(body, 5, options).catch((reason: unknown) => reason);
  return error instanceof WireFormatError ? error.problem : `no problem: ${JSON.stringify(error)}`;
}

/** Of a file whose disposition ends so, as clients write it that escape nothing. */
async function fileNameOf(disposition: string): Promise<string> {
  const body = `--B\r\nContent-Disposition: form-data; ${disposition}\r\nContent-ID: <other>\r\n\r\nx\r\n--B--\r\n`;
  return (await parts(body, 7, { boundary: "B" }))[0]?.[0] ?? "none";
}

describe("a file's name in a header", () => {
  it.each([
    [`name="a"; filename="b"`, "b"],
    [`name="a";filename = "b" ; size=3`, "b"],
    [`filename="it's "here".txt"; name="a"`, `it's "here".txt`],
    [`name="quote"in'it"; filename="quote"in'it"`, `quote"in'it`],
    [`filename=bare name.txt; name=a`, "bare name.txt"],
    [`;; =; x; filename="b"`, "b"],
    [`name="a"`, "other"],
  ])("%s", async (disposition, name) => {
    expect(await fileNameOf(disposition)).toBe(name);
  });

  it.each([`filename="new\nline"`, `name="new\nline"; filename="new\nline"`, `name="a"; filename="cut`])(
    "with a line end in it, or without an end, is none rather than another: %j",
    async (disposition) => {
      expect(await fileNameOf(disposition)).toBe("");
    },
  );
});

describe("readMultipart", () => {
  it.each(sizes)("gives every byte of every part, in pieces of %i", async (size) => {
    const all = Buffer.from([...Array(256).keys(), ...Array(256).keys()]);
    const tricky = Buffer.from("\r\n--B\r\n\r--B-\n--Bx\r\n--BB--\r\n\r\n", "latin1");
    const files = { a: all, b: Buffer.alloc(0), c: tricky, d: Buffer.from("\r\n") };
    const body = multipartBody(
      Object.entries(files).map(([name, content]) => ({ headers: [["Content-ID", `<${name}>`]], content })),
    );
    const bytes = await collect(body.read());
    expect(bytes.length).toBe(body.sizeBytes);
    const expected = Object.entries(files).map(([name, content]) => [name, content.toString("latin1")]);
    expect(await parts(bytes, size, { boundary: body.boundary })).toEqual(expected);
    expect(await parts(bytes, size)).toEqual(expected);
  });

  it.each(sizes)(
    "Mantid: closing delimiter glued to the last byte, final line break kept (pieces of %i)",
    async (size) => {
      const body =
        '--B\r\nContent-Disposition: form-data; name="DirName"\r\nContent-ID: <DirName>\r\n\r\n/work\r\n' +
        '--B\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: application/octet-stream \r\nContent-ID: <x>\r\n\r\n';
      for (const data of ["", "abc", "abc\r\n", "\n", "a--B--b", "--B--\r\n then more than eight bytes"]) {
        expect(await parts(`${body}${data}--B--\r\n\r\n`, size)).toEqual([
          ["DirName", "/work"],
          ["x", data],
        ]);
      }
    },
  );

  it.each(sizes)("IBM's curl example: lines end with a bare line feed (pieces of %i)", async (size) => {
    const body =
      "preamble\n--B\nContent-ID: <a>\n\nline\r\n\n--B  \nContent-Disposition: form-data; name=b\n\n2\n--B--\nepilogue\n--B\n\n";
    expect(await parts(body, size, { boundary: "B" })).toEqual([
      ["a", "line\r\n"],
      ["b", "2"],
    ]);
  });

  it("takes the boundary from the first line, after IBM's leading line break too", async () => {
    expect(await parts("\r\n--uuid:1\r\nContent-ID: <a>\r\n\r\nx\r\n--uuid:1--", 4)).toEqual([["a", "x"]]);
    expect(await problemOf("<html>no</html>")).toBe("malformed");
    expect(await problemOf("")).toBe("malformed");
    expect(await problemOf("x", { boundary: "B" })).toBe("malformed");
  });

  it("notices every kind of cut", async () => {
    const body = "--B\r\nContent-ID: <a>\r\n\r\n12345\r\n--B--";
    for (let length = 1; length < body.length; length++) {
      expect([length, await problemOf(body.slice(0, length), { boundary: "B" })]).toEqual([
        length,
        length < 5 ? "malformed" : "truncated",
      ]);
    }
    expect(
      await parts("--B\r\nContent-ID: <a>\r\n\r\n12345\r\n--", 3, { boundary: "B", allowUnclosed: true }),
    ).toEqual([["a", "12345\r\n--"]]);
  });

  it("bounds the headers of a part", async () => {
    expect(await problemOf(`--B\r\nA: ${"x".repeat(20_000)}\r\n\r\nx\r\n--B--`)).toBe("too-large");
    expect(await problemOf(`--B\r\nA: ${"x".repeat(200)}\r\n\r\nx\r\n--B--`, { maxHeaderBytes: 100 })).toBe(
      "too-large",
    );
  });

  it("skips what is not read, and asks for no more than is consumed", async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from("--B\r\nContent-ID: <a>\r\n\r\n");
      for (let i = 0; i < 1000; i++) {
        asked++;
        yield Buffer.alloc(10_000, 65);
      }
      yield Buffer.from("\r\n--B\r\nContent-ID: <b>\r\n\r\n2\r\n--B--");
    }
    const names: string[] = [];
    for await (const part of readMultipart(endless())) {
      names.push(part.contentId ?? "");
      if (names.length > 1) continue;
      for await (const _chunk of part.chunks) break;
      expect(asked).toBeLessThan(3);
    }
    expect(names).toEqual(["a", "b"]);
  });

  it("lets the source go when the reader stops early", async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for (;;) yield Buffer.from("--B\r\n\r\nx\r\n");
      } finally {
        closed = true;
      }
    }
    for await (const part of readMultipart(source())) {
      expect(part.headers.size).toBe(0);
      break;
    }
    expect(closed).toBe(true);
  });

  it("finds names as each client writes them, and none that leaves the directory", async () => {
    const names = async (headers: string): Promise<(string | undefined)[]> => {
      for await (const part of readMultipart(inPieces(`--B\r\n${headers}\r\n\r\n\r\n--B--`, 9))) {
        return [part.name, part.fileName, part.contentId, part.safeFileName];
      }
      return [];
    };
    expect(await names('content-disposition:form-data; name="in.txt"; filename="in.txt"')).toEqual([
      "in.txt",
      "in.txt",
      undefined,
      "in.txt",
    ]);
    expect(await names("Content-Disposition: form-data; name=AppName\r\nContent-ID: AppName")).toEqual([
      "AppName",
      undefined,
      "AppName",
      "AppName",
    ]);
    expect(await names('Content-Disposition: form-data; name="f1"\r\nContent-ID: <in%20put.txt>')).toEqual([
      "f1",
      undefined,
      "in put.txt",
      "in put.txt",
    ]);
    expect((await names('Content-Disposition: form-data; name="a"; filename="C:\\x\\b.txt"'))[3]).toBe(
      "b.txt",
    );
    expect((await names('Content-Disposition: form-data; name="a"; filename="../../etc/passwd"'))[3]).toBe(
      "passwd",
    );
    for (const hostile of ["..", ".", "a/..", "a/", "x\u0007"]) {
      expect(
        (await names(`Content-Disposition: form-data; name="a"; filename="${hostile}"`))[3],
      ).toBeUndefined();
    }
  });
});

describe("downloadBody", () => {
  const file = (name: string, content: string) => ({
    name,
    sizeBytes: content.length,
    async *read() {
      yield Buffer.from(content, "latin1");
    },
  });

  it("has the layout that pacclient and lsf_faas take apart, byte by byte", async () => {
    const body = downloadBody([file("417666.error", ""), file("417666.output", "a>b\r\n")]);
    const text = (await collect(body.read())).toString("latin1");
    expect(text.length).toBe(body.sizeBytes);
    const delimiter = `--${body.boundary}`;
    expect(text).toBe(
      ["417666.error", "417666.output"]
        .map((name, index) => {
          const head = `\r\n${delimiter}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${name}>\r\n\r\n`;
          return head + ["", "a>b\r\n"][index];
        })
        .join("") + `\r\n${delimiter}--`,
    );
    // As pac does it: second line, split, name up to ">", data five characters behind the first ">", two off the end.
    const [, second = ""] = text.split("\n");
    const sections = text.split(second.trim()).filter((section) => section.includes("Content-ID:"));
    const files = sections.map((section) => [
      /Content-ID: <(.*?)>/.exec(section)?.[1],
      section.slice(section.indexOf(">") + 5, -2),
    ]);
    expect(files).toEqual([
      ["417666.error", ""],
      ["417666.output", "a>b\r\n"],
    ]);
  });

  it("refuses to lie about the size of a file that changes under it", async () => {
    for (const wrong of [2, 4]) {
      const body = downloadBody([{ ...file("a", "123"), sizeBytes: wrong }]);
      await expect(collect(body.read())).rejects.toMatchObject({ code: "TRANSFER_INCOMPLETE" });
    }
  });
});
