import { constants } from "node:os";
import type { Evidence, JobStatus } from "../../model/index.js";
import { explainSlurmState } from "./job-states.js";

/** How a job's script ended. */
export interface SlurmExit {
  readonly exitCode?: number;
  readonly signalNumber?: number;
}

/** What Slurm tells of one job's state, by whichever way. */
export interface SlurmStateReport {
  /** State words; the base state may stand anywhere among them. */
  readonly words: readonly string[];
  /** For `JobStatus.raw`. @defaultValue the words, with commas */
  readonly raw?: string;
  /** Why it waits, or why it ended. */
  readonly reason?: string;
  readonly exit?: SlurmExit;
}

/** What a report says of a job. */
export function readSlurmStatus(report: SlurmStateReport, evidence: Evidence): JobStatus {
  const { words, reason, exit } = report;
  const isTold = reason !== undefined && reason !== "" && reason !== "None";
  const shared = { raw: report.raw ?? words.join(","), ...(isTold && { reason }), evidence };
  const means = explainSlurmState(words, reason);
  if (means.phase !== "finished") return { ...means, ...shared };
  const { exitCode = 0, signalNumber = 0 } = exit ?? {};
  if (means.outcome === "succeeded") {
    if (exitCode === 0 && signalNumber === 0) return { ...means, ...shared, exitCode: 0 };
    // It contradicts itself. Of the two, what can't be measured again depends on the worse one.
    return { ...means, outcome: "failed", ...shared, ...readExit(exitCode, signalNumber) };
  }
  return { ...means, ...shared, ...readExit(exitCode, signalNumber) };
}

/** 0 beside another end than success is not the job's own. */
function readExit(
  exitCode: number,
  signalNumber: number,
): { readonly exitCode?: number; readonly signal?: string } {
  if (signalNumber !== 0) return { signal: nameSignal(signalNumber) };
  return exitCode === 0 ? {} : { exitCode };
}

function nameSignal(signalNumber: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === signalNumber)?.[0];
  return name ?? `SIG${signalNumber}`;
}

/** Reads `code:signal` of sacct and scontrol. The signal may have 128 added for a core dump. */
export function parseSlurmExit(text: string): SlurmExit | undefined {
  const [, code, signal] = /^(\d{1,5}):(\d{1,5})$/.exec(text.trim()) ?? [];
  if (code === undefined || signal === undefined) return undefined;
  return Number(signal) > 0 ? { signalNumber: Number(signal) & 0x7f } : { exitCode: Number(code) };
}

/** Reads the status that a process leaves to its parent: `768` is exit code 3, `139` a signal with a core dump. */
export function parseWaitStatus(text: string): SlurmExit | undefined {
  const status = Number(text);
  if (!/^\d{1,5}$/.test(text) || status > 0xffff) return undefined;
  const signalNumber = status & 0x7f;
  return signalNumber === 0 ? { exitCode: status >> 8 } : { signalNumber };
}
