import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** Runs an example as a user does, with an empty configuration and its own temporary directory. */
async function runExample(name: string) {
  const home = await mkdtemp(join(tmpdir(), "example-home-"));
  const example = spawn(process.execPath, [fileURLToPath(new URL(`${name}.js`, import.meta.url))], {
    env: { ...process.env, SCARF_CONFIG_DIR: home, SCARF_STATE_DIR: home, TMPDIR: home, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([
    text(example.stdout),
    text(example.stderr),
    once(example, "close"),
  ]);
  const left = await readdir(home);
  await rm(home, { recursive: true, maxRetries: 20, retryDelay: 200 });
  return { output, errors, exitCode: example.exitCode, left };
}

describe("examples", () => {
  it("manual: fails as Mantid's manual says, for these reasons", async () => {
    const { output, errors, exitCode } = await runExample("manual");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    expect(output).toBe(
      "ValueError, as expected, because no Password= parameter given\nValueError, as expected, as it was not previously logged on\n",
    );
  });

  it("submit-and-wait: the job's result is here, and nothing else is left", async () => {
    const { output, errors, exitCode, left } = await runExample("submit-and-wait");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      /^(job \S+ is (queued|running)\n)*job (\S+) is finished\n\3\.output: 3 my text\.txt\n$/,
    );
    expect(left).toEqual([]);
  });

  it("several-users: five users on three resources, each with exactly their own job", async () => {
    const { output, errors, exitCode, left } = await runExample("several-users");
    expect(errors).toBe("");
    expect(exitCode).toBe(0);
    const lines = ["ada", "ben", "cleo", "dov", "eva"].flatMap((user) =>
      ["scarf", "diamond", "local"].map((cluster) => `${user} at ${cluster}: scan_of_${user}: Done`),
    );
    expect(output).toBe(`${lines.join("\n")}\n`);
    expect(left).toEqual([]);
  });
});
