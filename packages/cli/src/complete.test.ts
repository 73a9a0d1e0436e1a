import { afterAll, beforeAll, expect, it } from "vitest";
import { ScarfSandbox } from "./testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
});
afterAll(() => sandbox.remove());

/** The values offered, and whether file names may stand there too. */
async function complete(...words: string[]): Promise<{ values: string[]; files: boolean }> {
  const { stdout } = await sandbox.run(["complete", "--", ...words]);
  const lines = stdout.trimEnd().split("\n");
  return {
    values: lines.slice(0, -1).map((line) => line.split("\t")[0] ?? ""),
    files: lines.at(-1) === ":0",
  };
}

it.each([
  [["re"], ["resource", "release", "resume", "requeue", "reconstruct"]],
  [
    ["resource", ""],
    ["list", "show", "add", "remove"],
  ],
  [["jobs", "--ph"], ["--phase"]],
  [["jobs", "--phase", "h"], ["held"]],
  [["jobs", "--phase=h"], ["held"]],
  [
    ["jobs", "--resource", ""],
    ["local", "SCARF@STFC"],
  ],
  [["login", "S"], ["SCARF@STFC"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["no-such-command", ""], []],
])("%j offers %j", async (words, values) => {
  expect(await complete(...words)).toEqual({ values, files: false });
});

it.each([
  [["upload", ""]],
  [["reconstruct", "sc"]],
  [["submit", "--script", ""]],
  [["submit", "--attach", "da"]],
  [["demo", "--out", ""]],
  [["serve", "--config", "g"]],
])("%j leaves file names to the shell", async (words) => {
  expect(await complete(...words)).toEqual({ values: [], files: true });
});

it("puts no error into the command line when the configuration is wrong", async () => {
  await sandbox.configure("defaultResource = 12");
  const { exitCode, stderr } = await sandbox.run(["complete", "--", "jobs", "--resource", ""]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  await sandbox.configure("");
});

it.each(["bash", "zsh", "fish"])("the script for %s evaluates nothing that was typed", async (shell) => {
  const { exitCode, stdout } = await sandbox.run(["completion", shell]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("scarf complete -- ");
  expect(stdout).not.toMatch(/\beval\b(?!, which)/);
});
