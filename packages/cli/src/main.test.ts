import { readFile } from "node:fs/promises";
import { errorCodes } from "scarf-tomo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "./program.js";
import { readDocument, ScarfSandbox } from "./testing/scarf-sandbox.js";
import { UsageError } from "./usage-error.js";
import { version } from "./version.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
});
afterAll(() => sandbox.remove());

describe("scarf", () => {
  it("prints its version, which is the package's", async () => {
    const manifest = readDocument(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect(version).toBe(manifest["version"]);
    expect(await sandbox.run(["--version"])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("has every command that its reference describes, and describes every command that it has", async () => {
    const reference = await readFile(new URL("../../../docs/reference/cli.md", import.meta.url), "utf8");
    const described = new Set(
      [...reference.matchAll(/^###? `scarf .*$/gm)].flatMap(([heading]) =>
        [...heading.matchAll(/`scarf ([a-z]+)/g)].map((match) => match[1]),
      ),
    );
    const commands = buildProgram().commands.map((command) => command.name());
    described.delete("help");
    expect(new Set(commands)).toEqual(described);
  });

  it("prints help on standard output, in lines that fit 80 columns", async () => {
    for (const args of [["--help"], ["submit", "--help"], ["help", "jobs"], ["resource", "add", "--help"]]) {
      const { exitCode, stdout, stderr } = await sandbox.run(args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toMatch(/^Usage: scarf/);
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it("says what it can do when it is given nothing to do", async () => {
    const { exitCode, stderr } = await sandbox.run([]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain("scarf: There is nothing to do: no command is given.");
  });

  it.each([
    [["jbos"], "scarf: Unknown command 'jbos'.\nDid you mean jobs? See `scarf --help`.\n"],
    [["jobs", "--foo"], "scarf: Unknown option '--foo'.\nSee `scarf jobs --help`.\n"],
    [["job"], "scarf: Missing required argument 'job'.\nSee `scarf job --help`.\n"],
    [
      ["files", "shwo", "x"],
      "scarf: Too many arguments for 'list'. Expected 1 argument but got 2.\nSee `scarf files --help`.\n",
    ],
    [
      ["jobs", "--phase", "done"],
      "scarf: Option '--phase <phase>' argument 'done' is invalid. Allowed: queued, held, running, suspended, finished, unknown.\nSee `scarf jobs --help`.\n",
    ],
    [
      ["submit", "--time", "90", "--", "true"],
      "scarf: Option '--time <duration>' argument '90' is invalid. Write a time as 90s, 30min, 2h, 1h30min or HH:MM:SS.\nSee `scarf submit --help`.\n",
    ],
    [
      ["download", "1", "--overwrite", "--skip-existing"],
      "scarf: Option '--overwrite' cannot be used with option '--skip-existing'.\nSee `scarf download --help`.\n",
    ],
    [
      ["completion", "tcsh"],
      "scarf: Command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.\nSee `scarf completion --help`.\n",
    ],
  ])("refuses %j", async (args, stderr) => {
    expect(await sandbox.run(args)).toEqual({ exitCode: 64, stdout: "", stderr });
  });

  it("writes an error as JSON with --json, wherever that stands", async () => {
    for (const args of [
      ["--json", "jobs", "--foo"],
      ["jobs", "--foo", "--json"],
    ]) {
      const { exitCode, stdout, stderr } = await sandbox.run(args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
      expect(JSON.parse(stderr)).toEqual({
        code: "USAGE_INVALID",
        message: "Unknown option '--foo'.",
        hint: "See `scarf jobs --help`.",
      });
    }
  });

  it.each([
    [["login", "--password=geheim"]],
    [["login", "SCARF@STFC", "--password", "geheim"]],
    [["user", "add", "ada", "--passwd=geheim"]],
    [["run", "SCARFTomoReconstruction", "--Action=LogIn", "--UserName=ada", "--Password=geheim"]],
  ])("takes no password as an argument: %j", async (args) => {
    const { exitCode, stdout, stderr } = await sandbox.run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).toBe(
      "scarf: A password as an argument can be read by everybody on this machine and stays in the shell's history, so it is not taken.\n" +
        "Leave it out and type it when asked, or pipe it in with --password-stdin. If it was a real password, change it.\n",
    );
  });

  it("gives its own usage errors the exit code of core's table", () => {
    expect(new UsageError("x").exitCode).toBe(errorCodes.USAGE_INVALID.exitCode);
  });

  it("names file, line and what was expected when the configuration is wrong", async () => {
    await sandbox.configure("defaultResource = 12");
    try {
      const { exitCode, stdout, stderr } = await sandbox.run(["jobs"]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: "" });
      expect(stderr).toContain(`${sandbox.path("config", "config.toml")}:1: expected`);
    } finally {
      await sandbox.configure("");
    }
  });
});
