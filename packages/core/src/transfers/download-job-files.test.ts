import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileError, TransportError } from "../errors/index.js";
import type { Session } from "../resources/compute-resource.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { downloadJobFiles, type DownloadProgress, type DownloadReport } from "./download-job-files.js";

const retry = { firstDelaySeconds: 0.001, attempts: 3 };
let top: string;
let directory: string;
let resource: MemoryResource;
let session: Session;
let id: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "scarf-transfers-"));
  directory = join(top, "results");
  resource = new MemoryResource("SCARF");
  resource.addUser("alice");
  session = await resource.logIn({ userName: "alice", password: "password of alice" });
  id = await session.submit({ task: { kind: "shell", commandLine: "recon" } }, { submitKey: "k" });
});
afterEach(() => rm(top, { recursive: true }));

function put(name: string, content: string): void {
  resource.userNamed("alice").files.set(`jobs/${id}/${name}`, Buffer.from(content));
}

/** What the report says, as `name: outcome or code`. */
const summary = ({ files, failures }: DownloadReport): string[] => [
  ...files.map(({ name, outcome }) => `${name}: ${outcome}`),
  ...failures.map(({ name, error }) => `${name}: ${error.code}`),
];

const read = (name: string): Promise<string> => readFile(join(directory, name), "utf8");

describe("all files of a job", () => {
  beforeEach(() => {
    put("out.txt", "the output");
    put("slices/0001.tif", "slice one");
    put("slices/0002.tif", "slice two");
  });

  it("come with their directories", async () => {
    const progress: DownloadProgress[] = [];
    const report = await downloadJobFiles(session, id, {
      directory,
      onProgress: (now) => progress.push(now),
    });
    expect(summary(report)).toEqual([
      "out.txt: downloaded",
      "slices/0001.tif: downloaded",
      "slices/0002.tif: downloaded",
    ]);
    expect([await read("out.txt"), await read("slices/0002.tif")]).toEqual(["the output", "slice two"]);
    expect(await readdir(join(directory, "slices"))).toEqual(["0001.tif", "0002.tif"]);
    expect(progress.at(-1)).toEqual({
      bytesDone: 28,
      bytesTotal: 28,
      filesDone: 3,
      filesTotal: 3,
      currentName: "slices/0002.tif",
    });
  });

  it("or those named, a directory with all in it; the other names are failures with a proposal", async () => {
    const names = ["slices/", "out.txt", "out.text", "slices/0003.tif"];
    const report = await downloadJobFiles(session, id, { directory, names });
    expect(summary(report)).toEqual([
      "slices/0001.tif: downloaded",
      "slices/0002.tif: downloaded",
      "out.txt: downloaded",
      "out.text: FILE_NOT_FOUND",
      "slices/0003.tif: FILE_NOT_FOUND",
    ]);
    expect(report.failures[0]?.error.hint).toBe("Did you mean out.txt?");
  });

  it("are none: the report is empty", async () => {
    resource.userNamed("alice").files.clear();
    expect(await downloadJobFiles(session, id, { directory })).toEqual({ files: [], failures: [] });
    expect(summary(await downloadJobFiles(session, id, { directory, names: [] }))).toEqual([]);
  });

  it("do not come over what is here, unless told so", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "out.txt"), "precious");
    expect(summary(await downloadJobFiles(session, id, { directory, names: ["out.txt"] }))).toEqual([
      "out.txt: FILE_EXISTS",
    ]);
    const skipping = await downloadJobFiles(session, id, { directory, overwrite: "skip" });
    expect(summary(skipping)).toEqual([
      "slices/0001.tif: downloaded",
      "slices/0002.tif: downloaded",
      "out.txt: FILE_EXISTS",
    ]);
    expect(skipping.failures[0]?.error.message).toContain("with 8 bytes where the resource has 10");
    expect(await read("out.txt")).toBe("precious");
    expect(summary(await downloadJobFiles(session, id, { directory, overwrite: "replace" }))).toHaveLength(3);
    expect(await read("out.txt")).toBe("the output");
    expect(summary(await downloadJobFiles(session, id, { directory, overwrite: "skip" }))).toEqual([
      "out.txt: skipped",
      "slices/0001.tif: skipped",
      "slices/0002.tif: skipped",
    ]);
  });
});

