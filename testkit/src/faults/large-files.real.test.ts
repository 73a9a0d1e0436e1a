import { randomBytes } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isScarfError, PacResource, type ScarfError, type Session, uploadFile } from "scarf-tomo";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import type { Act, Exchange, Fault } from "./fault.js";
import { FaultProxy } from "./fault-proxy.js";

const mebibyte = 1_048_576;
const retry = { attempts: 2, firstDelaySeconds: 0.01 };

let scarf: ScarfInABox;
let proxy: FaultProxy;
let session: Session;
let resource: PacResource;
let file: string;
let count = 0;

beforeAll(async () => {
  scarf = await startScarf();
  proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  session = await newSession();
});
afterAll(async () => {
  await resource.close();
  await proxy[Symbol.asyncDispose]();
  await scarf[Symbol.asyncDispose]();
});
beforeEach(async () => {
  proxy.reset();
  proxy.plan = undefined;
  file = join(scarf.folder, `scan${(count += 1)}.nxs`);
  await writeFile(file, randomBytes(3 * mebibyte + 12_345));
});

/** As another process would begin one. */
async function newSession(): Promise<Session> {
  await resource?.close();
  const { pathname } = new URL(scarf.pacUrl);
  resource = new PacResource({
    id: "through the proxy",
    baseUrl: `${proxy.origin}${pathname}`,
    uploadChunkBytes: mebibyte,
  });
  return resource.logIn(scarf);
}

const isChunk = ({ method, target }: Exchange): boolean =>
  method === "POST" && target.includes("uplargefile");
const chunksSent = (): number => proxy.exchanges.filter(isChunk).length;

/** What happens to the chunk that is sent as the so-many-th. */
function atChunk(number: number, fault: Fault, everyTime = false): void {
  proxy.plan = (exchange) => {
    const seen = proxy.exchanges.filter(isChunk).length;
    return isChunk(exchange) && (everyTime ? seen >= number : seen === number) ? fault : undefined;
  };
}

async function failureOf(work: Promise<unknown>): Promise<ScarfError> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (isScarfError(error)) return error;
  throw error;
}

async function expectSame(path: string, name: string): Promise<void> {
  expect((await readFile(path)).equals(await readFile(file))).toBe(true);
  expect(await readdir(scarf.home)).toContain(name);
  expect(await readdir(scarf.spool)).toEqual([]);
}

