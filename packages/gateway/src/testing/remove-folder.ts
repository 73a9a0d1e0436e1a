import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalResource } from "scarf-tomo";

/** Removes a folder whose `workspace` an engine may be using, or about to use: it would make parts of it anew. */
export async function removeFolder(folder: string): Promise<void> {
  const workspace = join(folder, "workspace");
  for (let waited = 0; waited < 10_000 && (await isInUse(workspace)); waited += 50) await sleep(50);
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

async function isInUse(workspace: string): Promise<boolean> {
  const jobs = await readdir(join(workspace, "state", "jobs")).catch(() => []);
  if (jobs.length === 0) return false;
  // Every job starts an engine, which takes a moment to come up and leaves its locks when it goes.
  const engine = await readdir(join(workspace, "engine")).catch(() => []);
  if (!engine.some((name) => name.startsWith("lock-"))) return true;
  return (await new LocalResource({ workspace }).ping()).message.includes("engine running");
}
