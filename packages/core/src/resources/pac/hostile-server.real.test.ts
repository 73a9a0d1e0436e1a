import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("testing/hostile-list-main.js", import.meta.url));

// In a process of its own, whose memory is nobody else's.
it("a list of more than a million jobs is an error, in bounded time and memory", () => {
  const output = execFileSync(process.execPath, [main], { encoding: "utf8" });
  const report: unknown = JSON.parse(output);
  expect(report).toEqual({
    code: "OUTPUT_UNREADABLE",
    message: expect.stringContaining("more than 1000000 jobs"),
    seconds: expect.toSatisfy((seconds) => seconds < 60),
    residentBytes: expect.toSatisfy((bytes) => bytes < 2_000_000_000),
  });
});
