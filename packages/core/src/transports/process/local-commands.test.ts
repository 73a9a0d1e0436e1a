import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { LocalCommands } from "./local-commands.js";

const local = new LocalCommands();
afterEach(() => local.close());

/** Resolves when no process has this text in its arguments. */
async function waitUntilGone(text: string): Promise<void> {
  const others = [
    "sh",
    "-c",
    `grep -lz -- "$0" /proc/[0-9]*/cmdline 2>/dev/null | grep -v "/$$/" | grep -v self; true`,
  ];
  for (;;) {
    const { stdout } = await local.run(["sh", ...others.slice(1), text]);
    // grep itself has it, too.
    if (stdout.trim().split("\n").length <= 1) return;
    await sleep(50);
  }
}

describe("a program of this machine", () => {
  it("gets its arguments, environment and input as they are, at home", async () => {
    const { stdout, stderr, exitCode, signal } = await local.run(
      ["sh", "-c", 'cat; printf "%s|" "$ODD" "$@"; pwd; echo err >&2; exit 3', "sh", "a'b\n$x", ""],
      { environment: { ODD: "é !" }, stdin: "in\n" },
    );
    expect({ stdout, stderr, exitCode, signal }).toEqual({
      stdout: `in\né !|a'b\n$x||${homedir()}\n`,
      stderr: "err\n",
      exitCode: 3,
      signal: undefined,
    });
  });

  it("gets none of the variables that it is not to get", async () => {
    process.env["SBATCH_WAIT"] = "1";
    try {
      const argv = ["sh", "-c", 'printf "%s|%s" "$SBATCH_WAIT" "$HOME"'] as const;
      const { stdout } = await local.run(argv, { withoutVariables: ["SBATCH_WAIT", "NOT_SET"] });
      expect(stdout).toBe(`|${process.env["HOME"] ?? ""}`);
    } finally {
      delete process.env["SBATCH_WAIT"];
    }
  });

  it.each([
    [["no-such-program"], 127, "no-such-program: command not found\n"],
    [["/etc/passwd"], 126, "/etc/passwd: cannot execute\n"],
  ] as const)("%j that can't be run ends as in a shell", async (argv, exitCode, stderr) => {
    expect(await local.run(argv)).toEqual({ exitCode, stderr, stdout: "" });
  });

  it("that a signal ended says so", async () => {
    expect(await local.run(["sh", "-c", "kill -KILL $$"])).toMatchObject({
      exitCode: 137,
      signal: "SIGKILL",
    });
  });

  it("keeps what it wrote before anybody reads, and waits with more", async () => {
    const { stdout, ended } = await local.stream(["sh", "-c", "printf early"]);
    await sleep(100);
    let text = "";
    for await (const chunk of stdout) text += Buffer.from(chunk).toString();
    expect([text, (await ended).exitCode]).toEqual(["early", 0]);
  });

  it("reads an input whose pieces lie in one buffer, one after the other", async () => {
    const buffer = Buffer.alloc(300_000);
    const letters = "ABCDEFGH";
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const letter of letters) yield buffer.fill(letter);
      buffer.fill("!");
    }
    const { stdout } = await local.run(["sh", "-c", "sleep 0.1; cat"], { stdin: pieces() });
    expect(stdout.replaceAll(/(.)\1*/g, "$1")).toBe(letters);
    expect(stdout).toHaveLength(letters.length * buffer.length);
  });

  it("reads an input that comes bit by bit, and is not held up by one it does not read", async () => {
    async function* count(): AsyncGenerator<Uint8Array> {
      for (let number = 0; ; number += 1) {
        yield Buffer.from(`${number}\n`);
        await sleep(1);
      }
    }
    expect((await local.run(["head", "-n", "3"], { stdin: count() })).stdout).toBe("0\n1\n2\n");
    expect((await local.run(["true"], { stdin: "x".repeat(1_000_000) })).exitCode).toBe(0);
  });

  it("fails with its input", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a");
      throw new Error("the disk is gone");
    }
    await expect(local.run(["cat"], { stdin: broken() })).rejects.toThrow("the disk is gone");
  });
});

describe("a program that takes too long, or too much, is ended with all that it started", () => {
  it("by a time-out, even if they refuse", async () => {
    const mark = `61.${process.pid}1`;
    // The program itself goes at once; what it has started refuses.
    const argv = ["sh", "-c", `(trap '' TERM; sleep ${mark}; sleep ${mark}) & wait`] as const;
    const { ended } = await local.stream(argv, { timeoutSeconds: 0.2 });
    await expect(ended).rejects.toMatchObject({ code: "RESPONSE_TIMEOUT" });
    await waitUntilGone(mark);
  });

  it("by its caller", async () => {
    const mark = `61.${process.pid}2`;
    const caller = new AbortController();
    const running = local.run(["sh", "-c", `sleep ${mark} & wait`], { signal: caller.signal });
    setTimeout(() => caller.abort(), 100);
    await expect(running).rejects.toMatchObject({ code: "ABORTED" });
    await waitUntilGone(mark);
  });

  it("by a limit of its output, and by a reader that goes", async () => {
    await expect(local.run(["yes"], { maxOutputBytes: 100_000 })).rejects.toMatchObject({
      code: "OUTPUT_UNREADABLE",
    });
    const { stdout, ended } = await local.stream(["yes", `${process.pid}-gone`]);
    for await (const chunk of stdout) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await expect(ended).rejects.toMatchObject({ code: "ABORTED" });
    await waitUntilGone(`${process.pid}-gone`);
  });

  it("by the end of its transport", async () => {
    const { ended } = await local.stream(["sleep", "60"]);
    await local.close();
    await expect(ended).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  it("and one that its caller gave up before is not started", async () => {
    await expect(local.run(["true"], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});
