import { readFileSync, readlinkSync } from "node:fs";
import { readAnyProcStat, readProcStat } from "./proc-stat.js";

/** Names one process for ever: a pid alone is given away again as soon as its process has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTicks: number;
  /** The machine's boot that the ticks count from. */
  readonly bootId: string;
  /** Pids of another container mean nothing here. */
  readonly pidNamespace: string;
}

/** `rebooted`: the machine has been restarted since, so the process is certainly gone. */
export type Liveness = "alive" | "dead" | "rebooted";

let machine: Pick<ProcessIdentity, "bootId" | "pidNamespace"> | undefined;

function getMachine(): Pick<ProcessIdentity, "bootId" | "pidNamespace"> {
  machine ??= {
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
    pidNamespace: readlinkSync("/proc/self/ns/pid"),
  };
  return machine;
}

/**
 * Identity of a process that is running now, or of a child that has ended but was not waited for.
 * Undefined when there is none.
 */
export function getProcessIdentity(pid: number): ProcessIdentity | undefined {
  const stat = readAnyProcStat(pid);
  return stat && { pid, startTicks: stat.startTicks, ...getMachine() };
}

export function getOwnIdentity(): ProcessIdentity {
  const identity = getProcessIdentity(process.pid);
  if (!identity) throw new Error("/proc does not list this process");
  return identity;
}

/** A process in another pid namespace of this boot can't be seen from here and counts as alive. */
export function getLiveness(identity: ProcessIdentity): Liveness {
  const { bootId, pidNamespace } = getMachine();
  if (identity.bootId !== bootId) return "rebooted";
  if (identity.pidNamespace !== pidNamespace) return "alive";
  return readProcStat(identity.pid)?.startTicks === identity.startTicks ? "alive" : "dead";
}

export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "startTicks" in value &&
    typeof value.startTicks === "number" &&
    "bootId" in value &&
    typeof value.bootId === "string" &&
    "pidNamespace" in value &&
    typeof value.pidNamespace === "string"
  );
}

/** How long a process has been there, in seconds; times in which the machine slept count. */
export function getProcessAgeSeconds(identity: ProcessIdentity): number {
  // USER_HZ is 100 on every Linux architecture that Node runs on.
  const uptimeSeconds = Number.parseFloat(readFileSync("/proc/uptime", "latin1"));
  return Math.max(0, uptimeSeconds - identity.startTicks / 100);
}
