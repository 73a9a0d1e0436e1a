import { chmod, mkdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScarfSandbox } from "./testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
  await mkdir(sandbox.path("a-directory"));
  await sandbox.file("a-file", "x");
});
afterAll(() => sandbox.remove());

describe("bad input", () => {
  it.each([
    ["job"],
    ["wait"],
    ["watch"],
    ["logs"],
    ["cancel"],
    ["hold"],
    ["release"],
    ["suspend"],
    ["resume"],
    ["requeue"],
    ["download"],
  ])("%s of a job that does not exist", async (command) => {
    const { exitCode, stderr } = await sandbox.run([command, "99999"]);
    expect(exitCode).toBe(66);
    expect(stderr).toMatch(/^scarf: .*99999/m);
  });

  it.each([
    [
      ["submit"],
      64,
      "scarf: There is nothing to run.\nGive a command (scarf submit -- COMMAND ARGUMENTS), --script FILE, --shell LINE or --application NAME.\n",
    ],
    [
      ["submit", "--shell", "true", "--", "true"],
      64,
      "scarf: Only one thing can be run, but there are several: --shell and a command.\n",
    ],
    [["submit", "--param", "A=b", "--", "true"], 64, "scarf: --param needs --application.\n"],
    [["submit", "--array-max", "2", "--", "true"], 64, "scarf: --array-max needs --array.\n"],
    [
      ["submit", "--notify-address", "a@b", "--", "true"],
      64,
      "scarf: --notify-address says where to, but not when: add --notify.\n",
    ],
    [["submit", "--script", "no-such.sh"], 66, "scarf: There is no script no-such.sh.\n"],
    [["submit", "--script", "a-directory"], 66, "scarf: a-directory is a directory, not a script.\n"],
    [
      ["run", "NoSuchAlgorithm"],
      64,
      'scarf: There is no algorithm called "NoSuchAlgorithm".\n`scarf run --list` shows all of them.\n',
    ],
    [
      ["run", "SCARFTomoReconstruction", "Ping"],
      64,
      'scarf: "Ping" is not a property.\nWrite properties as --Name=value, e.g. --Action=Ping.\n',
    ],
    [
      ["run", "SCARFTomoReconstruction", "--Action"],
      64,
      "scarf: --Action needs a value.\nWrite --Action=VALUE; --Action= is the empty text.\n",
    ],
    [
      ["run", "SCARFTomoReconstruction", "--Action=Download", "--UserName=ada", "--ComputeResource=local"],
      64,
      "scarf: LocalDirectory and DownloadJobID must be given for Download.\nAdd --LocalDirectory=… --DownloadJobID=…. All properties: scarf run SCARFTomoReconstruction --help\n",
    ],
    [
      ["upload", "a-file", "a-file", "--name", "b"],
      64,
      "scarf: --name is for one file, but there are several.\n",
    ],
    [
      ["resource", "add", "x", "/data", "--kind", "local", "--ca-file", "ca.pem"],
      64,
      "scarf: --ca-file is not an option of a local resource.\n",
    ],
    [
      ["resource", "add", "x", "https://h/", "--slots", "2"],
      64,
      "scarf: --slots is not an option of a pac resource.\n",
    ],
  ])("%j", async (args, exitCode, stderr) => {
    expect(await sandbox.run(args)).toEqual({ exitCode, stdout: "", stderr });
  });

  it.each([
    [["submit", "--attach", "no-such-file", "--", "true"], 66, "no-such-file"],
    [["submit", "--attach", "a-directory", "--", "true"], 66, "a-directory"],
    [["submit", "--application", "no-such-application"], 65, "no-such-application"],
    [["submit", "--application", "recon"], 65, "INPUT"],
    [["upload", "no-such-file"], 66, "no-such-file"],
    [["upload", "a-directory"], 66, "a-directory"],
    [["upload", "a-file", "--to", "../../.."], 65, ".."],
    [["files", "list", "no-such-directory"], 66, "no-such-directory"],
    [["files", "get", "no-such-file"], 66, "no-such-file"],
    [["jobs", "--resource", "no-such-resource"], 78, "no-such-resource"],
    [["login", "no-such-resource"], 78, "no-such-resource"],
    [["ping", "no-such-resource"], 78, "no-such-resource"],
    [["resource", "show", "no-such-resource"], 78, "no-such-resource"],
    [["resource", "remove", "no-such-resource"], 78, "no-such-resource"],
    [["resource", "add", "x", "not a url"], 78, "not a url"],
    [["resource", "add", "bad name!", "https://h/"], 78, "bad name!"],
    [["jobs", "--user", "../evil"], 64, "evil"],
    [["jobs", "--resource", "SCARF@STFC"], 77, "ada"],
    [["logout", "SCARF@STFC"], 77, "ada"],
    [["serve", "--config", "no-such.toml"], 78, "no-such.toml"],
    [["user", "remove", "nobody"], 64, "nobody"],
    [["user", "passwd", "nobody", "--password-stdin"], 64, "The password is empty."],
    [["login", "SCARF@STFC"], 64, "A password is needed, and there is no terminal to ask for it."],
    [["run", "SCARFTomoReconstruction", "--Action=Dance"], 64, "Action must be one of LogIn"],
    [["run", "SCARFTomoReconstruction", "--Acton=Ping"], 64, "Acton"],
    [["run", "SCARFTomoReconstruction", "--Action=LogIn", "--UserName=ada"], 64, "Password"],
  ])("%j names what is wrong", async (args, exitCode, text) => {
    const result = await sandbox.run(args);
    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({
      exitCode,
      stdout: "",
    });
    expect(result.stderr).toMatch(/^scarf: /);
    expect(result.stderr).toContain(text);
  });

  it.each([
    ["x".repeat(70_000), "What came in with --password-stdin is too long for a password."],
    ["one\ntwo\n", "What came in with --password-stdin has several lines."],
    ["", "The password is empty."],
  ])("a password from a pipe that can't be one", async (stdin, message) => {
    const { exitCode, stderr } = await sandbox.run(["user", "add", "joan", "--password-stdin"], { stdin });
    expect(exitCode).toBe(64);
    expect(stderr).toContain(`scarf: ${message}`);
  });

  it("no permission is said as that", async () => {
    const [secret, locked] = [await sandbox.file("secret", "x"), sandbox.path("locked")];
    await mkdir(locked, { mode: 0o500 });
    await chmod(secret, 0o000);
    // Root may read everything, so root asks as nobody does.
    const nobody = 65_534;
    const uid = process.getuid?.() === 0 ? { uid: nobody } : {};
    if ("uid" in uid) await chmod(sandbox.directory, 0o777);
    const environment = {
      SCARF_STATE_DIR: sandbox.path("state-of-nobody"),
      SCARF_CONFIG_DIR: sandbox.path("none"),
    };
    for (const [args, exitCode, text] of [
      [["upload", secret], 66, secret],
      [["submit", "--script", secret], 66, `The script ${secret} can't be read.`],
      [["submit", "--attach", secret, "--", "true"], 66, secret],
      [["reconstruct", secret, "-o", sandbox.path("fine")], 66, secret],
      [["demo", "--data", secret, "--out", `${locked}/out`], 73, locked],
    ] as const) {
      const result = await sandbox.run(args, { environment, ...uid });
      expect({ args, exitCode: result.exitCode, stdout: result.stdout }).toEqual({
        args,
        exitCode,
        stdout: "",
      });
      expect(result.stderr).toContain(text);
    }
  });
});
