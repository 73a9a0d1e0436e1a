import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransportError } from "../errors/index.js";
import type { FileReading } from "../model/index.js";
import { downloadFrom, downloadTo } from "./download-to.js";
import { mapFileError } from "./map-file-error.js";
import { removeStaleParts } from "./part-file.js";

let directory: string;
let target: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-transfers-"));
  target = join(directory, "slice.tif");
});
afterEach(() => rm(directory, { recursive: true }));

const content = Buffer.from("the slice that was asked for");
const digest = createHash("sha256").update(content).digest("hex");

/** A reading that gives its bytes in one reused buffer, and may end early or break. */
function reading(bytes: Uint8Array, told: Partial<FileReading> = {}, brokenAfter?: number): FileReading {
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    const buffer = Buffer.alloc(5);
    const end = brokenAfter ?? bytes.length;
    for (let offset = 0; offset < end; offset += buffer.length) {
      const chunk = bytes.subarray(offset, Math.min(offset + buffer.length, end));
      buffer.fill(0).set(chunk);
      await Promise.resolve();
      yield buffer.subarray(0, chunk.length);
    }
    if (brokenAfter !== undefined) throw new TransportError("CONNECTION_LOST", "the connection broke");
  }
  return { chunks: chunks(), ...told };
}

const files = (): Promise<string[]> => readdir(directory);

describe("a file is complete or not there", () => {
  it("saves bytes, checked against size and digest", async () => {
    const progress: number[] = [];
    const saved = await downloadTo(reading(content, { sizeBytes: content.length, sha256: digest }), target, {
      onProgress: ({ bytesDone, bytesTotal }) => progress.push(bytesDone, bytesTotal ?? -1),
    });
    expect(saved).toEqual({ path: target, sizeBytes: content.length, sha256: digest, outcome: "downloaded" });
    expect(await readFile(target)).toEqual(content);
    expect(progress.slice(0, 2)).toEqual([5, 28]);
    expect(progress.slice(-2)).toEqual([28, 28]);
    expect(await files()).toEqual(["slice.tif"]);
  });

  it("lets go of a reading that it does not need", async () => {
    await writeFile(target, content);
    let isOpen = true;
    const { chunks } = reading(content);
    async function* held(): AsyncGenerator<Uint8Array, void> {
      try {
        yield* chunks;
      } finally {
        isOpen = false;
      }
    }
    const given = { chunks: held(), sizeBytes: content.length };
    expect((await downloadTo(given, target, { overwrite: "skip" })).outcome).toBe("skipped");
    expect(isOpen).toBe(false);
  });

  it("saves an empty file", async () => {
    await downloadTo(reading(Buffer.alloc(0), { sizeBytes: 0 }), target);
    expect(await readFile(target)).toHaveLength(0);
  });

  it("gathers chunks of any size in the right order", async () => {
    const bytes = Buffer.alloc(3_000_017, "0123456789abcdef!");
    async function* chunks(): AsyncGenerator<Uint8Array, void> {
      const buffer = Buffer.alloc(1_000_000);
      for (
        let offset = 0, size = 1;
        offset < bytes.length;
        offset += size, size = Math.min(size * 3, 1_000_000)
      ) {
        const chunk = bytes.subarray(offset, offset + size);
        buffer.set(chunk);
        await Promise.resolve();
        yield buffer.subarray(0, chunk.length);
      }
    }
    await downloadTo({ chunks: chunks() }, target);
    expect((await readFile(target)).equals(bytes)).toBe(true);
  });

  it.each([
    [
      "ends short of its size",
      reading(content, { sizeBytes: 100 }),
      {},
      "TRANSFER_INCOMPLETE",
      "28 of 100 bytes arrived",
    ],
    [
      "is shorter than the list said",
      reading(content),
      { expectedSizeBytes: 30 },
      "TRANSFER_INCOMPLETE",
      "28 of 30",
    ],
    [
      "brings more than was announced",
      reading(content, { sizeBytes: 20 }),
      {},
      "TRANSFER_INCOMPLETE",
      "28 bytes arrived",
    ],
    [
      "has another digest",
      reading(content, { sha256: "0".repeat(64) }),
      {},
      "TRANSFER_CORRUPT",
      "SHA-256 differs",
    ],
    ["breaks", reading(content, {}, 12), {}, "CONNECTION_LOST", "the connection broke"],
  ])(
    "Mantid fault: a partial file was left after an error: here nothing is when the reading %s",
    async (_, source, options, code, message) => {
      const error: unknown = await downloadTo(source, target, options).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringContaining(message) as unknown });
      expect(await files()).toEqual([]);
    },
  );

  it("takes what a running job has added since the list was made", async () => {
    await downloadTo(reading(content), target, { expectedSizeBytes: 10 });
    expect(await readFile(target)).toEqual(content);
  });

  it("stops on request in the middle of a reading that hangs, and leaves nothing", async () => {
    const controller = new AbortController();
    async function* hanging(): AsyncGenerator<Uint8Array, void> {
      yield content;
      setTimeout(() => controller.abort(), 10);
      await new Promise(() => undefined);
    }
    await expect(
      downloadTo({ chunks: hanging() }, target, { signal: controller.signal }),
    ).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(await files()).toEqual([]);
  });
});

