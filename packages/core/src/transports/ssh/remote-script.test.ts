import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { findBeginning, parseRemoteEnd, renderRemoteCommand } from "./remote-script.js";

const mark = "0123456789abcdef01234567";

/** What sshd does with the line: the user's shell gets it as one argument. */
function runAsSshd(shell: string, line: string, noise = ""): ReturnType<typeof readOutputs> {
  const { stdout, stderr } = spawnSync(shell, ["-c", `${noise}${line}`], { input: "its input" });
  return readOutputs(stdout, stderr);
}

function readOutputs(stdout: Buffer, stderr: Buffer) {
  const beginning = findBeginning(stdout, mark);
  return {
    stdout: stdout.subarray(beginning?.offset).toString(),
    pid: beginning?.pid,
    ...parseRemoteEnd(stderr, mark),
  };
}

const hostile = [
  "a'b",
  '"',
  "$HOME",
  "`id`",
  "x\ny",
  "\n",
  "é!",
  String.raw`\0101\n`,
  "*",
  "",
  "-n",
  "~",
  "%s",
  "a\tb",
  "!!",
  "#",
];

describe.each(["sh", "bash"])("a program that %s is asked to run", (shell) => {
  it("gets its arguments and its environment as they are, whatever is in them", () => {
    const script = 'printf "%s\\0" "$ODD" "$@"';
    const line = renderRemoteCommand(["sh", "-c", script, "sh", ...hostile], mark, { ODD: hostile.join("") });
    // Neither single quotes nor line ends nor exclamation marks stand in it: csh reads those in its own way.
    expect(line.slice(line.indexOf("' sh '") + 6, -1)).not.toMatch(/['!\n\\](?!0\d{3})/);
    const { stdout, exitCode, stderr, pid } = runAsSshd(shell, line);
    expect(stdout.split("\0").slice(0, -1)).toEqual([hostile.join(""), ...hostile]);
    expect([exitCode, stderr, pid !== undefined && pid > 1]).toEqual([0, "", true]);
  });

  it("gets none of the variables that it is not to get, though the log-in shell sets them", () => {
    const argv = ["sh", "-c", 'printf "%s|%s" "$SBATCH_WAIT" "$ODD"'] as const;
    const line = renderRemoteCommand(argv, mark, { ODD: "here" }, ["SBATCH_WAIT", "NOT_SET"]);
    expect(runAsSshd(shell, line, "export SBATCH_WAIT=1; ").stdout).toBe("|here");
  });

  it("reads its input, and what the shell's start-up says is left out", () => {
    const line = renderRemoteCommand(["cat"], mark);
    const { stdout, stderr, exitCode } = runAsSshd(shell, line, "echo Welcome!; echo beware >&2; ");
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: "its input", stderr: "", exitCode: 0 });
  });

  it.each([
    ["its own 255", "echo out; echo err >&2; exit 255", 255, "out\n", "err\n"],
    ["errors without a line end", "printf err >&2; exit 3", 3, "", "err"],
  ])("tells %s", (_, script, exitCode, stdout, stderr) => {
    const line = renderRemoteCommand(["sh", "-c", script], mark);
    expect(runAsSshd(shell, line)).toMatchObject({ exitCode, stdout, stderr });
  });

  it("tells a signal as shells do", () => {
    // Some shells say "Killed", too.
    const line = renderRemoteCommand(["sh", "-c", "kill -KILL $$"], mark);
    expect(runAsSshd(shell, line)).toMatchObject({ exitCode: 137, stdout: "" });
  });

  it("that is not there, or has the name of a keyword", () => {
    expect(runAsSshd(shell, renderRemoteCommand(["no-such-program"], mark)).exitCode).toBe(127);
    expect(runAsSshd(shell, renderRemoteCommand(["if"], mark)).exitCode).toBe(127);
    expect(runAsSshd(shell, renderRemoteCommand(["A=b"], mark)).exitCode).toBe(127);
  });
});

describe("what can't be sent", () => {
  it("is refused before anything is", () => {
    const long = ["a".repeat(60_000), "b".repeat(70_000)] as const;
    expect(() => renderRemoteCommand(long, mark)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
    expect(() => renderRemoteCommand(["true"], mark, { "A-B": "" })).toThrow(
      expect.objectContaining({ code: "PROPERTY_INVALID" }),
    );
  });
});

describe("outputs that were cut", () => {
  it("tell no exit code", () => {
    const whole = Buffer.from(`noise\n${mark}\nerr\n${mark} 7\n`);
    expect(parseRemoteEnd(whole, mark)).toEqual({ exitCode: 7, stderr: "err" });
    for (let size = 0; size < whole.length; size += 1)
      expect(parseRemoteEnd(whole.subarray(0, size), mark).exitCode).toBeUndefined();
  });

  it("tell no beginning", () => {
    const whole = Buffer.from(`noise${mark} 4711\nout`);
    const least = whole.length - 3;
    for (let size = 0; size < least; size += 1)
      expect(findBeginning(whole.subarray(0, size), mark)).toBeUndefined();
    expect(findBeginning(whole, mark)).toEqual({ pid: 4711, offset: least });
  });
});
