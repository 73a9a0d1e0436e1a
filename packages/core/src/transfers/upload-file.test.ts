import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Capabilities } from "../model/index.js";
import type { Session } from "../resources/compute-resource.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { uploadFile } from "./upload-file.js";
import { uploadFiles } from "./upload-files.js";

const retry = { firstDelaySeconds: 0.001, attempts: 3 };
let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-transfers-"));
  path = join(directory, "scan.nxs");
  await writeFile(path, "projections");
});
afterEach(() => rm(directory, { recursive: true }));

async function start(capabilities: Partial<Capabilities> = {}): Promise<{
  resource: MemoryResource;
  session: Session;
  there: Map<string, Uint8Array>;
}> {
  const resource = new MemoryResource("SCARF", capabilities);
  const there = resource.addUser("alice").files;
  const session = await resource.logIn({ userName: "alice", password: "password of alice" });
  return { resource, session, there };
}

it("sends a file and compares digests", async () => {
  const { session, there } = await start();
  const sent = await uploadFile(session, path, "/work/imat");
  expect(sent).toMatchObject({ path: "/work/imat/scan.nxs", sizeBytes: 11, verified: "sha256" });
  expect(sent.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(there.get("/work/imat/scan.nxs")?.toString()).toBe("projections");
});

it("compares sizes where there are no digests, and says when nothing could be compared", async () => {
  const sized = await start({ checksums: false });
  expect(await uploadFile(sized.session, path, "d")).toMatchObject({ verified: "size" });
  const blind = await start({ checksums: false, fileBrowsing: false });
  expect(await uploadFile(blind.session, path, "d")).toEqual({
    path: "d/scan.nxs",
    sizeBytes: 11,
    verified: "no",
    outcome: "sent",
  });
});

it("notices that what lies there is something else", async () => {
  const { resource, session, there } = await start();
  const checksum = resource.call.bind(resource);
  resource.call = (method, act) => {
    if (method === "files.checksum") there.set("d/scan.nxs", Buffer.from("projectionz"));
    return checksum(method, act);
  };
  await expect(uploadFile(session, path, "d", { retry })).rejects.toMatchObject({ code: "TRANSFER_CORRUPT" });
});

it.each([
  ["that writes exclusively", {}],
  ["that can look", { exclusiveWrite: false }],
])("never replaces silently on a resource %s", async (_, capabilities) => {
  const { session, there } = await start(capabilities);
  there.set("d/scan.nxs", Buffer.from("precious"));
  await expect(uploadFile(session, path, "d", { retry })).rejects.toMatchObject({ code: "FILE_EXISTS" });
  expect(there.get("d/scan.nxs")?.toString()).toBe("precious");
  await uploadFile(session, path, "d", { overwrite: "replace" });
  expect(there.get("d/scan.nxs")?.toString()).toBe("projections");
});

it("refuses where a file might be replaced without anyone knowing", async () => {
  const { session, there } = await start({ exclusiveWrite: false, fileBrowsing: false });
  await expect(uploadFile(session, path, "d")).rejects.toMatchObject({
    code: "TRANSFER_REFUSED",
    message: "SCARF cannot tell whether d/scan.nxs exists there, and would replace it without asking.",
  });
  expect(there.size).toBe(0);
  await uploadFile(session, path, "d", { overwrite: "replace" });
});

it("knows its own file again when only the answer was lost", async () => {
  const { resource, session } = await start();
  resource.loseAnswer("files.write");
  expect(await uploadFile(session, path, "d", { retry })).toMatchObject({
    verified: "sha256",
    outcome: "was-there",
  });
});

it("counts a file that lies there with the same bytes as sent, without sending it", async () => {
  const { session } = await start();
  await uploadFile(session, path, "d");
  expect(await uploadFile(session, path, "d", { retry })).toMatchObject({ outcome: "was-there" });
  await expect(uploadFile(session, path, "d", { retry, verify: false })).rejects.toMatchObject({
    code: "FILE_EXISTS",
  });
});

it("does not take another's file for its own", async () => {
  const { resource, session, there } = await start();
  const call = resource.call.bind(resource);
  resource.loseAnswer("files.write");
  resource.call = async (method, act) => {
    try {
      return await call(method, act);
    } finally {
      if (method === "files.write") there.set("d/scan.nxs", Buffer.from("another's"));
    }
  };
  await expect(uploadFile(session, path, "d", { retry })).rejects.toMatchObject({ code: "FILE_EXISTS" });
});

it("does not try again with a file that has changed", async () => {
  const { resource, session } = await start();
  resource.loseAnswer("files.write");
  const call = resource.call.bind(resource);
  resource.call = async (method, act) => {
    if (method === "files.write") await appendFile(path, "more");
    return call(method, act);
  };
  await expect(uploadFile(session, path, "d", { retry })).rejects.toMatchObject({
    code: "TRANSFER_INCOMPLETE",
    context: { sourceChanged: true },
  });
  expect(resource.calls.get("files.write")).toBe(1);
});

it.each(["a/b", "", "..", "x\0"])("refuses %j as a name over there", async (remoteName) => {
  const { session } = await start();
  await expect(uploadFile(session, path, "d", { remoteName })).rejects.toMatchObject({
    code: "FILE_NAME_REFUSED",
  });
});

it("says what is wrong with the file here before anything is sent", async () => {
  const { resource, session } = await start();
  await expect(uploadFile(session, join(directory, "none"), "d")).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
  });
  await expect(uploadFile(session, directory, "d")).rejects.toMatchObject({ code: "FILE_KIND_WRONG" });
  expect([...resource.calls.keys()]).toEqual(["logIn"]);
});

describe("to be skipped", () => {
  it("is a file that is the same, whatever else is to be compared", async () => {
    const { session } = await start();
    await uploadFile(session, path, "d");
    for (const verify of [true, false])
      expect(await uploadFile(session, path, "d", { retry, overwrite: "skip", verify })).toMatchObject({
        outcome: "skipped",
        verified: "sha256",
      });
  });

  it.each([
    ["of another size", {}, "truncated", /has 9 bytes where the file here has 11/],
    ["of other content", {}, "projectionz", /has other content/],
    ["of another size, without digests", { checksums: false }, "truncated", /has 9 bytes/],
    ["where it would be replaced", { exclusiveWrite: false }, "projectionz", /has other content/],
  ])("is no file %s", async (_, capabilities, content, message) => {
    const { session, there } = await start(capabilities);
    there.set("d/scan.nxs", Buffer.from(content));
    await expect(uploadFile(session, path, "d", { retry, overwrite: "skip" })).rejects.toThrow(message);
    const [report] = (await uploadFiles(session, [{ localPath: path }], "d", { retry, overwrite: "skip" }))
      .failures;
    expect(report?.error.code).toBe("FILE_EXISTS");
    expect(there.get("d/scan.nxs")?.toString()).toBe(content);
  });

  it("is a file of the same size where no digest is told, and says so", async () => {
    const { session, there } = await start({ checksums: false });
    there.set("d/scan.nxs", Buffer.from("projectionz"));
    expect(await uploadFile(session, path, "d", { retry, overwrite: "skip" })).toMatchObject({
      outcome: "skipped",
      verified: "size",
    });
  });
});
