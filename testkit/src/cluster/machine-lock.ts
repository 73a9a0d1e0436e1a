import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Where the clusters of this machine know of each other. */
export const registryDirectory = "/run/scarf-tomo-clusters";

/** Does something that only one program of this machine may do at a time. The lock ends with this process, however that ends. */
export async function withMachineLock<Value>(body: () => Promise<Value>): Promise<Value> {
  await mkdir(registryDirectory, { recursive: true, mode: 0o700 });
  const holder = spawn("flock", [join(registryDirectory, "lock"), "sh", "-c", "echo locked; cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(holder, "close");
  try {
    await Promise.race([
      once(holder.stdout, "data"),
      closed.then(() => Promise.reject(new Error(`The lock in ${registryDirectory} can't be taken.`))),
    ]);
    return await body();
  } finally {
    holder.stdin.end();
    await closed;
  }
}
