import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.js";

/**
 * Submits a job with sbatch, without any code of ours. It is known by the name that it gets: Slurm may give an id away again when its
 * controller is killed.
 * @returns the name.
 */
export async function submitJob(cluster: Cluster, user: string, ...args: readonly string[]): Promise<string> {
  const name = `testbed-${randomUUID()}`;
  const argv = ["sbatch", "--parsable", "--output=/dev/null", `--job-name=${name}`, ...args] as const;
  const { stderr, exitCode } = await cluster.run(user, argv);
  if (exitCode !== 0) throw new Error(`sbatch ended with ${exitCode}: ${stderr}`);
  return name;
}

/** Waits until the controller tells a state that matches. @returns `STATE|WAIT STATUS|NODES|USER`. */
export async function waitForState(cluster: Cluster, name: string, state: RegExp): Promise<string> {
  const fields = "State:|,exit_code:|,NodeList:|,UserName";
  const deadline = Date.now() + 150_000;
  let seen = "";
  while (Date.now() < deadline) {
    const { stdout } = await cluster.run("root", ["squeue", "-h", "-t", "all", "-n", name, "-O", fields]);
    seen = stdout.trim();
    if (state.test(seen)) return seen;
    await sleep(100);
  }
  throw new Error(`The job did not become ${state}; it is ${seen}`);
}
