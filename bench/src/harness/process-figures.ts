import { readFileSync, writeFileSync } from "node:fs";

/** The most memory that a process has had since its start, or since {@link forgetPeak}. */
export function readPeakBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status does not tell the peak of its memory`);
  return Number(kib) * 1024;
}

/** Begins the peak anew (proc(5), clear_refs, 5). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
