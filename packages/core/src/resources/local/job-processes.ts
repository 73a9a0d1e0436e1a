import { setTimeout as sleep } from "node:timers/promises";
import { findFamily, measureMemoryBytes, signalProcesses } from "../../transports/process/process-family.js";
import {
  getLiveness,
  getProcessAgeSeconds,
  getProcessIdentity,
  type ProcessIdentity,
} from "../../transports/process/process-identity.js";
import type { ProcStat } from "../../transports/process/proc-stat.js";

/** All processes of one job: found by its first one, and those that have left that one's session by a mark in their environment. */
export class JobProcesses {
  /** The first one, as soon as it is known. */
  leader: ProcessIdentity | undefined;
  readonly #mark: string;

  /** @param mark - value of `SCARF_JOB_MARK`. */
  constructor(mark: string, leader?: ProcessIdentity) {
    this.#mark = mark;
    this.leader = leader;
  }

  /** The first process is known, and is there no more. */
  get isLeaderGone(): boolean {
    return this.leader !== undefined && getLiveness(this.leader) !== "alive";
  }

  /** For how long the job has run; undefined while its first process is not known. */
  getAgeSeconds(): number | undefined {
    return this.leader && getProcessAgeSeconds(this.leader);
  }

  measureMemoryBytes(): number {
    return measureMemoryBytes(this.#find({ thorough: false }));
  }

  async stop(): Promise<void> {
    // Again until none runs: a process may fork after it was listed and before it was stopped.
    for (let round = 0; round < 10; round += 1) {
      const going = this.#find().filter(({ state }) => state !== "T");
      if (going.length === 0) break;
      signalProcesses(going, "SIGSTOP");
      await sleep(5);
    }
  }

  continue(): void {
    signalProcesses(this.#find(), "SIGCONT");
  }

  /** Asks them to end. */
  terminate(): void {
    askToEnd(this.#find());
  }

  kill(): void {
    signalProcesses(this.#find(), "SIGKILL");
  }

  /** Resolves when none is left: they are asked first, and killed after the grace time. */
  async endAll(graceMs: number): Promise<void> {
    const polite = performance.now() + graceMs;
    for (let round = 0; round < 200; round += 1) {
      const left = this.#find();
      if (left.length === 0) return;
      if (round === 0) askToEnd(left);
      else if (performance.now() > polite) signalProcesses(left, "SIGKILL");
      await sleep(50);
    }
  }

  /** For a keeper that takes over a job whose first process nobody wrote down. */
  findOldest(): ProcessIdentity | undefined {
    const [oldest] = this.#find().sort((a, b) => a.startTicks - b.startTicks);
    return oldest && getProcessIdentity(oldest.pid);
  }

  #find(options = { thorough: true }): ProcStat[] {
    const { leader } = this;
    return findFamily(
      { ...(leader && { leader }), environmentMark: `SCARF_JOB_MARK=${this.#mark}` },
      options,
    );
  }
}

function askToEnd(processes: readonly ProcStat[]): void {
  signalProcesses(processes, "SIGTERM");
  signalProcesses(processes, "SIGCONT"); // a stopped process can't obey
}
