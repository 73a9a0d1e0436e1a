import { execFileSync } from "node:child_process";
import { appendFile, chmod, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ByteSource } from "../model/index.js";
import { withoutPrivileges } from "../testing/without-privileges.js";
import { bytesSource } from "./bytes-source.js";
import { fileSource } from "./file-source.js";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-transfers-"));
  path = join(directory, "scan.nxs");
});
afterEach(() => rm(directory, { recursive: true }));

/** Copies each chunk, as its buffer is used again; `after` runs behind the first. */
async function readAll(source: ByteSource, offset?: number, after?: () => Promise<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.read(offset)) {
    chunks.push(Buffer.from(chunk));
    if (chunks.length === 1) await after?.();
  }
  return Buffer.concat(chunks);
}

const large = Buffer.alloc(9_500_003, "a scan of something that can't be measured again, ");

describe("reading", () => {
  it("gives every byte, from any offset, again and again", async () => {
    await writeFile(path, large);
    const source = await fileSource(path);
    expect(source.sizeBytes).toBe(large.length);
    expect((await readAll(source)).equals(large)).toBe(true);
    expect((await readAll(source, 1_048_577)).equals(large.subarray(1_048_577))).toBe(true);
    expect(await readAll(source, large.length)).toHaveLength(0);
    const [one, two] = await Promise.all([readAll(source), readAll(source, 5)]);
    expect([one.length, two.length]).toEqual([large.length, large.length - 5]);
  });

  it("gives nothing of an empty file", async () => {
    await writeFile(path, "");
    expect(await readAll(await fileSource(path))).toHaveLength(0);
  });

  it("can be left before its end", async () => {
    await writeFile(path, large);
    const source = await fileSource(path);
    let bytes = 0;
    for await (const chunk of source.read()) {
      bytes += chunk.length;
      break;
    }
    expect(bytes).toBe(1_048_576);
  });

  it("of piece after piece takes the memory of one", async () => {
    await writeFile(path, large);
    const source = await fileSource(path);
    const memory = new Set<ArrayBufferLike>();
    let bytes = 0;
    for (let round = 0; round < 20; round++) {
      const [start, end] = [round * 400_000, round * 400_000 + 2_000_000];
      const pieces: Buffer[] = [];
      for await (const chunk of source.read(start, end)) {
        memory.add(chunk.buffer);
        pieces.push(Buffer.from(chunk));
      }
      expect(Buffer.concat(pieces).equals(large.subarray(start, end))).toBe(true);
      bytes += end - start;
    }
    expect(bytes).toBe(40_000_000);
    // Of 40 that each of its own would take.
    expect(memory.size).toBeLessThanOrEqual(6);
  });

  it("that is left early leaves its last piece alone", async () => {
    await writeFile(path, large);
    const other = `${path}.other`;
    await writeFile(other, Buffer.alloc(large.length, "!"));
    const [source, otherSource] = [await fileSource(path), await fileSource(other)];
    const kept: Uint8Array[] = [];
    for await (const chunk of source.read()) {
      kept.push(chunk);
      break;
    }
    await readAll(otherSource);
    await readAll(otherSource);
    expect(Buffer.concat(kept).equals(large.subarray(0, 1_048_576))).toBe(true);
  });

  it("is the same for bytes at hand", async () => {
    expect((await readAll(bytesSource("Zählrate"), 1)).toString()).toBe("ählrate");
    expect(bytesSource("Zählrate").sizeBytes).toBe(9);
    expect(await readAll(bytesSource(""))).toHaveLength(0);
  });
});

describe("a file that is not what it was", () => {
  const changed = {
    code: "TRANSFER_INCOMPLETE",
    message: expect.stringContaining("changed while it was being sent") as unknown,
  };

  it.each([
    ["shrinks", (): Promise<void> => truncate(path, 5_000_000)],
    ["grows", (): Promise<void> => appendFile(path, "more")],
    ["is written over", (): Promise<void> => writeFile(path, Buffer.alloc(large.length, "x"))],
  ])("%s while it is read", async (_, change) => {
    await writeFile(path, large);
    await expect(readAll(await fileSource(path), 0, change)).rejects.toMatchObject(changed);
  });

  it("was replaced before it is read again", async () => {
    await writeFile(path, large);
    const source = await fileSource(path);
    await readAll(source);
    await writeFile(join(directory, "new"), large);
    await rename(join(directory, "new"), path);
    await expect(readAll(source)).rejects.toMatchObject(changed);
  });

  it("vanished", async () => {
    await writeFile(path, large);
    const source = await fileSource(path);
    await rm(path);
    await expect(readAll(source)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});

describe("a path that is no file to send", () => {
  it("is missing", async () => {
    await expect(fileSource(path)).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: `There is no file ${path}.`,
    });
  });
  it("is a directory", async () => {
    await expect(fileSource(directory)).rejects.toMatchObject({
      code: "FILE_KIND_WRONG",
      message: `${directory} is a directory, not a file`,
    });
  });
  it("is a pipe: it does not wait for a writer", async () => {
    execFileSync("mkfifo", [path]);
    await expect(fileSource(path)).rejects.toMatchObject({
      code: "FILE_KIND_WRONG",
      message: `${path} is a pipe, not a file`,
    });
  });
  it("is a device", async () => {
    await expect(fileSource("/dev/null")).rejects.toMatchObject({ code: "FILE_KIND_WRONG" });
  });
  it("may not be read", async () => {
    await writeFile(path, "x");
    await chmod(path, 0);
    await withoutPrivileges(directory, async () => {
      await expect(fileSource(path)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
    });
  });
});
