import { once } from "node:events";
import { createServer } from "node:net";
import type { ClusterPorts } from "./cluster-description.js";

export function getPorts(base: number): ClusterPorts {
  return {
    slurmctld: base + 17,
    slurmdbd: base + 19,
    slurmrestd: base + 20,
    sshd: base + 22,
    sshdOtp: base + 23,
    mariadb: base + 36,
    slurmdFirst: base + 101,
  };
}

/** Those of the cluster's ports that another program listens on. */
export async function findBusyPorts(base: number, nodes: number): Promise<readonly number[]> {
  const { slurmdFirst, ...single } = getPorts(base);
  const all = [...Object.values(single), ...Array.from({ length: nodes }, (_, index) => slurmdFirst + index)];
  const free = await Promise.all(all.map((port) => isFree(port)));
  return all.filter((_, index) => free[index] === false);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, "listening");
  server.listen(port, "127.0.0.1");
  try {
    await listening;
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