describe("a large file in chunks", () => {
  it("arrives, compared piece by piece, without being written twice", async () => {
    const sent = await uploadFile(session, file, ".", { remoteName: "whole.nxs" });
    expect(sent).toMatchObject({ verified: "sha256", outcome: "sent", path: join(scarf.home, "whole.nxs") });
    expect(chunksSent()).toBe(4);
    await expectSame(sent.path, "whole.nxs");
    expect((await stat(sent.path)).nlink).toBe(1);
  });

  const inTheMiddle = (act: Act): Fault => ({ direction: "request", afterBytes: mebibyte / 2, act });
  it.each<[string, Fault, number]>([
    ["cut in the middle", inTheMiddle({ kind: "cut" }), 5],
    ["reset in the middle", inTheMiddle({ kind: "reset" }), 5],
    ["damaged", inTheMiddle({ kind: "corrupt", bytes: 3 }), 5],
    ["answered by nobody", { direction: "answer", afterBytes: 0, act: { kind: "cut" } }, 4],
    ["there twice at the same moment", { twice: true }, 4],
  ])("is whole when a chunk is %s, and only that one goes again", async (_, fault, chunks) => {
    atChunk(3, fault);
    const sent = await uploadFile(session, file, ".", { remoteName: `cut${count}`, retry });
    expect(proxy.done.length).toBeGreaterThan(0);
    await proxy.settled();
    expect(chunksSent()).toBe(chunks);
    await expectSame(sent.path, `cut${count}`);
  });

  it("is whole when the answer to the last chunk is lost", async () => {
    atChunk(4, { direction: "answer", afterBytes: 0, act: { kind: "cut" } });
    const sent = await uploadFile(session, file, ".", { remoteName: "lost-answer", retry });
    expect(sent).toMatchObject({ verified: "sha256", outcome: "was-there" });
    expect(chunksSent()).toBe(4);
    await expectSame(join(scarf.home, "lost-answer"), "lost-answer");
  });

  it("is taken up by another process where the first gave up, which says how far it had come", async () => {
    atChunk(3, inTheMiddle({ kind: "cut" }), true);
    const failure = await failureOf(uploadFile(session, file, ".", { remoteName: "later", retry }));
    expect(failure.message).toMatch(/Of later \d+ of 3158073 bytes had passed\.$/);
    expect(failure.hint).toBe(`Do the same again: it goes on after ${2 * mebibyte} bytes.`);
    proxy.plan = undefined;
    proxy.reset();
    session = await newSession();
    const progress: number[] = [];
    const sent = await uploadFile(session, file, ".", {
      remoteName: "later",
      onProgress: ({ bytesDone }) => progress.push(bytesDone),
    });
    expect(chunksSent()).toBe(2);
    expect(progress.filter((bytes) => bytes > 0 && bytes <= 2 * mebibyte)).toEqual([]);
    await expectSame(sent.path, "later");
  });

  it("that is given up leaves nothing, and begins anew", async () => {
    atChunk(3, inTheMiddle({ kind: "cut" }), true);
    await failureOf(uploadFile(session, file, "given up", { remoteName: "a & b", retry }));
    proxy.plan = undefined;
    proxy.reset();
    expect(await readdir(scarf.spool)).not.toEqual([]);
    expect(await session.files.abandonWrite?.("given up", "other")).toBe(0);
    expect(await session.files.abandonWrite?.("given up", "a & b")).toBe(2 * mebibyte);
    expect(await readdir(scarf.spool)).toEqual([]);
    expect(await session.files.abandonWrite?.("given up", "a & b")).toBe(0);
    const sent = await uploadFile(session, file, "given up", { remoteName: "a & b" });
    expect(chunksSent()).toBe(4);
    expect((await readFile(sent.path)).equals(await readFile(file))).toBe(true);
  });

  it("that was changed since is not mixed with what had come of the old one", async () => {
    atChunk(3, inTheMiddle({ kind: "cut" }), true);
    await failureOf(uploadFile(session, file, ".", { remoteName: "changed", retry }));
    proxy.plan = undefined;
    proxy.reset();
    const content = await readFile(file);
    content[mebibyte + 5] = (content[mebibyte + 5] ?? 0) ^ 1;
    await writeFile(file, content);
    const sent = await uploadFile(session, file, ".", { remoteName: "changed" });
    expect(chunksSent()).toBe(3);
    await expectSame(sent.path, "changed");
  });

  it("goes on for ever as long as each try brings some of it there", async () => {
    let chunks = 0;
    proxy.plan = (exchange) =>
      isChunk(exchange) && (chunks += 1) % 2 === 0 ? inTheMiddle({ kind: "cut" }) : undefined;
    const sent = await uploadFile(session, file, ".", { remoteName: "stubborn", retry });
    expect(proxy.done.length).toBeGreaterThan(2);
    await expectSame(sent.path, "stubborn");
  });

  it("is refused before its first byte when the name is taken, and replaces when it may", async () => {
    await writeFile(join(scarf.home, "taken"), "other");
    await expect(uploadFile(session, file, ".", { remoteName: "taken" })).rejects.toMatchObject({
      code: "FILE_EXISTS",
    });
    expect(chunksSent()).toBe(0);
    const sent = await uploadFile(session, file, ".", { remoteName: "taken", overwrite: "replace" });
    await expectSame(sent.path, "taken");
  });
});

describe("a file in one piece", () => {
  const isFile = ({ target }: Exchange): boolean => target.includes("upfile");
  beforeEach(() => writeFile(file, randomBytes(700_000)));

  it("that is damaged on its way never stands under its name, and is sent again", async () => {
    const seen: string[][] = [];
    let tries = 0;
    proxy.plan = async (exchange) => {
      if (!isFile(exchange)) return undefined;
      seen.push(await readdir(scarf.home));
      return (tries += 1) === 1
        ? { direction: "request", afterBytes: 300_000, act: { kind: "corrupt", bytes: 1 } }
        : undefined;
    };
    const sent = await uploadFile(session, file, ".", { remoteName: "damaged", retry });
    expect(seen).toHaveLength(2);
    expect(seen.flat()).not.toContain("damaged");
    await expectSame(sent.path, "damaged");
  });

  it("says how far it had come when it can't be sent", async () => {
    proxy.plan = (exchange) =>
      isFile(exchange) ? { direction: "request", afterBytes: 500_000, act: { kind: "cut" } } : undefined;
    const failure = await failureOf(uploadFile(session, file, ".", { remoteName: "never", retry }));
    expect(failure.message).toMatch(/Of never \d+ of 700000 bytes had passed\.$/);
    expect(failure.hint).toMatch(/it begins at the first byte\.$/);
    expect(await readdir(scarf.home)).not.toContain("never");
  });
});
