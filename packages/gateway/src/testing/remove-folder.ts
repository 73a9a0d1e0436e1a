import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalResource } from "scarf-tomo";

/** Removes a folder whose `workspace` an engine may still be using: it would make parts of it anew. */
export async function removeFolder(folder: string): Promise<void> {
  const workspace = join(folder, "workspace");
  if (existsSync(workspace)) {
    const resource = new LocalResource({ workspace });
    for (let waited = 0; waited < 10_000; waited += 50) {
      if (!(await resource.ping()).message.includes("engine running")) break;
      await sleep(50);
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
