import { createHash } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  PacResource,
  type Session,
  uploadFiles,
  type UploadFilesOptions,
  type UploadReport,
} from "scarf-tomo";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import type { Exchange } from "./fault.js";
import { FaultProxy } from "./fault-proxy.js";

const retry = { attempts: 3, firstDelaySeconds: 0.01 };
const count = 24;

let scarf: ScarfInABox;
let proxy: FaultProxy;
let session: Session;
let resource: PacResource;
let folder: string;
let target: string;
let rounds = 0;

beforeAll(async () => {
  scarf = await startScarf();
  proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  const { pathname } = new URL(scarf.pacUrl);
  resource = new PacResource({ id: "through the proxy", baseUrl: `${proxy.origin}${pathname}` });
  session = await resource.logIn(scarf);
  folder = join(scarf.folder, "many");
  await mkdir(folder);
  for (let number = 0; number < count; number += 1)
    await writeFile(join(folder, `slice ${number}.tif`), contentOf(number));
});
afterAll(async () => {
  await resource.close();
  await proxy[Symbol.asyncDispose]();
  await scarf[Symbol.asyncDispose]();
});
beforeEach(() => {
  proxy.reset();
  proxy.plan = undefined;
  target = `target${(rounds += 1)}`;
});

function contentOf(number: number): string {
  return `${number}\r\n--`.repeat(number * 400);
}

const isUpload = ({ target: path }: Exchange): boolean => path.includes("upfile");

function send(options: UploadFilesOptions = {}): Promise<UploadReport> {
  const files = Array.from({ length: count }, (_, number) => ({
    localPath: join(folder, `slice ${number}.tif`),
    ...(number % 2 === 1 && { directory: "odd" }),
  }));
  const sorted = files.toSorted((a, b) => (a.directory ?? "").localeCompare(b.directory ?? ""));
  return uploadFiles(session, sorted, target, { retry, ...options });
}

async function expectAll(): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const path = join(scarf.home, target, number % 2 === 1 ? "odd" : ".", `slice ${number}.tif`);
    expect(await readFile(path, "utf8")).toBe(contentOf(number));
  }
  expect(await readdir(join(scarf.home, target))).toHaveLength(count / 2 + 1);
  expect(await readdir(scarf.spool)).toEqual([]);
}

