import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getMark, isAlive, unregister } from "./cluster-registry.js";
import { removeUsers } from "./cluster-users.js";
import { withMachineLock } from "./machine-lock.js";
import { userIds } from "./prepare-root.js";

/** What a stop asks for before it removes a directory. */
export const rootMark = ".scarf-cluster";

/**
 * Ends everything that belongs to the cluster below `root`, in whatever state it is, and removes it.
 * @returns whether there was one. @throws the directory is not one of the testbed.
 */
export async function stopCluster(root: string): Promise<boolean> {
  const mark = getMark(root);
  const processes = await findProcesses(root);
  for (const pid of processes) kill(pid);
  for (let left = processes; left.length > 0; left = await keepAlive(left, mark)) await sleep(20);
  const present = existsSync(root);
  if (present && !existsSync(join(root, rootMark)))
    throw new Error(`${root} was not made by the testbed, so it was not removed.`);
  // Processes of the namespace have been killed, but the kernel may still be at it.
  await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  await withMachineLock(async () => {
    if ((await unregister(root)) === 0) await removeUsers(Object.keys(userIds));
  });
  return present || processes.length > 0;
}

/** The starter of its namespaces and all inside; jobs do not have the mark, and end with their namespace. */
export async function findProcesses(root: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc"))
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  return keepAlive(pids, getMark(root));
}

async function keepAlive(pids: readonly number[], mark: string): Promise<readonly number[]> {
  const alive = await Promise.all(pids.map((pid) => isAlive(pid, mark)));
  return pids.filter((_, index) => alive[index]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended with another.
  }
}
