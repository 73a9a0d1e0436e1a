import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { findBeginning, parseRemoteEnd, renderRemoteCommand } from "./remote-script.js";

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
  "!!",
  "!x",
  "{a,b}",
  "^a^b",
  "#",
];

// Log-in shells that people at facilities have, and whose quoting differs.
it.each([["tcsh"], ["fish"], ["zsh"], ["ksh"], ["busybox", "sh"]])(
  "a log-in shell %s hands arguments over as they are",
  (shell, ...more) => {
    const mark = "0123456789abcdef01234567";
    const argv = [
      "sh",
      "-c",
      'printf "%s\\0" "$ODD" "$@"; echo err >&2; exit 255',
      "sh",
      ...hostile,
    ] as const;
    const line = renderRemoteCommand(argv, mark, { ODD: hostile.join("") });
    const { stdout, stderr, error } = spawnSync(shell, [...more, "-c", line]);
    expect(error).toBeUndefined();
    const output = stdout.subarray(findBeginning(stdout, mark)?.offset).toString();
    expect(output.split("\0").slice(0, -1)).toEqual([hostile.join(""), ...hostile]);
    expect(parseRemoteEnd(stderr, mark)).toEqual({ exitCode: 255, stderr: "err\n" });
  },
);
