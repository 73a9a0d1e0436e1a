import type { ChildProcess } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PseudoTerminal } from "./testing/pseudo-terminal.js";
import { readDocument, ScarfSandbox } from "./testing/scarf-sandbox.js";

const passwords = [
  "first-Geheimnis 1",
  "second-Geheimnis 2",
  "third-Geheimnis 3",
  "wrong-Geheimnis 4",
] as const;
const question = "Password of ada on beamline: ";

let sandbox: ScarfSandbox;
let gateway: ChildProcess;

beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
  await sandbox.file(
    "gateway.toml",
    `listen = "127.0.0.1:0"\nstateDirectory = "gateway-state"\n[resources.cluster]\nkind = "local"\nworkspace = "cluster"\nidleSeconds = 1\n` +
      `[log]\nfile = "gateway.log"\nauditFile = "audit.log"\n[limits]\nloginDelaySeconds = 0\n`,
  );
  await users("add", passwords[0]);
  gateway = sandbox.start(["serve", "--json", "--config", "gateway.toml"]);
  if (!gateway.stdout) throw new Error("no pipe");
  for await (const line of createInterface(gateway.stdout)) {
    await sandbox.json(["resource", "add", "beamline", String(readDocument(line)["url"])]);
    break;
  }
  await sandbox.json(["login", "beamline", "--password-stdin"], { stdin: passwords[0] });
});
afterAll(async () => {
  gateway.kill("SIGTERM");
  await sandbox.remove();
});

/** Another password ends the sessions that were opened with the one before. */
async function users(command: "add" | "passwd", password: string): Promise<void> {
  await sandbox.json(["user", command, "ada", "--password-stdin", "--config", "gateway.toml"], {
    stdin: password,
  });
}

/** A command that waits for a job, which waits for a file. */
async function startWaiting(name: string): Promise<PseudoTerminal> {
  const script = `while test ! -e ${sandbox.path(name)}; do sleep 0.1; done; echo ended`;
  const terminal = PseudoTerminal.run(sandbox, [
    "submit",
    "--resource",
    "beamline",
    "--name",
    name,
    "--wait",
    "--",
    "sh",
    "-c",
    script,
  ]);
  for (;;) {
    const { jobs } = await sandbox.json(["jobs", "--resource", "beamline", "--name", name]);
    if (Array.isArray(jobs) && jobs.length > 0) return terminal;
  }
}

async function expectNoPassword(output: string): Promise<void> {
  expect(output).not.toMatch(/Geheimnis/);
  for (const entry of await readdir(sandbox.directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(`${entry.parentPath}/${entry.name}`, "latin1").catch(() => "");
    expect([entry.name, content.includes("Geheimnis")]).toEqual([entry.name, false]);
  }
}

describe("a session that ends while a command waits", () => {
  it("is renewed by a password that nobody sees, after a wrong one too, and the command goes on", async () => {
    const terminal = await startWaiting("goes-on");
    await users("passwd", passwords[1]);
    await terminal.waitFor(question);
    terminal.type(`${passwords[3]}\r`);
    await terminal.waitFor(question, 2);
    terminal.type(`${passwords[1]}\r`);
    await writeFile(sandbox.path("goes-on"), "");
    const { exitCode, output, echoes } = await terminal.end();
    expect(output).toContain("After the log-in this command goes on.");
    expect(output).toContain("wrong");
    expect({ exitCode, echoes }).toEqual({ exitCode: 0, echoes: true });
    // Nothing between the question and the line end: no letter, and no star for one.
    for (const behind of stripVTControlCharacters(output).split(question).slice(1))
      expect(behind).toMatch(/^\r\n/);
    const { jobs } = await sandbox.json(["jobs", "--resource", "beamline", "--name", "goes-on"]);
    expect(jobs).toMatchObject([{ phase: "finished", outcome: "succeeded" }]);
    await expectNoPassword(output);
  });

  it("is left alone by Ctrl-C: the terminal is as before, and the job goes on", async () => {
    const terminal = await startWaiting("left-alone");
    await users("passwd", passwords[2]);
    await terminal.waitFor(question);
    terminal.type("half a Geheimnis\u0003");
    const { exitCode, output, echoes } = await terminal.end();
    expect({ exitCode, echoes }).toEqual({ exitCode: 130, echoes: true });
    await expectNoPassword(output);
    await writeFile(sandbox.path("left-alone"), "");
    await sandbox.json(["login", "beamline", "--password-stdin"], { stdin: passwords[2] });
    const { jobs } = await sandbox.json(["jobs", "--resource", "beamline", "--name", "left-alone"]);
    const [job] = Array.isArray(jobs) ? (jobs as unknown[]) : [];
    const id = typeof job === "object" && job !== null && "id" in job ? String(job.id) : "";
    expect((await sandbox.run(["wait", "--resource", "beamline", id])).exitCode).toBe(0);
  });
});
