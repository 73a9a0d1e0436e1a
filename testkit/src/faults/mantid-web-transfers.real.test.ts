import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  bytesSource,
  type DownloadReport,
  downloadJobFiles,
  isScarfError,
  MantidWebResource,
  type Session,
  waitForJob,
} from "scarf-tomo";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import type { Act, Exchange } from "./fault.js";
import { FaultProxy } from "./fault-proxy.js";

const sizeBytes = 3_000_000;
const retry = { attempts: 3, firstDelaySeconds: 0.01 };

let scarf: ScarfInABox;
let proxy: FaultProxy;
let resource: MantidWebResource;
let session: Session;
let id: string;
/** Where the job's file lies on the cluster. */
let path: string;

beforeAll(async () => {
  scarf = await startScarf({ mantidWeb: true });
  proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  resource = new MantidWebResource({
    id: "through the proxy",
    baseUrl: `${proxy.origin}/MantidRemote`,
    retry,
  });
  session = await resource.logIn(scarf);
  id = await session.submit(
    { name: "files", task: { kind: "shell", commandLine: `head -c ${sizeBytes} /dev/urandom > big` } },
    { submitKey: "files" },
  );
  await waitForJob(session, id);
  const [transaction = ""] = await readdir(join(scarf.home, "transactions"));
  path = join(scarf.home, "transactions", transaction, "big");
});
afterAll(async () => {
  await resource.close();
  await proxy[Symbol.asyncDispose]();
  await scarf[Symbol.asyncDispose]();
});
beforeEach(() => {
  proxy.reset();
  proxy.plan = undefined;
});

const isDownload = ({ target }: Exchange): boolean => target.includes("/download?");
const answers = (): readonly number[] =>
  proxy.exchanges.filter(isDownload).map(({ answerBytes }) => answerBytes);

function atDownload(act: Act, afterBytes: number, times = 1): void {
  let count = 0;
  proxy.plan = (exchange) =>
    isDownload(exchange) && (count += 1) <= times ? { direction: "answer", afterBytes, act } : undefined;
}

async function download(): Promise<DownloadReport & { readonly directory: string }> {
  const directory = await mkdtemp(join(scarf.folder, "down-"));
  return { directory, ...(await downloadJobFiles(session, id, { directory, names: ["big"], retry })) };
}

async function expectWhole({
  files,
  failures,
  directory,
}: Awaited<ReturnType<typeof download>>): Promise<void> {
  if (failures[0] !== undefined) throw failures[0].error;
  const content = await readFile(path);
  expect((await readFile(join(directory, "big"))).equals(content)).toBe(true);
  expect(files).toMatchObject([{ sha256: createHash("sha256").update(content).digest("hex") }]);
}

describe("a download over Mantid's service of our gateway", () => {
  it("goes on where it was cut, and is compared with a digest", async () => {
    atDownload({ kind: "cut" }, 2_000_000);
    await expectWhole(await download());
    expect(answers()).toHaveLength(2);
    // What was still on its way when the connection broke is lost with it.
    expect(answers()[1]).toBeLessThan(sizeBytes - 500_000);
  });

  it("begins again when the file was replaced by one of its size meanwhile", async () => {
    const other = Buffer.alloc(sizeBytes, "another");
    let count = 0;
    proxy.plan = async (exchange) => {
      if (!isDownload(exchange)) return undefined;
      count += 1;
      if (count === 2) await writeFile(path, other);
      return count === 1 ? { direction: "answer", afterBytes: 2_000_000, act: { kind: "cut" } } : undefined;
    };
    await expectWhole(await download());
    expect(answers()).toHaveLength(3);
    expect((await readFile(path)).equals(other)).toBe(true);
  });

  it("that was damaged is noticed and made again, and leaves nothing when it can't be had", async () => {
    atDownload({ kind: "corrupt", bytes: 1 }, 1_000_000);
    await expectWhole(await download());
    expect(answers()).toHaveLength(2);
    atDownload({ kind: "corrupt", bytes: 1 }, 1_000_000, 99);
    const { failures, directory } = await download();
    expect(failures).toMatchObject([{ name: "big", error: { code: "TRANSFER_CORRUPT" } }]);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("an upload over Mantid's service of our gateway", () => {
  it("that was damaged is refused, and leaves nothing", async () => {
    const bytes = Buffer.alloc(300_000, "data");
    const source = {
      sizeBytes: bytes.length,
      async *read() {
        yield await Promise.resolve(bytes);
      },
    };
    const write = () => session.jobFiles(id).write("", "sent", source, { overwrite: true });
    proxy.plan = ({ target }) =>
      target.endsWith("/upload")
        ? { direction: "request", afterBytes: 150_000, act: { kind: "corrupt", bytes: 1 } }
        : undefined;
    const failure: unknown = await write().catch((error: unknown) => error);
    expect(isScarfError(failure) && failure.code).toBe("TRANSFER_CORRUPT");
    expect((await session.jobFiles(id).list()).map(({ name }) => name)).not.toContain("sent");
    proxy.plan = undefined;
    expect(await write()).toMatchObject({ sha256: createHash("sha256").update(bytes).digest("hex") });
  });

  it("of an attachment that was cut or damaged is made again, and the job has the right one", async () => {
    let uploads = 0;
    proxy.plan = ({ target }) => {
      if (!target.endsWith("/upload") || (uploads += 1) > 2) return undefined;
      const act: Act = uploads === 1 ? { kind: "corrupt", bytes: 1 } : { kind: "cut" };
      return { direction: "request", afterBytes: 30_000, act };
    };
    const content = "data".repeat(20_000);
    const submitted = await session.submit(
      {
        task: { kind: "shell", commandLine: "cat in.txt" },
        attachments: [{ name: "in.txt", source: bytesSource(content) }],
        outputPath: "out.txt",
      },
      { submitKey: "damaged attachment" },
    );
    proxy.plan = undefined;
    await waitForJob(session, submitted);
    let text = "";
    for await (const chunk of (await session.jobFiles(submitted).read("out.txt")).chunks)
      text += Buffer.from(chunk).toString();
    expect(text).toBe(content);
    expect(proxy.done).toHaveLength(2);
  });
});
