import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PseudoTerminal } from "./testing/pseudo-terminal.js";
import { ScarfSandbox } from "./testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
});
afterAll(() => sandbox.remove());

describe("in a terminal", () => {
  it("a password is typed twice, is never shown, and may hold any letters", async () => {
    const terminal = PseudoTerminal.run(sandbox, ["user", "add", "grace"]);
    await terminal.waitFor("New password of grace: ");
    terminal.type("Pässwört\u007F\u007Frt 試料\r");
    await terminal.waitFor("The same again: ");
    terminal.type("Pässwört 試料\r");
    const { exitCode, output, echoes } = await terminal.end();
    expect(output).not.toMatch(/P|ä|ö|試/u);
    expect(output).toContain("Added grace to ");
    expect({ exitCode, echoes }).toEqual({ exitCode: 0, echoes: true });
  });

  it("two passwords that differ change nothing", async () => {
    const terminal = PseudoTerminal.run(sandbox, ["user", "add", "joan"]);
    await terminal.waitFor("New password of joan: ");
    terminal.type("one password\r");
    await terminal.waitFor("The same again: ");
    terminal.type("another password\r");
    const { exitCode, output } = await terminal.end();
    expect(output).toContain("scarf: The two passwords differ.\r\nNothing was changed. Try again.");
    expect(exitCode).toBe(64);
    expect((await sandbox.json(["user", "list"]))["users"]).not.toContainEqual({
      userName: "joan",
    });
  });

  it("Ctrl-C at a prompt restores the terminal and ends with 130", async () => {
    const terminal = PseudoTerminal.run(sandbox, ["login", "SCARF@STFC"]);
    await terminal.waitFor("Password of ada on SCARF@STFC: ");
    terminal.type("half a pass\u0003");
    const { exitCode, output, echoes } = await terminal.end();
    expect(output).toContain("scarf: Interrupted.");
    expect(output).not.toContain("half");
    expect({ exitCode, echoes }).toEqual({ exitCode: 130, echoes: true });
  });

  it("an empty password is not sent anywhere", async () => {
    const terminal = PseudoTerminal.run(sandbox, ["login", "SCARF@STFC"]);
    await terminal.waitFor("Password of ada on SCARF@STFC: ");
    terminal.type("\r");
    const { exitCode, output } = await terminal.end();
    expect(output).toContain("scarf: The password is empty.\r\nNothing was sent. Try again.");
    expect(exitCode).toBe(64);
  });

  it("run asks as Mantid's dialog does: only what belongs to the action, each with its default", async () => {
    await sandbox.json(["run", "SCARFTomoReconstruction", "--Action=LogIn", "--ComputeResource=local"]);
    const terminal = PseudoTerminal.run(sandbox, [
      "run",
      "SCARFTomoReconstruction",
      "--ComputeResource=local",
    ]);
    await terminal.waitFor("Action [LogIn]: ");
    expect(terminal.output).toContain("5  SubmitJob");
    terminal.type("5\r");
    await terminal.waitFor("RunnablePath [/work/imat/webservice_test/tomopy/imat_recon_FBP.py]: ");
    terminal.type("/bin/echo\r");
    await terminal.waitFor("JobOptions [");
    terminal.type("hello\r");
    await terminal.waitFor("JobName: ");
    terminal.type("\r");
    const { exitCode, output } = await terminal.end();
    expect(exitCode).toBe(0);
    expect(output).toMatch(/RemoteJobID: \S+/);
    for (const other of ["Password", "FileToUpload", "LocalDirectory", "CancelJobID"])
      expect(output).not.toContain(`${other}:`);
  });

  it("run asks again for what the action can't do without", async () => {
    const terminal = PseudoTerminal.run(sandbox, [
      "run",
      "SCARFTomoReconstruction",
      "--Action=JobStatusByID",
      "--ComputeResource=local",
    ]);
    await terminal.waitFor("JobID: ");
    terminal.type("\r");
    await terminal.waitFor("JobID is needed for this action.");
    terminal.type("12345\r");
    const { exitCode, output } = await terminal.end();
    expect(output).toContain("scarf: ");
    expect(exitCode).not.toBe(0);
  });

  it("run asks for what an algorithm without actions needs, and offers the rest", async () => {
    await sandbox.json(["run", "Authenticate", "--UserName=ada", "--ComputeResource=local"]);
    const { stdout } = await sandbox.run(["run", "StartRemoteTransaction", "--ComputeResource=local"]);
    const id = /Trans_\w+/.exec(stdout)?.[0] ?? "";
    const terminal = PseudoTerminal.run(sandbox, [
      "run",
      "SubmitRemoteJob",
      "--ComputeResource=local",
      `--TransactionID=${id}`,
    ]);
    await terminal.waitFor("NumNodes [1]: ");
    terminal.type("\r");
    await terminal.waitFor("CoresPerNode [1]: ");
    terminal.type("\r");
    await terminal.waitFor("TaskName: ");
    terminal.type("\r");
    await terminal.waitFor("ScriptName: ");
    terminal.type("\r");
    await terminal.waitFor("ScriptName is needed for SubmitRemoteJob.");
    terminal.type("echo\r");
    await terminal.waitFor("ScriptParams: ");
    terminal.type("hello\r");
    const { exitCode, output } = await terminal.end();
    expect(exitCode).toBe(0);
    expect(output).toMatch(/JobID: \S+/);
    expect(output).not.toContain("Action");
  });

  it("a table fits 80 columns, in colour, and not with NO_COLOR", async () => {
    const name = "a-name-that-is-far-too-long-for-a-table-of-eighty-columns-".repeat(3);
    const jobId =
      (await sandbox.run(["submit", "--name", name, "--wait", "--", "true"])).stdout.split("\n")[0] ?? "";
    const coloured = PseudoTerminal.run(sandbox, ["jobs"]);
    const { output } = await coloured.end();
    expect(output).toContain("\u001B[32msucceeded\u001B[39m");
    const plain = PseudoTerminal.run(sandbox, ["jobs"], { NO_COLOR: "1" });
    const lines = (await plain.end()).output.split("\r\n");
    expect(lines.join("\n")).not.toContain("\u001B[3");
    expect(lines.some((line) => line.includes(jobId) && line.includes("…"))).toBe(true);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("nothing typed at a prompt is written to any file", async () => {
    const terminal = PseudoTerminal.run(sandbox, ["login", "SCARF@STFC"]);
    await terminal.waitFor("Password of ada on SCARF@STFC: ");
    terminal.type("unmistakable-secret\u0003");
    await terminal.end();
    const names = await readdir(sandbox.directory, { recursive: true, withFileTypes: true });
    for (const entry of names.filter((candidate) => candidate.isFile())) {
      expect((await readFile(`${entry.parentPath}/${entry.name}`)).includes("unmistakable-secret")).toBe(
        false,
      );
    }
  });
});