describe("the name is taken", () => {
  beforeEach(() => writeFile(target, "precious"));

  it("is an error that names the file, and the reading is let go", async () => {
    let isOpen = true;
    async function* held(): AsyncGenerator<Uint8Array, void> {
      try {
        yield content;
        yield content;
      } finally {
        isOpen = false;
      }
    }
    await expect(downloadTo({ chunks: held() }, target)).rejects.toMatchObject({
      code: "FILE_EXISTS",
      message: `${target} exists already.`,
    });
    expect([isOpen, await readFile(target, "utf8")]).toEqual([false, "precious"]);
  });

  it("is an error too when the file appears during the transfer", async () => {
    await rm(target);
    async function* racing(): AsyncGenerator<Uint8Array, void> {
      await writeFile(target, "precious");
      yield content;
    }
    await expect(downloadTo({ chunks: racing() }, target)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect([await files(), await readFile(target, "utf8")]).toEqual([["slice.tif"], "precious"]);
  });

  it("is replaced on request, at the end and in one step", async () => {
    let during = "";
    async function* looking(): AsyncGenerator<Uint8Array, void> {
      yield content;
      during = await readFile(target, "utf8");
    }
    await downloadTo({ chunks: looking() }, target, { overwrite: "replace" });
    expect([during, await readFile(target)]).toEqual(["precious", content]);
  });

  it("is skipped on request, but only if it can be the same file", async () => {
    const same = reading(content, { sizeBytes: 8 });
    await expect(downloadTo(same, target, { overwrite: "skip" })).resolves.toMatchObject({
      outcome: "skipped",
    });
    const longer = downloadTo(reading(content, { sizeBytes: 28 }), target, { overwrite: "skip" });
    await expect(longer).rejects.toThrow("has 8 bytes where the resource has 28");
    expect(await readFile(target, "utf8")).toBe("precious");
  });

  it("is a link: the link is replaced, what it points to is not touched", async () => {
    const link = join(directory, "link.tif");
    await symlink(target, link);
    await expect(downloadTo(reading(content), link)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    await downloadTo(reading(content), link, { overwrite: "replace" });
    expect((await lstat(link)).isSymbolicLink()).toBe(false);
    expect(await readFile(target, "utf8")).toBe("precious");
  });

  it("is a dangling link or a directory", async () => {
    await symlink(join(directory, "nothing"), join(directory, "dangling"));
    await expect(downloadTo(reading(content), join(directory, "dangling"))).rejects.toMatchObject({
      code: "FILE_EXISTS",
    });
    await mkdir(join(directory, "d"));
    const over = downloadTo(reading(content), join(directory, "d"), { overwrite: "replace" });
    await expect(over).rejects.toMatchObject({
      code: "FILE_KIND_WRONG",
      message: `${join(directory, "d")} is a directory.`,
    });
  });
});

describe("the place can't be written to", () => {
  it.each([
    ["a directory that isn't there", "none/slice.tif", "FILE_NOT_FOUND"],
    ["a file where a directory should be", "file/slice.tif", "FILE_KIND_WRONG"],
    ["a name that is too long", "x".repeat(300), "FILE_NAME_REFUSED"],
  ])("%s", async (_, name, code) => {
    await writeFile(join(directory, "file"), "");
    await expect(downloadTo(reading(content), join(directory, name))).rejects.toMatchObject({ code });
  });

  it("a full disk", async () => {
    // Linux's disk without room. No part file can be made there, so its failure is passed on by hand.
    const full: unknown = await writeFile("/dev/full", "x").catch((error: unknown) =>
      mapFileError(error, target, "write"),
    );
    expect(full).toMatchObject({
      code: "DISK_FULL",
      message: `The disk is full; ${target} was not written.`,
    });
  });

  it("names with every byte in use still have room for the temporary name", async () => {
    const long = join(directory, `${"ü".repeat(125)}.tif`);
    await downloadTo(reading(content), long);
    expect(await readFile(long)).toEqual(content);
  });
});

describe("a cut", () => {
  const retry = { firstDelaySeconds: 0.001, attempts: 3 };

  it("is taken up where it was, and the digest covers the whole", async () => {
    const offsets: number[] = [];
    const open = (offset: number): Promise<FileReading> => {
      offsets.push(offset);
      return Promise.resolve(
        reading(
          content.subarray(offset),
          { sizeBytes: content.length - offset, sha256: digest },
          offset < 20 ? 10 : undefined,
        ),
      );
    };
    const saved = await downloadFrom({ open, byteRanges: true, retry }, target);
    expect(offsets).toEqual([0, 10, 20]);
    expect(saved.sha256).toBe(digest);
    expect(await readFile(target)).toEqual(content);
  });

  it("means to begin anew where the wire has no ranges", async () => {
    let tries = 0;
    const open = (offset: number): Promise<FileReading> => {
      tries += 1;
      expect(offset).toBe(0);
      return Promise.resolve(reading(content, { sha256: digest }, tries < 3 ? 10 : undefined));
    };
    await downloadFrom({ open, retry }, target);
    expect(await readFile(target)).toEqual(content);
  });

  it.each([
    ["longer", "THE SLICE AS IT IS NOW, LONGER"],
    ["shorter", "THE SLICE, SHORTER"],
  ])("never joins the beginning of one file to the end of a %s one", async (_, text) => {
    const other = Buffer.from(text);
    const open = (offset: number): Promise<FileReading> => {
      const now = offset === 0 && tries === 0 ? content : other;
      tries += 1;
      const rest = now.subarray(offset);
      return Promise.resolve(reading(rest, { sizeBytes: rest.length }, now === content ? 10 : undefined));
    };
    let tries = 0;
    await downloadFrom({ open, byteRanges: true, retry }, target);
    expect(await readFile(target, "utf8")).toBe(other.toString());
  });

  it("ends after so many tries without a byte", async () => {
    let tries = 0;
    const open = (): Promise<FileReading> => {
      tries += 1;
      return Promise.reject(new TransportError("CONNECTION_FAILED", "down"));
    };
    await expect(downloadFrom({ open, retry }, target)).rejects.toThrow("down");
    expect([tries, await files()]).toEqual([3, []]);
  });
});

describe("a process that is killed", () => {
  const downloader = fileURLToPath(new URL("testing/endless-download.js", import.meta.url));

  it("leaves nothing under the final name, and its remains are removed later", async () => {
    await writeFile(target, "old");
    const child = spawn(process.execPath, [downloader, target], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(await removeStaleParts(directory)).toEqual([]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await readFile(target, "utf8")).toBe("old");
    expect(await files()).toHaveLength(2);
    await writeFile(join(directory, `.other.${hostname()}x-1-${"0".repeat(12)}.part`), "of another machine");
    expect(await removeStaleParts(directory)).toHaveLength(1);
    expect(await files()).toHaveLength(2);
  });
});
