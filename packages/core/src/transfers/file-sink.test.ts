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

  it("shares no bytes with others that are written at the same time, before or after", async () => {
    const write = async (number: number): Promise<boolean> => {
      const path = join(directory, `scan-${number}`);
      const file = await open(path, "wx+");
      const sink = new FileSink(file);
      const content = Buffer.alloc(200_000 + number * 90_000, `file ${number} `);
      for (let at = 0; at < content.length; at += 100_000)
        await sink.append(content.subarray(at, at + 100_000));
      // What is given up must not come back in another file.
      if (number % 5 === 0) await sink.append(Buffer.alloc(1000, "given up"));
      else await sink.flush();
      await sink.settle();
      await file.close();
      return number % 5 === 0 || (await readFile(path)).equals(content);
    };
    for (const round of [0, 1]) {
      const numbers = Array.from({ length: 20 }, (_, index) => round * 20 + index);
      expect(await Promise.all(numbers.map(write))).toEqual(numbers.map(() => true));
    }
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
