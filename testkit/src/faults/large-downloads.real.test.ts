import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { downloadJobFiles, isScarfError, PacResource, type Session } from "scarf-tomo";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import type { Act, Exchange, Fault } from "./fault.js";
import { FaultProxy } from "./fault-proxy.js";

const sizeBytes = 3_000_000;
const retry = { attempts: 3, firstDelaySeconds: 0.01 };

let scarf: ScarfInABox;
let proxy: FaultProxy;
let session: Session;
let resource: PacResource;
let id: string;
let content: Buffer;

beforeAll(async () => {
  scarf = await startScarf();
  proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  const { pathname } = new URL(scarf.pacUrl);
  resource = new PacResource({ id: "through the proxy", baseUrl: `${proxy.origin}${pathname}` });
  session = await resource.logIn(scarf);
  const script = `head -c ${sizeBytes} /dev/urandom > big; : > empty; for n in 1 2 3; do echo $n > small$n; done`;
  id = await session.submit(
    { name: "files", task: { kind: "command", argv: ["sh", "-c", script] } },
    { submitKey: "files" },
  );
  while ((await session.status([id])).get(id)?.phase !== "finished")
    await new Promise((resolve) => setTimeout(resolve, 50));
  const { path = "" } =
    (await (await scarf.local.logIn(scarf)).jobFiles(id).list()).find(({ name }) => name === "big") ?? {};
  content = await readFile(path);
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

const isDownload = ({ target }: Exchange): boolean => /\/(?:file|jobfiles\/download)\//.test(target);
const answers = (): readonly number[] =>
  proxy.exchanges.filter(isDownload).map(({ answerBytes }) => answerBytes);

function atDownload(act: Act, afterBytes: number, times = 1): void {
  let count = 0;
  const fault: Fault = { direction: "answer", afterBytes, act };
  proxy.plan = (exchange) => (isDownload(exchange) && (count += 1) <= times ? fault : undefined);
}

async function download(names: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(scarf.folder, "down-"));
  const { files, failures } = await downloadJobFiles(session, id, { directory, names, retry });
  if (failures[0] !== undefined) throw failures[0].error;
  expect(files).toHaveLength(names.length);
  for (const { sha256, path } of files)
    expect(sha256).toBe(
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    );
  expect((await readdir(directory)).toSorted()).toEqual([...names].toSorted());
  return directory;
}

async function expectBig(directory: string): Promise<void> {
  expect((await readFile(join(directory, "big"))).equals(content)).toBe(true);
}

describe("a download", () => {
  it("compares a digest that comes behind each file, also of an empty one", async () => {
    await expectBig(await download(["big", "empty", "small1", "small2", "small3"]));
    expect(answers()).toHaveLength(1);
  });

  it("goes on where it was cut", async () => {
    atDownload({ kind: "cut" }, 2_000_000);
    await expectBig(await download(["big"]));
    expect(answers()).toHaveLength(2);
    // What was still on its way when the connection broke is lost with it; how much that is hangs on the moment.
    expect(answers()[1]).toBeLessThan(sizeBytes - 500_000);
  });

  it("goes on for ever as long as each try brings something", async () => {
    atDownload({ kind: "cut" }, 700_000, 4);
    await expectBig(await download(["big"]));
    expect(answers()).toHaveLength(5);
  });

  it("that was damaged before or after a cut is noticed, and begins again", async () => {
    let count = 0;
    proxy.plan = (exchange) => {
      if (!isDownload(exchange)) return undefined;
      count += 1;
      if (count === 1) return { direction: "answer", afterBytes: 2_000_000, act: { kind: "cut" } };
      if (count > 2) return undefined;
      return { direction: "answer", afterBytes: 500_000, act: { kind: "corrupt", bytes: 2 } };
    };
    await expectBig(await download(["big"]));
    expect(answers()).toHaveLength(3);
  });

  it("leaves nothing behind and says how far it had come when it fails for good", async () => {
    atDownload({ kind: "corrupt", bytes: 1 }, 2_000_000, 99);
    const directory = await mkdtemp(join(scarf.folder, "down-"));
    const { failures } = await downloadJobFiles(session, id, { directory, names: ["big"], retry });
    expect(failures).toMatchObject([{ name: "big", error: { code: "TRANSFER_CORRUPT" } }]);
    expect(failures[0]?.error.message).toMatch(/Of big 3000000 of 3000000 bytes had passed\.$/);
    expect(await readdir(directory)).toEqual([]);
  });

  it("gives ranges", async () => {
    const read = async (offset: number, length?: number): Promise<Buffer> => {
      const pieces: Uint8Array[] = [];
      const range = { offset, ...(length !== undefined && { length }) };
      for await (const piece of (await session.jobFiles(id).read("big", range)).chunks)
        pieces.push(Buffer.from(piece));
      return Buffer.concat(pieces);
    };
    for (const [offset, length] of [
      [10, 5],
      [2_999_990],
      [0, 3],
      [2_999_999, 99],
      [sizeBytes],
      [5, 0],
    ] as const) {
      const end = length === undefined ? undefined : offset + length;
      expect((await read(offset, length)).equals(content.subarray(offset, end))).toBe(true);
    }
    const failure = await session
      .jobFiles(id)
      .read("big", { offset: -1 })
      .catch((error: unknown) => error);
    expect(isScarfError(failure) && failure.code).toBe("USAGE_INVALID");
  });
});
