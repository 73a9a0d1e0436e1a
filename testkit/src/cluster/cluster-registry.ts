import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findBusyPorts } from "./cluster-ports.js";
import { registryDirectory } from "./machine-lock.js";

interface Entry {
  readonly root: string;
  /** Whoever starts it, then its first process. */
  readonly pid: number;
  /** What that process has in its environment; a number alone is given away again. */
  readonly mark?: string;
}

/** Has the base port to itself until `unregister`; call it with the lock held. @throws none is free, or the one asked for is not. */
export async function reserveBasePort(root: string, nodes: number, wanted?: number): Promise<number> {
  await mkdir(registryDirectory, { recursive: true, mode: 0o700 });
  const taken = await readLiveEntries();
  const candidates =
    wanted === undefined ? Array.from({ length: 60 }, (_, index) => 16_800 + 200 * index) : [wanted];
  for (const base of candidates) {
    const owner = taken.get(base);
    const busy = owner === undefined ? await findBusyPorts(base, nodes) : [];
    if (owner === undefined && busy.length === 0) {
      await register(base, { root, pid: process.pid });
      return base;
    }
    if (wanted !== undefined)
      throw new Error(
        owner === undefined
          ? `Other programs listen on port ${busy.join(", ")}. Give another base port, or none.`
          : `The cluster in ${owner.root} has base port ${base} already. Give another, or none.`,
      );
  }
  throw new Error("No base port from 16800 on is free.");
}

export async function register(base: number, entry: Entry): Promise<void> {
  await writeFile(join(registryDirectory, `${base}.json`), JSON.stringify(entry), { mode: 0o600 });
}

/** Call it with the lock held. @returns the clusters that are left. */
export async function unregister(root: string): Promise<number> {
  const entries = await readLiveEntries();
  for (const [base, entry] of entries) {
    if (entry.root !== root) continue;
    await rm(join(registryDirectory, `${base}.json`), { force: true });
    entries.delete(base);
  }
  return entries.size;
}

/** Those whose process has ended are forgotten. */
async function readLiveEntries(): Promise<Map<number, Entry>> {
  const live = new Map<number, Entry>();
  for (const name of await readdir(registryDirectory)) {
    const base = Number(/^(\d+)\.json$/.exec(name)?.[1]);
    if (Number.isNaN(base)) continue;
    const path = join(registryDirectory, name);
    const entry = parseEntry(await readFile(path, "utf8"));
    if (entry !== undefined && (await isAlive(entry.pid, entry.mark))) live.set(base, entry);
    else await rm(path, { force: true });
  }
  return live;
}

function parseEntry(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("root" in value) || !("pid" in value))
      return undefined;
    const { root, pid } = value;
    if (typeof root !== "string" || typeof pid !== "number") return undefined;
    return { root, pid, ...("mark" in value && typeof value.mark === "string" && { mark: value.mark }) };
  } catch {
    return undefined; // its writer was killed
  }
}

/** What all processes of a cluster have in their environment, but for its jobs. */
export function getMark(root: string): string {
  return `SCARF_CLUSTER_ROOT=${root}`;
}

/** Whether a process runs that has this in its environment. */
export async function isAlive(pid: number, mark = ""): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    return (mark === "" || environment.split("\0").includes(mark)) && !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}
