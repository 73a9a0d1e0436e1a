import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { readDescription } from "./cluster-description.js";
import { getMark, isAlive } from "./cluster-registry.js";
import { runProgram } from "./run-program.js";
import { startCluster } from "./start-cluster.js";
import { findProcesses } from "./stop-cluster.js";

const program = fileURLToPath(new URL("./cluster-main.js", import.meta.url));
const root = `/srv/scarf-cluster-test-${process.pid}`;

async function command(
  ...args: readonly string[]
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return runProgram([process.execPath, program, ...args]);
}

/** What a command says that has to fail. */
async function refuse(verb: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await command(verb, "--root", root, ...args);
  expect(exitCode).toBe(1);
  return stderr;
}

/** Resolves when nothing of the cluster runs any more. */
async function waitForEnd(): Promise<void> {
  while ((await findProcesses(root)).length > 0) await sleep(50);
}

afterEach(async () => {
  await command("down", "--root", root);
});

describe("cluster:up and cluster:down", () => {
  it("start one, say that it is up, and leave nothing, jobs included", async () => {
    const first = await command(
      "up",
      "--root",
      root,
      "--nodes",
      "1",
      "--private-data",
      "jobs,usage",
      "--min-job-age",
      "2",
    );
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await stat(`${root}/cluster.json`)).mode & 0o777).toBe(0o600);
    const description = await readDescription(`${root}/cluster.json`);
    const second = await command("up", "--root", root);
    expect(second.stdout).toContain("is up already");
    expect((await readDescription(`${root}/cluster.json`)).initPid).toBe(description.initPid);

    const env = { ...process.env, SLURM_CONF: description.slurmConf };
    const { stdout } = await runProgram(["scontrol", "show", "config"], { env });
    expect(stdout).toMatch(/^PrivateData +=\s+jobs,usage$/m);
    expect(stdout).toMatch(/^MinJobAge += 2 sec$/m);
    await runProgram(["sbatch", "--output=/dev/null", "--wrap", "trap '' TERM; sleep 1000"], {
      env,
      cwd: "/",
    });
    while (!(await runProgram(["squeue", "-h", "-t", "R", "-o", "%i"], { env })).stdout.trim())
      await sleep(50);

    expect(await command("down", "--root", root)).toMatchObject({
      exitCode: 0,
      stdout: "The cluster has gone.\n",
    });
    expect(existsSync(root)).toBe(false);
    expect(await isAlive(description.initPid, getMark(root))).toBe(false);
    expect(await findProcesses(root)).toEqual([]);
    expect((await command("down", "--root", root)).stdout).toContain("There is no cluster");
  });

  it("remove no directory that they did not make, and take no port that is taken", async () => {
    await mkdir(root);
    await writeFile(`${root}/thesis.txt`, "years of work");
    try {
      expect(await refuse("up")).toContain("is not empty");
      expect(await refuse("down")).toContain("was not made by the testbed");
      expect(await readFile(`${root}/thesis.txt`, "utf8")).toBe("years of work");
    } finally {
      await rm(root, { recursive: true });
    }
    const { SCARF_CLUSTER = "" } = process.env;
    const { ports } = await readDescription(SCARF_CLUSTER);
    expect(await refuse("up", "--base-port", String(ports.sshd - 22))).toContain("base port");
    expect(existsSync(root)).toBe(false);
  });
});

describe("a cluster that a program starts for itself", () => {
  it("tells why it did not start, and leaves nothing", async () => {
    await expect(startCluster({ root, slurmConf: ["NoSuchOption=1"] })).rejects.toThrow("NoSuchOption");
    expect(existsSync(root)).toBe(false);
    expect(await findProcesses(root)).toEqual([]);
  });

  it.each(["while it starts", "when it is up"])("ends with that program, killed %s", async (moment) => {
    const starter = startElsewhere();
    const lines = createInterface(starter.child.stdout ?? process.stdin);
    if (moment === "when it is up") await new Promise((resolve) => lines.once("line", resolve));
    else while (!existsSync(`${root}/run/munged.pid`)) await sleep(20);
    expect((await findProcesses(root)).length).toBeGreaterThan(1);
    starter.child.kill("SIGKILL");
    await waitForEnd();
    expect(existsSync(root)).toBe(false);
    expect(await command("down", "--root", root)).toMatchObject({
      stdout: `There is no cluster in ${root}.\n`,
    });
  });
});

function startElsewhere(): { readonly child: ChildProcess } {
  const module = new URL("./start-cluster.js", import.meta.url).href;
  const source = `const { startCluster } = await import(${JSON.stringify(module)});
    await startCluster({ root: ${JSON.stringify(root)}, nodes: 1 });
    console.log("up");
    setInterval(() => {}, 1000);`;
  return {
    child: spawn(process.execPath, ["--input-type=module", "-e", source], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  };
}
