import { describe, expect, it } from "vitest";
import { PacSimulator } from "./testing/pac-simulator.js";
import { collect, failureOf, sessionFor } from "./testing/test-resource.js";

const binary = Buffer.from([...Array(256).keys(), 13, 10, 45, 45, 13, 10]);

async function withFiles(options = {}) {
  const simulator = await PacSimulator.start(options);
  simulator.files.set("417666", [
    { name: "417666.output", content: binary },
    { name: "empty", content: Buffer.alloc(0) },
    { name: "secret", content: Buffer.from("x"), unreadable: true },
    { name: "a.html", content: Buffer.from("<html>mine</html>") },
    { name: "slices/", content: Buffer.alloc(0) },
    { name: "slices/0.tif", content: Buffer.from("slice") },
  ]);
  return simulator;
}

async function read(session: Awaited<ReturnType<typeof sessionFor>>, path: string): Promise<Buffer> {
  return collect((await session.jobFiles("417666").read(path)).chunks);
}

describe("a job's files", () => {
  it("are listed with kinds, sizes and permissions", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    const files = await session.jobFiles("417666").list();
    expect(files.map(({ name, kind, sizeBytes, readable }) => [name, kind, sizeBytes, readable])).toEqual([
      ["417666.output", "file", 262, true],
      ["empty", "file", 0, true],
      ["secret", "file", 1, false],
      ["a.html", "file", 17, true],
      ["slices", "directory", 0, true],
      ["0.tif", "file", 5, true],
    ]);
  });

  it("Mantid fault: a list without path separators did nothing, silently", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    const failure = await failureOf(session.jobFiles("7").list());
    expect(failure).toMatchObject({ code: "JOB_NOT_FOUND" });
    expect(failure.message).toContain("Job <7> is not found");
    simulator.faults.push({ path: /jobfiles/, reply: { body: "Database error" } });
    expect((await failureOf(session.jobFiles("417666").list())).message).toContain("Database error");
    simulator.faults.splice(0, 1, { path: /jobfiles/, reply: { body: "" } });
    expect(await session.jobFiles("417666").list()).toEqual([]);
  });

  it.each([
    ['<?xml version="1.0"?><Jobs><errMsg>Internal error</errMsg></Jobs>', "Internal error"],
    ["cannot open /home/isisg/scarf362/J: Permission denied", "cannot open /home/isisg/scarf362/J"],
    ["Error: /home/isisg/scarf362/J is stale", "Error: /home/isisg/scarf362/J is stale"],
  ])("a message with slashes in it is not taken for an empty list: %s", async (body, said) => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /jobfiles/, reply: { body }, times: Infinity });
    const failure = await failureOf(session.jobFiles("1").list());
    expect(failure.code).toBe("OPERATION_REFUSED");
    expect(failure.message).toContain(said);
    simulator.faults.splice(0, 1, {
      path: /jobfiles/,
      reply: { body: "<x><errMsg>Your current login session was logout</errMsg></x>" },
      times: Infinity,
    });
    expect((await failureOf(session.jobFiles("1").list())).code).toBe("SESSION_EXPIRED");
  });

  it("keeps hostile entries of a list out", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    const body =
      "PAC Server*/h/..*FILE*1*true;PAC Server*/h/.*FILE*1*true;PAC*/h/a\u0007b*FILE*1*true;PAC*/h/ok*FILE*1*true;x;;";
    simulator.faults.push({ path: /jobfiles/, reply: { body } });
    expect((await session.jobFiles("417666").list()).map(({ name }) => name)).toEqual(["ok"]);
  });

  it("of sub-directories are a declared gap of the real service", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    expect((await failureOf(session.jobFiles("417666").list("slices"))).code).toBe("NOT_SUPPORTED");
    await using gateway = await withFiles({ gateway: true });
    await (await sessionFor(gateway)).jobFiles("417666").list("slices/a b");
    expect(gateway.requests.at(-1)?.url).toContain("jobfiles/417666?dir=slices%2Fa%20b");
  });
});