describe("many small files", () => {
  it("go in one request for each directory, each compared by its digest", async () => {
    const seen: number[] = [];
    const { files, failures } = await send({ onProgress: ({ bytesDone }) => seen.push(bytesDone) });
    expect(failures).toEqual([]);
    expect(proxy.exchanges.filter(isUpload)).toHaveLength(2);
    expect(files).toHaveLength(count);
    for (const { localPath, sha256, verified } of files) {
      expect(verified).toBe("sha256");
      expect(sha256).toBe(
        createHash("sha256")
          .update(await readFile(localPath))
          .digest("hex"),
      );
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    await expectAll();
  });

  it("are all there after a cut, also where the answer was lost", async () => {
    let uploads = 0;
    proxy.plan = (exchange) => {
      if (!isUpload(exchange)) return undefined;
      uploads += 1;
      if (uploads === 1) return { direction: "request", afterBytes: 200_000, act: { kind: "cut" } };
      return uploads === 2 ? { direction: "answer", afterBytes: 0, act: { kind: "cut" } } : undefined;
    };
    const { files, failures } = await send();
    expect(failures).toEqual([]);
    expect(files).toHaveLength(count);
    expect(proxy.done).toHaveLength(2);
    await expectAll();
  });

  it("of which one is damaged on its way: that one goes again, and no other", async () => {
    let uploads = 0;
    proxy.plan = (exchange) =>
      isUpload(exchange) && (uploads += 1) === 1
        ? { direction: "request", afterBytes: 151_000, act: { kind: "corrupt", bytes: 1 } }
        : undefined;
    expect((await send()).failures).toEqual([]);
    const sizes = proxy.exchanges.filter(isUpload).map(({ requestBytes }) => requestBytes);
    expect(sizes).toHaveLength(3);
    expect(Math.min(...sizes)).toBeLessThan(100_000);
    await expectAll();
  });

  it("are named one by one where they can't be written", async () => {
    await mkdir(join(scarf.home, target), { recursive: true });
    await writeFile(join(scarf.home, target, "slice 2.tif"), "another");
    await writeFile(join(scarf.home, target, "slice 4.tif"), contentOf(4));
    await mkdir(join(scarf.home, target, "slice 6.tif"));
    await writeFile(join(folder, "gone.tif"), "x");
    const { files, failures } = await send();
    const failed = failures.map(
      ({ localPath, error }) => `${localPath.slice(folder.length + 1)} ${error.code}`,
    );
    expect(failed).toEqual(["slice 2.tif FILE_EXISTS", "slice 6.tif FILE_KIND_WRONG"]);
    expect(files).toHaveLength(count - 2);
    expect(files.filter(({ outcome }) => outcome === "was-there").map(({ localPath }) => localPath)).toEqual([
      join(folder, "slice 4.tif"),
    ]);
    expect(await readFile(join(scarf.home, target, "slice 2.tif"), "utf8")).toBe("another");
  });

  it("are left as they are or replaced, as is wanted; another file is never taken for one of them", async () => {
    await mkdir(join(scarf.home, target), { recursive: true });
    await writeFile(join(scarf.home, target, "slice 2.tif"), "another");
    const other = Buffer.from(contentOf(4));
    other[7] = 0;
    await writeFile(join(scarf.home, target, "slice 4.tif"), other);
    const skipped = await send({ overwrite: "skip" });
    expect(skipped.failures).toMatchObject([
      { localPath: join(folder, "slice 2.tif"), error: { code: "FILE_EXISTS" } },
      { localPath: join(folder, "slice 4.tif"), error: { code: "FILE_EXISTS" } },
    ]);
    for (const { error } of skipped.failures) expect(error.hint).toMatch(/not the same file/);
    expect(await readFile(join(scarf.home, target, "slice 2.tif"), "utf8")).toBe("another");
    expect(await readFile(join(scarf.home, target, "slice 4.tif"))).toEqual(other);
    expect((await send({ overwrite: "replace" })).failures).toEqual([]);
    await expectAll();
    proxy.reset();
    const all = await send({ overwrite: "skip", verify: false });
    expect(all.files.map(({ outcome, verified }) => `${outcome} ${verified}`)).toEqual(
      Array.from({ length: count }, () => "skipped sha256"),
    );
    expect(proxy.exchanges.filter(isUpload)).toHaveLength(2);
  });

  it("say which of them are not there when the line is gone for good", async () => {
    let uploads = 0;
    proxy.plan = (exchange) =>
      isUpload(exchange) && (uploads += 1) > 1
        ? { direction: "request", afterBytes: 1000, act: { kind: "cut" } }
        : undefined;
    const { files, failures } = await send();
    expect(files).toHaveLength(count / 2);
    expect(failures).toHaveLength(count / 2);
    expect(failures.every(({ error }) => error.code === "CONNECTION_LOST")).toBe(true);
  });

  it("of which one vanishes or grows while they are sent: the one is named, the other is sent as it is now", async () => {
    const paths = ["staying", "vanishing", "growing"].map((name) => join(folder, name));
    for (const path of paths) await writeFile(path, "content");
    let changes: Promise<unknown> | undefined;
    const report = await uploadFiles(
      session,
      paths.map((localPath) => ({ localPath })),
      target,
      {
        retry,
        onProgress: () => {
          changes ??= Promise.all([
            rm(join(folder, "vanishing")),
            appendFile(join(folder, "growing"), "more"),
          ]);
        },
      },
    );
    await changes;
    expect(report.files.map(({ localPath }) => localPath)).toEqual([paths[0], paths[2]]);
    expect(report.failures).toMatchObject([{ localPath: paths[1], error: { code: "FILE_NOT_FOUND" } }]);
    expect(await readdir(join(scarf.home, target))).toEqual(["growing", "staying"]);
    expect(await readFile(join(scarf.home, target, "growing"), "utf8")).toBe("contentmore");
  });

  it("that are not here are named, and do not stop the others", async () => {
    const localPaths = [
      join(folder, "slice 1.tif"),
      join(folder, "missing"),
      folder,
      join(folder, "slice 2.tif"),
    ];
    const { files, failures } = await uploadFiles(
      session,
      localPaths.map((localPath) => ({ localPath })),
      target,
    );
    expect(files.map(({ localPath }) => localPath)).toEqual([localPaths[0], localPaths[3]]);
    expect(failures.map(({ error }) => error.code)).toEqual(["FILE_NOT_FOUND", "FILE_KIND_WRONG"]);
    expect((await uploadFiles(session, [], target)).files).toEqual([]);
  });
});
