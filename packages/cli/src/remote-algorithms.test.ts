import { readFile, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocument, ScarfSandbox } from "./testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
});
afterAll(() => sandbox.remove());

async function run(name: string, ...properties: readonly string[]): Promise<Record<string, unknown>> {
  const { algorithm, outputs, ...others } = await sandbox.json(["run", name, ...properties]);
  expect({ algorithm, others }).toEqual({ algorithm: name, others: {} });
  return readDocument(JSON.stringify(outputs));
}

describe("scarf run with the remote algorithms", () => {
  it("lists all of them, by name", async () => {
    const { stdout, exitCode } = await sandbox.run(["run", "--list"]);
    expect(exitCode).toBe(0);
    const names = stdout.split("\n").flatMap((line) => /^[A-Z]\w+/.exec(line) ?? []);
    expect(names).toEqual([
      "Algorithm",
      "SCARFTomoReconstruction",
      "Authenticate",
      "StartRemoteTransaction",
      "UploadRemoteFile",
      "SubmitRemoteJob",
      "QueryRemoteJob",
      "QueryAllRemoteJobs",
      "QueryRemoteFile",
      "DownloadRemoteFile",
      "AbortRemoteJob",
      "StopRemoteTransaction",
      "Logout",
    ]);
    const { algorithms } = await sandbox.json(["run", "--list"]);
    expect(algorithms).toHaveLength(names.length - 1);
    expect(algorithms).toContainEqual({
      name: "QueryRemoteJob",
      version: 2,
      category: "Remote",
      documentation: "Tells what is known of one job. What is not known is empty.",
    });
  });

  it("a transaction goes on from one command to the next", async () => {
    await run("Authenticate", "--UserName=ada");
    const { TransactionID: id } = await run("StartRemoteTransaction");
    const of = `--TransactionID=${String(id)}`;
    const local = await sandbox.file("script.sh", "#!/bin/sh\necho $1 > result.txt\n");
    await run("UploadRemoteFile", of, "--RemoteFileName=script.sh", `--LocalFileName=${local}`);
    const submitted = await run(
      "SubmitRemoteJob",
      of,
      "--numnodes=1",
      "--ScriptName=script.sh",
      "--ScriptParams=slice",
    );
    const job = `--JobID=${String(submitted["JobID"])}`;
    await expect
      .poll(() => run("QueryRemoteJob", job), { timeout: 20_000 })
      .toMatchObject({ JobStatusString: "Done", TransID: id, ScriptName: "script.sh" });
    const table = await sandbox.run(["run", "QueryAllRemoteJobs"]);
    expect(table.stdout).toContain(String(id).slice(0, 6));
    const { FileNames } = await run("QueryRemoteFile", of);
    expect(FileNames).toContain("result.txt");
    const target = sandbox.path("fetched.txt");
    const download = [of, "--RemoteFileName=result.txt", `--LocalFileName=${target}`];
    await run("DownloadRemoteFile", ...download);
    expect(await readFile(target, "utf8")).toBe("slice\n");
    const again = await sandbox.run(["run", "DownloadRemoteFile", ...download]);
    expect(again).toMatchObject({ exitCode: 73, stdout: "" });
    await run("DownloadRemoteFile", ...download, "--Overwrite");
    await run("StopRemoteTransaction", of);
    const gone = await sandbox.run(["run", "QueryRemoteFile", of]);
    expect(gone.exitCode).toBe(64);
    expect(gone.stderr).toContain(
      `scarf: TransactionID "${String(id)}" is no transaction of ada on local.\nStartRemoteTransaction starts one`,
    );
    await run("Logout", "--UserName=ada");
    const loggedOut = await sandbox.run(["run", "QueryRemoteFile", of]);
    expect(loggedOut.exitCode).toBe(77);
    await rm(target);
  });

  it("names what is missing, and what it takes", async () => {
    const { exitCode, stderr } = await sandbox.run(["run", "submitremotejob", "--ScriptName=x"]);
    expect(exitCode).toBe(64);
    expect(stderr).toBe(
      "scarf: TransactionID and ScriptParams must be given for SubmitRemoteJob.\nAdd --TransactionID=… --ScriptParams=…. All properties: scarf run SubmitRemoteJob --help\n",
    );
    const help = await sandbox.run(["run", "SubmitRemoteJob", "--help"]);
    expect(help.exitCode).toBe(0);
    expect(help.stdout).toMatch(/^Usage: scarf run SubmitRemoteJob \[--Property=VALUE\.\.\.\]\n/);
    expect(help.stdout).toContain("    --NumNodes=… Nodes that the job gets. (default: 1)\n");
    expect(help.stdout).toContain("    --TransactionID=… (needed) ");
    expect(help.stdout).toContain("    gives JobID: Id of the job");
    const secret = await sandbox.run(["run", "Authenticate", "--help"]);
    expect(secret.stdout).toContain("Password: asked for, or read with --password-stdin");
  });

  it.each([
    [["run"], "Which algorithm?"],
    [["run", "QueryAllRemoteJobs", "--Action=SubmitJob"], 'QueryAllRemoteJobs has no input called "Action".'],
    [["run", "Authenticate", "--UserName=ada", "--ComputeResource=SCARF@STFC"], "Password"],
    [["run", "Authenticate", "--UserName=ada", "--Password=geheim"], "A password as an argument"],
  ])("%j is refused", async (args, text) => {
    const { exitCode, stderr, stdout } = await sandbox.run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).toContain(text);
  });
});