describe("download", () => {
  it("Mantid fault: a plain file name always failed", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    expect(await read(session, "417666.output")).toEqual(binary);
    const request = simulator.sent("file/").at(-1);
    expect(request).toMatchObject({
      method: "GET",
      headers: { "content-type": "text/plain", "content-length": "13" },
    });
    expect(request?.body.toString()).toBe("417666.output");
    expect(await read(session, "./slices/0.tif")).toEqual(Buffer.from("slice"));
    expect(await read(session, "a.html")).toEqual(Buffer.from("<html>mine</html>"));
  });

  it("Mantid fault: an empty file counted as a failed download", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    expect(simulator.requests.length).toBeGreaterThan(0);
    expect(await read(session, "empty")).toEqual(Buffer.alloc(0));
    expect(simulator.sent("file/").at(-1)?.headers["accept"]).toContain("multipart/mixed");
    // Also in the raw form of a server that does not know multipart.
    simulator.faults.push({ path: /\/file\//, reply: { body: "" } });
    expect(await read(session, "empty")).toEqual(Buffer.alloc(0));
    expect((await failureOf(read(session, "417666.output"))).code).toBe("FILE_NOT_FOUND");
  });

  it("Mantid fault: directories were requested as files, and whole list entries sent as names", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    expect((await failureOf(read(session, "slices"))).code).toBe("FILE_KIND_WRONG");
    expect((await failureOf(read(session, "PAC Server*/h/x*FILE*1*true"))).code).toBe("FILE_NAME_REFUSED");
    expect(simulator.sent("file/")).toEqual([]);
  });

  it("pac py3 fault: binary data was decoded as text", async () => {
    await using simulator = await withFiles();
    simulator.files.set("417666", [{ name: "data.tif", content: Buffer.concat([binary, binary]) }]);
    expect(await read(await sessionFor(simulator), "data.tif")).toEqual(Buffer.concat([binary, binary]));
  });

  it("takes raw bytes from a server that knows no multipart, if their number is right", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /\/file\//, reply: { body: binary } });
    expect(await read(session, "417666.output")).toEqual(binary);
    simulator.faults.splice(0, 1, { path: /\/file\//, reply: { body: binary.subarray(0, 100) } });
    expect(await failureOf(read(session, "417666.output"))).toMatchObject({ code: "TRANSFER_INCOMPLETE" });
  });

  it("takes an old server's multipart without closing delimiter only if the size in the list is reached", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    const old = (content: Buffer) => ({
      body: Buffer.concat([Buffer.from("\r\n--uuid:1\r\nContent-ID: <417666.output>\r\n\r\n"), content]),
    });
    simulator.faults.push({ path: /\/file\//, reply: old(binary) });
    expect(await read(session, "417666.output")).toEqual(binary);
    simulator.faults.splice(0, 1, { path: /\/file\//, reply: old(binary.subarray(1)) });
    expect((await failureOf(read(session, "417666.output"))).code).toBe("TRANSFER_INCOMPLETE");
  });

  it.each([1, 60, 120, 140, 300, 340])("notices a download cut at byte %i", async (cutAtByte) => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /\/file\//, cutAtByte, times: 99 });
    const failure = await failureOf(read(session, "417666.output"));
    expect(failure.code).toBe("TRANSFER_INCOMPLETE");
    expect(failure.message).toContain("417666.output did not come whole");
  });

  it("notices a multipart that ends too early although HTTP says it is complete", async () => {
    await using simulator = await withFiles({ gateway: true });
    const session = await sessionFor(simulator);
    simulator.faults.push({
      path: /\/file\//,
      change: ({ body, headers }) => ({ headers: headers ?? {}, body: Buffer.from(body).subarray(0, 200) }),
    });
    expect((await failureOf(read(session, "417666.output"))).code).toBe("TRANSFER_INCOMPLETE");
  });

  it("gives up on a server that falls silent in the middle", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator, { timeouts: { idleSeconds: 0.2 } });
    simulator.faults.push({ path: /\/file\//, stallAtByte: 200 });
    const failure = await failureOf(read(session, "417666.output"));
    expect(failure.code).toBe("RESPONSE_TIMEOUT");
    expect(failure.message).toContain("stopped in the middle of its answer");
  });

  it("gives what a growing file has by now, but never less than was listed", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    simulator.files.set("417666", [{ name: "log", content: Buffer.from("12345678"), listedBytes: 3 }]);
    expect((await read(session, "log")).toString()).toBe("12345678");
    simulator.files.set("417666", [{ name: "log", content: Buffer.from("12"), listedBytes: 3 }]);
    expect((await failureOf(read(session, "log"))).message).toContain("after 2 of 3 bytes");
  });

  it.each(["../../etc/passwd", "/etc/passwd", "..", "other.txt", ""])(
    "pac fault: the file name in a reply was used as a path (%j)",
    async (name) => {
      await using simulator = await withFiles();
      const session = await sessionFor(simulator);
      const body = `\r\n--u\r\nContent-ID: <${name}>\r\n\r\nevil\r\n--u--`;
      simulator.faults.push({ path: /\/file\//, reply: { body } });
      const failure = await failureOf(read(session, "417666.output"));
      expect(failure.code).toBe("FILE_NAME_REFUSED");
      expect(failure.hint).toContain("Nothing was written");
    },
  );

  it.each(["../x", "/etc/passwd", "a/../../b", "a,b|gzip", "a\\b", "", "a//b"])(
    "does not even ask for %j",
    async (path) => {
      await using simulator = await withFiles();
      const session = await sessionFor(simulator);
      expect((await failureOf(read(session, path))).code).toBe("FILE_NAME_REFUSED");
      expect(simulator.sent("file/")).toEqual([]);
    },
  );

  it("tells a missing file from a missing permission", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    expect(await failureOf(read(session, "none"))).toMatchObject({
      code: "FILE_NOT_FOUND",
      message: "The job has no file none.",
    });
    expect((await failureOf(read(session, "secret"))).code).toBe("FILE_UNREADABLE");
    expect(simulator.sent("file/")).toHaveLength(1);
    simulator.faults.push({ path: /\/file\//, reply: { status: 403, body: "" } });
    expect((await failureOf(read(session, "417666.output"))).code).toBe("FILE_UNREADABLE");
  });

  it.each([
    [
      "a web page",
      { body: "<html><title>Proxy</title></html>", headers: { "Content-Type": "text/html" } },
      "OUTPUT_UNREADABLE",
    ],
    [
      "an errMsg",
      { body: '<?xml version="1.0"?><Job><errMsg>Permission denied</errMsg></Job>' },
      "PERMISSION_DENIED",
    ],
    [
      "an expiry",
      { body: '<?xml version="1.0"?><Job><errMsg>Your current login session was logout</errMsg></Job>' },
      "SESSION_EXPIRED",
    ],
    ["status 500", { status: 500, body: "" }, "SCHEDULER_UNAVAILABLE"],
  ])("is no file: %s", async (_what, reply, code) => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    simulator.faults.push({ path: /\/file\//, reply, times: 9 });
    expect((await failureOf(read(session, "417666.output"))).code).toBe(code);
  });

  it("fetches several files in one request, and names the one that is missing in its turn", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    const got = new Map<string, string>();
    const all = async (paths: string[]): Promise<void> => {
      for await (const reading of session.jobFiles("417666").readMany(paths)) {
        got.set(reading.path, (await collect(reading.chunks)).toString("latin1"));
      }
    };
    await all(["empty", "417666.output", "slices/0.tif"]);
    expect(simulator.sent("file/")).toHaveLength(1);
    expect(got.get("417666.output")).toBe(binary.toString("latin1"));
    expect(got.get("slices/0.tif")).toBe("slice");
    got.clear();
    const first = await failureOf(all(["empty", "417666.output", "none", "slices/0.tif"]));
    expect(first).toMatchObject({ code: "FILE_NOT_FOUND", context: { path: "none" } });
    expect([...got.keys()]).toEqual(["empty", "417666.output"]);
    got.clear();
    const second = await failureOf(all(["empty", "secret", "417666.output"]));
    expect(second).toMatchObject({ code: "FILE_UNREADABLE", context: { path: "secret" } });
    expect([...got.keys()]).toEqual(["empty"]);
  });

  it("skips what the caller does not read, and lets the connection go when it stops early", async () => {
    await using simulator = await withFiles();
    simulator.files.set("417666", [
      { name: "big", content: Buffer.alloc(3_000_000, 1) },
      { name: "b", content: Buffer.from("b") },
    ]);
    const session = await sessionFor(simulator);
    const seen: string[] = [];
    for await (const { path, chunks } of session.jobFiles("417666").readMany(["big", "b"])) {
      seen.push(path === "b" ? `b: ${(await collect(chunks)).toString()}` : path);
    }
    expect(seen).toEqual(["big", "b: b"]);
    for await (const { path } of session.jobFiles("417666").readMany(["big", "b"])) {
      expect(path).toBe("big");
      break;
    }
    expect((await session.list()).length).toBe(0);
  });

  it("takes sizes and digests from our gateway without asking for the list", async () => {
    await using simulator = await withFiles({ gateway: true });
    const session = await sessionFor(simulator);
    const digest = "a".repeat(64);
    const body = `\r\n--u\r\nContent-Length: 3\r\nScarf-Sha256: ${digest}\r\nContent-ID: <f>\r\n\r\nabc\r\n--u--`;
    simulator.faults.push({ path: /\/file\//, reply: { body } });
    const reading = await session.jobFiles("417666").read("f");
    expect(reading).toMatchObject({ sizeBytes: 3, sha256: digest });
    expect((await collect(reading.chunks)).toString()).toBe("abc");
    expect(simulator.sent("jobfiles")).toEqual([]);
  });

  it("is stopped by its signal, before and in the middle of the bytes", async () => {
    await using simulator = await withFiles();
    simulator.files.set("417666", [{ name: "big", content: Buffer.alloc(3_000_000, 1) }]);
    const session = await sessionFor(simulator);
    for (const stallAtByte of [200, 1_000_000]) {
      simulator.faults.splice(0, 1, { path: /\/file\//, stallAtByte });
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      const whole = session
        .jobFiles("417666")
        .read("big", undefined, { signal: controller.signal })
        .then(({ chunks }) => collect(chunks));
      expect((await failureOf(whole)).code).toBe("ABORTED");
    }
  });

  it("has no ranges, and says so", async () => {
    await using simulator = await withFiles();
    const session = await sessionFor(simulator);
    expect((await failureOf(session.jobFiles("417666").read("empty", { offset: 1 }))).code).toBe(
      "NOT_SUPPORTED",
    );
  });
});
