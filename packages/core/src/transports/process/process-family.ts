import { readdirSync, readFileSync } from "node:fs";
import { type ProcessIdentity } from "./process-identity.js";
import { type ProcStat, readProcStat } from "./proc-stat.js";

/** How the processes of one job are told from all others. */
export interface ProcessFamily {
  /** First process: leader of a session and group of its own. */
  readonly leader?: ProcessIdentity;
  /** `NAME=value` that was put into the first process's environment, and that its children inherit. */
  readonly environmentMark: string;
}

/**
 * All running processes of a family: the session and group of its leader, the children of those, and with
 * `thorough` every process that carries the mark, which finds daemons that made a session of their own and were
 * orphaned. A process that did that *and* threw its environment away can't be found by anyone without cgroups.
 */
export function findFamily(family: ProcessFamily, { thorough }: { thorough: boolean }): ProcStat[] {
  const all = readProcessTable();
  const members = new Map<number, ProcStat>();
  const { leader } = family;
  for (const stat of all) {
    if (stat.pid === process.pid) continue;
    const inSession =
      leader !== undefined &&
      (stat.sessionId === leader.pid || stat.groupId === leader.pid) &&
      stat.startTicks >= leader.startTicks;
    if (inSession || (thorough && carriesMark(stat.pid, family.environmentMark))) members.set(stat.pid, stat);
  }
  // Children of members; repeated until nothing is added, as the table is in no useful order.
  for (let size = -1; size !== members.size;) {
    size = members.size;
    for (const stat of all) {
      if (stat.pid !== process.pid && members.has(stat.parentPid)) members.set(stat.pid, stat);
    }
  }
  return [...members.values()];
}

/** Sends a signal to each process of the list that is still the same process. */
export function signalProcesses(processes: readonly ProcStat[], signal: NodeJS.Signals): void {
  for (const { pid, startTicks } of processes) {
    if (readProcStat(pid)?.startTicks !== startTicks) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // Ended since, or it changed its user: the next round finds out.
    }
  }
}

/** Memory in use, in bytes. Pages that several processes share count once where the kernel tells. */
export function measureMemoryBytes(processes: readonly ProcStat[]): number {
  let sum = 0;
  for (const { pid, residentPages } of processes) sum += readProportionalBytes(pid) ?? residentPages * 4096;
  return sum;
}

function readProportionalBytes(pid: number): number | undefined {
  try {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

function carriesMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
  } catch {
    return false; // another user's process, or gone
  }
}

function readProcessTable(): ProcStat[] {
  const table: ProcStat[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readProcStat(pid) : undefined;
    if (stat) table.push(stat);
  }
  return table;
}
