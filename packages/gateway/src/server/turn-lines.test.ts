import { execFile } from "node:child_process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { TurnLines } from "./turn-lines.js";

function collect(): { readonly written: string[]; readonly lines: TurnLines } {
  const written: string[] = [];
  const lines = new TurnLines({ write: (text) => written.push(text), flushSync: () => undefined });
  return { written, lines };
}

test("lines of one turn are one write", async () => {
  const { written, lines } = collect();
  lines.write("a\n");
  lines.write("b\n");
  expect(written).toEqual([]);
  await nextTurn();
  expect(written).toEqual(["a\nb\n"]);
  lines.write("c\n");
  lines.flushSync();
  await nextTurn();
  expect(written).toEqual(["a\nb\n", "c\n"]);
});

test("a line that must be there at once comes after those before it", () => {
  const { written, lines } = collect();
  lines.write("request\n");
  lines.atOnce().write("act\n");
  expect(written).toEqual(["request\nact\n"]);
});

test("a process that ends by a failure has written its lines", async () => {
  const module = JSON.stringify(new URL("./turn-lines.js", import.meta.url).href);
  const program = `
    const { TurnLines } = await import(${module});
    const { writeSync } = await import("node:fs");
    new TurnLines({ write: (text) => writeSync(1, text), flushSync() {} }).write("last\\n");
    throw new Error("on purpose");`;
  const failed = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  await expect(failed).rejects.toMatchObject({ code: 1, stdout: "last\n" });
});
