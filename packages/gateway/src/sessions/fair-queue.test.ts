import { describe, expect, it } from "vitest";
import { FairQueue } from "./fair-queue.js";

const full = (): Error => new Error("full");
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when it is told to. */
function makeWork(): { begun: string[]; start(name: string): () => Promise<void>; end(name: string): void } {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    start: (name) => () => {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    },
    end: (name) => ends.get(name)?.(),
  };
}

describe("fair queue", () => {
  it("lets so many go on at once, and each key has its turn", async () => {
    const queue = new FairQueue(2, 100);
    const work = makeWork();
    const all = ["a1", "a2", "a3", "a4", "b1", "c1"].map((name) =>
      queue.run(name.slice(0, 1), work.start(name), { full }),
    );
    await turn();
    expect([work.begun, queue.length]).toEqual([["a1", "a2"], 4]);
    for (const name of ["a1", "a2", "a3", "b1", "c1", "a4"]) {
      work.end(name);
      await turn();
    }
    // b and c did not wait until all of a's were done.
    expect(work.begun).toEqual(["a1", "a2", "a3", "b1", "c1", "a4"]);
    await Promise.all(all);
  });

  it("goes on after a failure, refuses when too many wait, and forgets who has gone", async () => {
    const queue = new FairQueue(1, 2);
    const work = makeWork();
    const failing = queue.run(
      "a",
      async () => {
        await turn();
        throw new Error("broken");
      },
      { full },
    );
    const left = new AbortController();
    const leaving = queue.run("b", work.start("b"), { full, signal: left.signal });
    const staying = queue.run("c", work.start("c"), { full });
    await expect(queue.run("d", work.start("d"), { full })).rejects.toThrow("full");
    left.abort(new Error("gone"));
    await expect(leaving).rejects.toThrow("gone");
    await expect(failing).rejects.toThrow("broken");
    await turn();
    expect(work.begun).toEqual(["c"]);
    work.end("c");
    await staying;
    expect(await queue.run("e", () => Promise.resolve(5), { full })).toBe(5);
    expect(queue.length).toBe(0);
  });
});
