import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readProcStat } from "../../transports/process/proc-stat.js";
import { partPrefix } from "./atomic-file.js";

const tidied = new Set<string>();

/** Removes unfinished files of processes that were killed; once per directory and process, as it has to be listed for it. */
export async function removeOldParts(directory: string, realPath: string): Promise<void> {
  if (tidied.has(realPath)) return;
  tidied.add(realPath);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(partPrefix)) continue;
    const pid = Number.parseInt(name.slice(partPrefix.length), 10);
    if (Number.isSafeInteger(pid) && !readProcStat(pid))
      await rm(join(directory, name), { recursive: true, force: true });
  }
}
