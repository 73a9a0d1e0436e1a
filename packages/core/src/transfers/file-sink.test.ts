import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileSink } from "./file-sink.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-transfers-"));
});
afterEach(() => rm(directory, { recursive: true }));

const kibi = 1024;

describe("a sink", () => {
  it("has every byte in its place, whatever the pieces, though their buffer is used again", async () => {
    const path = join(directory, "scan");
    const file = await open(path, "wx+");
    const sink = new FileSink(file);
    const reused = Buffer.alloc(900 * kibi);
    const expected: Buffer[] = [];
    const sizes = [
      1,
      300 * kibi,
      10,
      0,
      511 * kibi,
      900 * kibi,
      256 * kibi,
      256 * kibi - 1,
      70_000,
      5,
      262_145,
    ];
    for (const [index, size] of sizes.entries()) {
      const chunk = reused.fill(65 + index).subarray(0, size);
      expected.push(Buffer.from(chunk));
      await sink.append(chunk);
      expect(sink.position).toBe(Buffer.concat(expected).length);
    }
    await sink.flush();
    await file.close();
    expect((await readFile(path)).equals(Buffer.concat(expected))).toBe(true);
  });

  it("tells of a failed write, of a large piece at once", async () => {
    const path = join(directory, "scan");
    await (await open(path, "w")).close();
    const file = await open(path, "r");
    const sink = new FileSink(file);
    await expect(sink.append(Buffer.alloc(300 * kibi))).rejects.toMatchObject({ code: "EBADF" });
    await expect(sink.flush()).rejects.toMatchObject({ code: "EBADF" });
    await sink.moveTo(0);
    await sink.append(Buffer.alloc(10));
    await expect(sink.flush()).rejects.toMatchObject({ code: "EBADF" });
    await sink.settle();
    await file.close();
  });
});
