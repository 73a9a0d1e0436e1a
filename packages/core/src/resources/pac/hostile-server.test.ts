import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downloadJobFiles } from "../../transfers/index.js";
import { PacResource } from "./pac-resource.js";
import type { PacSession } from "./pac-session.js";
import { forEver, HostileServer, type RawReply, reply, token } from "./testing/hostile-server.js";
import { failureOf } from "./testing/test-resource.js";

let server: HostileServer;
let resource: PacResource;
let session: PacSession;
let top: string;
beforeEach(async () => {
  server = await HostileServer.start();
  resource = new PacResource({
    id: "SCARF@STFC",
    baseUrl: server.baseUrl,
    generation: "legacy",
    retry: { attempts: 2, firstDelaySeconds: 0.001 },
    timeouts: { responseSeconds: 2, idleSeconds: 2 },
  });
  session = await resource.logIn({ userName: "scarf362", password: "correct horse" });
  top = await mkdtemp(join(tmpdir(), "scarf-hostile-"));
});
afterEach(async () => {
  await resource.close();
  await server[Symbol.asyncDispose]();
  await rm(top, { recursive: true });
});

const xmlType = "application/xml";
const list =
  (body: Iterable<string | Buffer>, headers = ""): (() => RawReply) =>
  () =>
    reply(xmlType, headers, body);