describe("one that fails does not keep the others from coming", () => {
  beforeEach(() => {
    for (const name of ["a", "b", "c"]) put(name, `content of ${name}`);
  });

  it("vanished meanwhile", async () => {
    resource.fail("files.read", new FileError("FILE_NOT_FOUND", "b is gone", { context: { path: "a" } }));
    const report = await downloadJobFiles(session, id, { directory, retry });
    expect(summary(report)).toEqual(["b: downloaded", "c: downloaded", "a: FILE_NOT_FOUND"]);
  });

  it("is cut in the middle: it goes on where it was", async () => {
    resource.loseAnswer("chunk of b", 2);
    const report = await downloadJobFiles(session, id, { directory, retry });
    expect(summary(report)).toEqual(["a: downloaded", "b: downloaded", "c: downloaded"]);
    expect(await read("b")).toBe("content of b");
  });

  it("all clients' fault, a partial file left after an error: is cut again and again", async () => {
    resource.loseAnswer("chunk of b", 50);
    const report = await downloadJobFiles(session, id, { directory, retry });
    expect(summary(report)).toEqual(["a: downloaded", "c: downloaded", "b: CONNECTION_LOST"]);
    expect(await readdir(directory)).toEqual(["a", "c"]);
  });

  it("has a directory in its place here", async () => {
    await mkdir(join(directory, "b"), { recursive: true });
    const report = await downloadJobFiles(session, id, { directory, overwrite: "replace", retry });
    expect(summary(report)).toEqual(["a: downloaded", "c: downloaded", "b: FILE_KIND_WRONG"]);
  });

  it("is nothing against a service that fails for a moment", async () => {
    resource.fail("files.read", new TransportError("CONNECTION_FAILED", "down"), "before", 2);
    expect(summary(await downloadJobFiles(session, id, { directory, retry }))).toHaveLength(3);
  });

  it("but an expired session or a service that stays away ends all that is left, each named", async () => {
    resource.fail("chunk of b", new TransportError("CONNECTION_FAILED", "down"), "before", 50);
    const down = await downloadJobFiles(session, id, { directory, retry });
    expect(summary(down)).toEqual(["a: downloaded", "b: CONNECTION_FAILED", "c: CONNECTION_FAILED"]);
  });

  it("is not a bug: that is thrown as it is", async () => {
    resource.fail("files.read", new TypeError("a bug"));
    await expect(downloadJobFiles(session, id, { directory, retry })).rejects.toThrow(TypeError);
  });
});

describe("a hostile server", () => {
  it("writes nowhere but into the directory", async () => {
    put("..|..|etc|passwd", "x");
    put("|absolute", "x");
    put("ok", "fine");
    const report = await downloadJobFiles(session, id, { directory, retry });
    expect(summary(report)).toEqual([
      "ok: downloaded",
      "../../etc/passwd: FILE_NAME_REFUSED",
      "/absolute: FILE_NAME_REFUSED",
    ]);
    expect([await readdir(top), await readdir(directory)]).toEqual([["results"], ["ok"]]);
  });

  it("is not helped by a link in the directory", async () => {
    await mkdir(directory);
    await mkdir(join(top, "elsewhere"));
    await symlink(join(top, "elsewhere"), join(directory, "slices"));
    put("slices/1", "x");
    expect(summary(await downloadJobFiles(session, id, { directory, overwrite: "replace" }))).toEqual([
      "slices/1: FILE_KIND_WRONG",
    ]);
    expect(await readdir(join(top, "elsewhere"))).toEqual([]);
  });
});

describe("what prevents the first step is thrown", () => {
  it("a directory that is a file", async () => {
    await writeFile(directory, "");
    await expect(downloadJobFiles(session, id, { directory })).rejects.toMatchObject({
      code: "FILE_KIND_WRONG",
      message: `${directory} is not a directory.`,
    });
  });

  it("a list that can't be had", async () => {
    resource.expire("alice");
    await expect(downloadJobFiles(session, id, { directory })).rejects.toMatchObject({
      code: "SESSION_EXPIRED",
    });
  });

  it("a request to stop", async () => {
    for (const name of ["a", "b", "c"]) put(name, `content of ${name}`);
    const controller = new AbortController();
    const options = { directory, retry, signal: controller.signal, onProgress: () => controller.abort() };
    await expect(downloadJobFiles(session, id, options)).rejects.toMatchObject({ code: "ABORTED" });
    expect((await readdir(directory)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
