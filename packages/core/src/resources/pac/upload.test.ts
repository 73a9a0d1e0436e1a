import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ByteSource, TransferProgress } from "../../model/index.js";
import { PacSimulator } from "./testing/pac-simulator.js";
import { failureOf, sessionFor, source } from "./testing/test-resource.js";

const odd = Buffer.from("line\r\n--4k89ogja023oh1-gkdfk903jf9wngmujfs95m--\r\n\0\xff\r\n", "latin1");

describe("upload", () => {
  it("Mantid fault: a delimiter glued to the data, and a fixed boundary that the data may hold", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    await session.files.write("/work/im at:é", "bar.txt", source(odd));
    // The simulator splits strictly: CRLF before every delimiter, and the boundary nowhere else.
    expect(simulator.uploads).toMatchObject([{ directory: "/work/im at:é", name: "bar.txt", content: odd }]);
    const [request] = simulator.sent("upfile/0");
    expect(request?.method).toBe("POST");
    expect(request?.headers["content-length"]).toBe(String(request?.bodyBytes));
    expect(request?.headers["transfer-encoding"]).toBeUndefined();
    expect(request?.body.toString("latin1")).toContain("\r\n\r\n/work/im%20at%3A%C3%A9\r\n");
    await session.files.write("/work", "bar.txt", source(odd));
    const boundaries = simulator.sent("upfile").map(({ headers }) => headers["content-type"]);
    expect(new Set(boundaries).size).toBe(2);
  });

  it.each([
    ["a refusal", "Permission denied for /work"],
    ["nothing", ""],
    ["the contrary", "The file was not successfully uploaded"],
  ])("Mantid fault: any reply to an upload counted as success (%s)", async (_what, body) => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /upfile/, reply: { body } });
    const failure = await failureOf(session.files.write("/work", "a.h5", source("x")));
    expect(failure.code).toBe("TRANSFER_REFUSED");
    expect(failure.message).toContain("SCARF@STFC did not take a.h5");
    expect(failure.hint).toContain("/work");
  });

  it("sends an empty file as an empty file", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    expect(await session.files.write("/work", "empty", source(""))).toEqual({ sizeBytes: 0 });
    expect(simulator.uploads[0]).toMatchObject({ name: "empty", content: Buffer.alloc(0) });
  });

  it("writes into a job's directory, by a relative path or none", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    await session.jobFiles("12[3]").write("", "a", source("1"));
    await session.jobFiles("12[3]").write("sub/x", "b", source("2"));
    expect(simulator.uploads.map(({ url, directory, name }) => [url, directory, name])).toEqual([
      ["/platform/webservice/pacclient/upfile/12[3]", "", "a"],
      ["/platform/webservice/pacclient/upfile/12[3]", "sub/x", "b"],
    ]);
  });

  it("needs a whole path where nobody says what it is relative to", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const failure = await failureOf(session.files.write("work", "a", source("1")));
    expect(failure.code).toBe("FILE_NAME_REFUSED");
    expect(failure.hint).toContain("/work/imat");
    await session.files.write("host1:/work", "a", source("1"));
    await using gateway = await PacSimulator.start({ gateway: true });
    await (await sessionFor(gateway)).files.write("work", "a", source("1"));
    expect(gateway.uploads[0]?.directory).toBe("work");
  });

  it.each(["a/b", "..", "", 'a"b', "a\r\nX: y", "a\0"])("does not send the name %j", async (name) => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    expect((await failureOf(session.files.write("/w", name, source("1")))).code).toBe("FILE_NAME_REFUSED");
    expect(simulator.sent("upfile")).toEqual([]);
  });

  it("cuts a large file into numbered chunks with a whole chunk amount, in order", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator, { uploadChunkBytes: 8 });
    const content = Buffer.from("0123456789abcdefghijk");
    const progress: TransferProgress[] = [];
    await session.files.write("/w", "big file.dat", chunked(content, 4), {
      onProgress: (one) => progress.push(one),
    });
    expect(simulator.sent("uplargefile/0")).toHaveLength(3);
    expect(simulator.uploads.map(({ name, fields }) => [name, fields])).toEqual(
      [1, 2, 3].map((id) => [
        `.big%20file.dat.${id}`,
        { DirName: "/w", chunkid: String(id), chunkamount: "3", chunkbase: "big%20file.dat" },
      ]),
    );
    expect(Buffer.concat(simulator.uploads.map((one) => one.content))).toEqual(content);
    expect(progress.at(-1)).toEqual({ bytesDone: 21, bytesTotal: 21 });
  });

  it("takes an exact multiple of the chunk size for whole chunks, and stops at the first that is refused", async () => {
    await using simulator = await PacSimulator.start();
    const { files } = await sessionFor(simulator, { uploadChunkBytes: 4 });
    const send = () => files.write("/w", "b", source("12345678"));
    await send();
    expect(simulator.uploads.map(({ fields }) => fields["chunkamount"])).toEqual(["2", "2"]);
    simulator.faults.push({ path: /uplargefile/, reply: { body: "no space left" } });
    expect((await failureOf(send())).message).toContain("no space left");
    expect(simulator.sent("uplargefile")).toHaveLength(3);
  });

  it("Mantid fault: a file that changed or vanished was sent as an empty or wrong one", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const shrunk: ByteSource = {
      sizeBytes: 10,
      async *read() {
        yield Buffer.from("12345");
      },
    };
    const grown: ByteSource = {
      sizeBytes: 3,
      async *read() {
        yield Buffer.from("12345");
      },
    };
    for (const file of [shrunk, grown]) {
      const failure = await failureOf(session.files.write("/w", "f", file));
      expect(failure).toMatchObject({
        code: "TRANSFER_INCOMPLETE",
        message: "A file changed while it was being sent.",
      });
    }
    const gone: ByteSource = {
      sizeBytes: 30,
      async *read() {
        yield Buffer.from("12345");
        throw new Error("ENOENT: gone");
      },
    };
    await expect(session.files.write("/w", "f", gone)).rejects.toThrow("ENOENT: gone");
    expect(simulator.uploads).toEqual([]);
  });

  it("compares the digest that our gateway tells, and learns where the file lies", async () => {
    await using simulator = await PacSimulator.start({ gateway: true });
    const session = await sessionFor(simulator);
    const sha256 = createHash("sha256").update(odd).digest("hex");
    const reply = {
      body: "uploaded successfully",
      headers: { "scarf-sha256": sha256, "scarf-path": "%2Fhome%2Fu%2Fa%20b" },
    };
    simulator.faults.push({ path: /upfile/, reply });
    expect(await session.files.write("w", "a b", source(odd), { overwrite: true })).toEqual({
      sizeBytes: odd.length,
      sha256,
      path: "/home/u/a b",
    });
    expect(simulator.sent("upfile")[0]?.headers["scarf-overwrite"]).toBeUndefined();
    const failure = await failureOf(session.files.write("w", "a b", source("other")));
    expect(failure.code).toBe("TRANSFER_CORRUPT");
    expect(simulator.sent("upfile")[1]?.headers["scarf-overwrite"]).toBe("no");
  });

  it("stops sending when the answer comes early", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator, { timeouts: { idleSeconds: 2 } });
    simulator.faults.push({ path: /upfile/, refuse: true });
    const endless: ByteSource = {
      sizeBytes: 400_000_000,
      async *read() {
        const chunk = Buffer.alloc(1_048_576);
        for (let i = 0; i < 1000; i++) yield chunk;
      },
    };
    expect((await failureOf(session.files.write("/w", "f", endless))).code).toBe("CONNECTION_LOST");
  });
});

function chunked(content: Buffer, size: number): ByteSource {
  return {
    sizeBytes: content.length,
    async *read(offset = 0) {
      const reused = Buffer.alloc(size);
      for (let at = offset; at < content.length; at += size) {
        const length = content.copy(reused, 0, at, Math.min(content.length, at + size));
        yield reused.subarray(0, length);
        reused.fill(88);
      }
    },
  };
}
