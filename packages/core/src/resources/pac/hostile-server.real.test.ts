import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("testing/hostile-list-main.js", import.meta.url));

// In a process of its own, whose memory is nobody else's.
it("a list of more than a million jobs is an error, in bounded time and memory", () => {
  const output = execFileSync(process.execPath, [main], { encoding: "utf8" });
  const [code, message, seconds, residentBytes] = output.split("\n");
  expect([code, message]).toEqual(["OUTPUT_UNREADABLE", expect.stringContaining("more than 1000000 jobs")]);
  expect(Number(seconds)).toBeLessThan(60);
  expect(Number(residentBytes)).toBeLessThan(2_000_000_000);
});