/** What a call fails with; it must be one of ours, in bounded time and memory, with nothing of the token in it. */
async function failure(call: () => Promise<unknown>): Promise<string> {
  const before = process.memoryUsage().rss;
  const begun = performance.now();
  const error = await failureOf(call());
  expect(performance.now() - begun).toBeLessThan(15_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  expect(`${error.message} ${error.hint} ${JSON.stringify(error.context)}`).not.toContain("Mv2ncX8Z0TpH0l");
  expect(error.message.length).toBeLessThan(2500);
  return error.code;
}

describe("a hostile job list", () => {
  const bomb = Array.from(
    { length: 20 },
    (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
  ).join("");
  const job = "<Job><id>1</id><status>Done</status></Job>";

  it.each<readonly [string, () => RawReply]>([
    ["an entity bomb", list([`<!DOCTYPE Jobs [<!ENTITY e0 "x">${bomb}]><Jobs><note>&e20;</note></Jobs>`])],
    [
      "an external entity",
      list(['<!DOCTYPE Jobs [<!ENTITY x SYSTEM "file:///etc/passwd">]><Jobs><note>&x;</note></Jobs>']),
    ],
    ["levels without end", list(forEver("<Jobs>", "<a>"))],
    ["a text without end", list(forEver("<Jobs><note>", "x"))],
    ["CDATA without end", list(forEver("<Jobs><note><![CDATA[", "x"))],
    ["an element without end", list(forEver("<Jobs", "x"))],
    ["attributes without end", list(forEver("<Jobs", ' a="b"'))],
    ["an entity without end", list(forEver("<Jobs><note>&", "a"))],
    ["brackets without end", list(forEver("<", "<"))],
    ["garbage without end", list(forEver("\0", "\xFF\x00\xFE"))],
    ["a list that is cut", list([`<Jobs>${job}`])],
    ["fewer bytes than announced", list([`<Jobs>${job}</Jobs>`], "Content-Length: 1000\r\n")],
    ["a chunk size that is none", list(["zz\r\n<Jobs/>\r\n0\r\n\r\n"], "Transfer-Encoding: chunked\r\n")],
    ["two lengths", list([`<Jobs>${job}</Jobs>`], "Content-Length: 5\r\nContent-Length: 50\r\n")],
    [
      "a length and chunks",
      list(["5\r\n<Jobs\r\n0\r\n\r\n"], "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    ],
    ["gigantic headers", list([`<Jobs>${job}</Jobs>`], `X: ${"x".repeat(1_000_000)}\r\n`)],
    ["headers without end", () => forEver("HTTP/1.1 200 OK\r\n", "X: y\r\n")],
    ["no HTTP", () => ["SSH-2.0-OpenSSH_9.0\r\n"]],
    ["nothing", () => []],
    ["gzip that nobody asked for", list([gzipSync(`<Jobs>${job}</Jobs>`)], "Content-Encoding: gzip\r\n")],
    ["an unknown coding", list([`<Jobs>${job}</Jobs>`], "Content-Encoding: aes128\r\n")],
    ["UTF-16", list([Buffer.from(`\uFEFF<Jobs>${job}</Jobs>`, "utf16le")])],
    ["JSON", list([`{"@total":"1","job":{"jobId":"1","jobStatus":"DONE"}}`])],
    [
      "a page that repeats the token",
      list([
        `<html><title>Cookie ${token} ${token.replaceAll('"', "&quot;")}</title>${"x".repeat(100_000)}</html>`,
      ]),
    ],
  ])("%s is an error of ours", async (_, answer) => {
    server.replies.push(["jobs?", answer]);
    expect(["OUTPUT_UNREADABLE", "CONNECTION_LOST", "CONNECTION_FAILED"]).toContain(
      await failure(() => session.list()),
    );
  });

  it("an answer without end to a small question ends at a megabyte", async () => {
    server.replies.push(
      ["jobOperation", list(forEver("<Job><actionMsg>", "x"))],
      ["ping", () => reply("text/html", "", forEver("<html>", "<title"))],
    );
    expect(await failure(() => session.cancel("1"))).toBe("OUTPUT_UNREADABLE");
    expect(await failure(() => resource.ping())).toBe("OUTPUT_UNREADABLE");
  });

  it("jobs among which are impossible ones: the others are there", async () => {
    const text = Array.from({ length: 5000 }, (_, index) => {
      const status = index % 2 === 0 ? "Done" : "\xFF?";
      return `<Job><id>${index + 1}</id><status>${status}</status><exitCode>99999</exitCode><startTime>never</startTime></Job>`;
    });
    server.replies.push([
      "jobs?",
      list(["<Jobs>", ...text, "<Job><id/></Job><Job/><x><id>7</id></x></Jobs>"]),
    ]);
    const jobs = await session.list();
    expect(jobs.length).toBe(5000);
    expect(jobs.filter(({ status }) => status.phase === "finished").length).toBe(2500);
  });
});

describe("a hostile job list of the current generation", () => {
  const one = '{"jobId":"1","jobStatus":"DONE"}';
  let newer: PacResource;
  let newerSession: PacSession;
  beforeEach(async () => {
    newer = new PacResource({
      id: "SCARF@STFC",
      baseUrl: server.baseUrl,
      generation: "current",
      retry: { attempts: 1 },
      timeouts: { responseSeconds: 2, idleSeconds: 2 },
    });
    newerSession = await newer.logIn({ userName: "scarf362", password: "correct horse" });
  });
  afterEach(() => newer.close());

  it.each<readonly [string, () => RawReply]>([
    [
      "an external entity",
      list(['<!DOCTYPE jobs [<!ENTITY x SYSTEM "file:///etc/passwd">]><jobs>&x;</jobs>']),
    ],
    ["levels without end", list(forEver("<jobs>", "<a>"))],
    ["a text without end", list(forEver("<jobs><job><jobName>", "x"))],
    ["spaces without end", list(forEver(" ", " "))],
    ["JSON without end", list(forEver('{"job":[', `${one},`))],
    ["JSON nested a hundred thousand deep", list([`{"job":${"[".repeat(100_000)}${"]".repeat(100_000)}`])],
    ["JSON that is cut", list([`{"@total":"1","job":${one}`])],
    ["another document", list(['{"error":{"message":"no"}}'])],
    ["a list where an object should be", list([`[${one}]`])],
  ])("%s is an error of ours", async (_, answer) => {
    server.replies.push(["ws/jobs", answer]);
    expect(await failure(() => newerSession.list())).toBe("OUTPUT_UNREADABLE");
  });

  it("JSON of odd values: jobs that have an id of their own, and no other", async () => {
    const odd = [
      '{"jobId":9007199254740993}',
      '{"jobId":{"a":1}}',
      '{"jobId":null}',
      '{"__proto__":{"jobId":"7"}}',
      '"x"',
      "[]",
      "1e999",
      one,
    ];
    server.replies.push(["ws/jobs", list([`{"@total":1e999,"job":[${odd.join(",")}]}`])]);
    const jobs = await newerSession.list();
    expect(jobs.map(({ id, status }) => [id, status.phase])).toEqual([["1", "finished"]]);
  });
});

describe("redirects", () => {
  it("in a circle, to other hosts and to other schemes end in an error, and the token stays here", async () => {
    await using other = await HostileServer.start();
    const { port } = new URL(server.baseUrl);
    for (const location of [
      "/platform/webservice/pacclient/jobs?again",
      other.baseUrl,
      `http://scarf362@127.0.0.1:${port}.example.org/`,
      "https://127.0.0.1:1/",
      "file:///etc/passwd",
      "//127.0.0.1:1/",
      "javascript:alert(1)",
      `http://[`,
    ]) {
      for (const status of [301, 302, 303, 307, 308]) {
        server.replies.splice(0, Infinity, [
          "jobs?",
          () => [`HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`],
        ]);
        expect(["OUTPUT_UNREADABLE", "CONNECTION_LOST"]).toContain(await failure(() => session.list()));
      }
    }
    expect(other.requests).toEqual([]);
  });
});

describe("files of a hostile server", () => {
  const names = [
    "../x",
    "../../etc/cron.d/x",
    "/etc/x",
    "a/../../x",
    "C:\\x",
    "..\\x",
    "nul\0byte",
    "line\nbreak",
    "x".repeat(255),
    "y".repeat(256),
    "con",
    "A.txt",
    "a.txt",
    "-rf",
    ".hidden",
    "..",
    ".",
    "",
    " ",
    "é",
    "\xFF\xFE",
    "a".repeat(100_000),
  ];

  it("names that lead elsewhere are refused, the others come byte by byte, and nothing lies outside", async () => {
    const entries = names.map((name) => `PAC Server*/jobs/1/${name}*FILE*4*true;`).join("");
    server.replies.push(["jobfiles", () => reply("text/plain", "", [entries])]);
    const sent = ["A.txt", "../x", "a.txt", "/etc/x", "-rf", "x".repeat(255), "y".repeat(256), "con"];
    const parts = sent.map((name) => `--B\r\nContent-ID: <${name}>\r\n\r\ndata\r\n`);
    server.replies.push(["file/", () => reply("multipart/mixed; boundary=B", "", [...parts, "--B--\r\n"])]);
    const directory = join(top, "deep", "target");
    const report = await downloadJobFiles(session, "1", { directory, retry: { attempts: 1 } });
    const contents = report.files.map(({ name }) => readFile(join(directory, name), "utf8"));
    expect(new Set(await Promise.all(contents))).toEqual(new Set(["data"]));
    expect(report.files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["A.txt", "a.txt", "-rf", "x".repeat(255), "con"]),
    );
    expect(report.failures.map(({ name }) => name)).toEqual(expect.arrayContaining(["y".repeat(256)]));
    expect(await readdir(top)).toEqual(["deep"]);
    expect(await readdir(join(top, "deep"))).toEqual(["target"]);
  });

  const ask = async (answer: () => RawReply, listedBytes = 4): Promise<string> => {
    server.replies.splice(
      0,
      Infinity,
      ["jobfiles", () => reply("text/plain", "", [`PAC Server*/jobs/1/a.txt*FILE*${listedBytes}*true;`])],
      ["file/", answer],
    );
    const directory = join(top, "target");
    const report = await downloadJobFiles(session, "1", {
      directory,
      names: ["a.txt"],
      retry: { attempts: 1 },
    });
    const left = await readdir(directory, { recursive: true });
    expect([
      left.filter((name) => !name.endsWith(".part") && !name.startsWith(".")),
      await readdir(top),
    ]).toEqual([report.files.map(({ name }) => name), ["target"]]);
    return report.failures[0]?.error.code ?? (await readFile(join(directory, "a.txt"), "latin1"));
  };
  const multipart =
    (headers: string, content: string, end = "\r\n--B--"): (() => RawReply) =>
    () =>
      reply("multipart/mixed; boundary=B", "", [
        `--B\r\nContent-Type: application/octet-stream\r\n${headers}\r\n\r\n${content}${end}`,
      ]);

  it("other names than were asked for, cut and lying answers: the very bytes or an error, and no file that is not whole", async () => {
    expect(await ask(multipart("Content-ID: <a.txt>", "data"))).toBe("data");
    await rm(join(top, "target"), { recursive: true });
    // The last component counts, and it is the one that was asked for.
    expect(await ask(multipart("Content-ID: <../a.txt>", "data"))).toBe("data");
    await rm(join(top, "target"), { recursive: true });
    for (const id of ["/etc/passwd", "b.txt", "a.txt\0", "A.TXT", "..", ""]) {
      expect([id, await ask(multipart(`Content-ID: <${id}>`, "data"))]).toEqual([
        id,
        expect.stringMatching(/^[A-Z]+_[A-Z_]+$/),
      ]);
    }
    expect(await ask(multipart("Content-ID: <a.txt>", "da"))).toBe("TRANSFER_INCOMPLETE");
    expect(await ask(multipart("Content-ID: <a.txt>\r\nContent-Length: 9", "data"))).toBe(
      "TRANSFER_INCOMPLETE",
    );
    expect(await ask(multipart("Content-ID: <a.txt>\r\nContent-Length: 2", "data"))).toBe(
      "TRANSFER_INCOMPLETE",
    );
    expect(await ask(multipart(`Content-ID: <a.txt>\r\nscarf-sha256: ${"0".repeat(64)}`, "data"))).toBe(
      "TRANSFER_CORRUPT",
    );
    expect(await ask(multipart("Content-ID: <a.txt>", "da", ""), 400)).toBe("TRANSFER_INCOMPLETE");
    expect(await ask(() => reply("text/plain", "Content-Length: 400\r\n", ["data"]))).toBe(
      "TRANSFER_INCOMPLETE",
    );
    expect(await ask(() => reply("text/plain", "Content-Encoding: gzip\r\n", [gzipSync("data")]))).toBe(
      "OUTPUT_UNREADABLE",
    );
    expect(await ask(() => reply("multipart/mixed; boundary=B", "", forEver("--B\r\nX: ", "x")))).toBe(
      "OUTPUT_UNREADABLE",
    );
    expect(await ask(() => reply("multipart/mixed; boundary=B", "", forEver("", "no delimiter ")))).toBe(
      "OUTPUT_UNREADABLE",
    );
    // The file was whole before.
    expect(
      await ask(() =>
        reply(
          "multipart/mixed; boundary=B",
          "",
          forEver("--B\r\nContent-ID: <a.txt>\r\n\r\ndata\r\n--B--\r\n", "x"),
        ),
      ),
    ).toBe("data");
  });
});
