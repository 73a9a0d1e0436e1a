import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  getLiveness,
  getOwnIdentity,
  getProcessIdentity,
} from "../../transports/process/process-identity.js";
import { describeEnd, describeEnding, type Ending, type NaturalEnd } from "./describe-ending.js";
import { poke } from "./engine-client.js";
import { JobProcesses } from "./job-processes.js";
import type { JobRecord, JobRef } from "./job-record.js";
import { isActive, type JobState } from "./job-state.js";
import type { JobStore } from "./job-store.js";
import { endWithoutEvidence, withoutRequest } from "./job-view.js";
import { launchJob, LaunchError } from "./launch-job.js";
import { freeRoom, reserveRoom } from "./reserved-room.js";
import { isSystemError } from "../../transfers/disk/system-error.js";
import type { Workspace } from "./workspace.js";

/** Between the polite signal and the one that can't be ignored. */
const graceMs = 5_000;
const tickMs = 1_000;

/**
 * Stays with one job from its start to its end: claims it, executes it, holds its limits, carries out what users ask
 * for, and writes down how it ended. It is a process of its own, so that the engine can be killed at any moment.
 */
export class Keeper {
  readonly #workspace: Workspace;
  readonly #store: JobStore;
  readonly #ref: JobRef;
  readonly #record: JobRecord;
  #processes = new JobProcesses("");
  #ending: Ending | undefined;

  constructor(workspace: Workspace, store: JobStore, ref: JobRef, record: JobRecord) {
    this.#workspace = workspace;
    this.#store = store;
    this.#ref = ref;
    this.#record = record;
  }

  /** Runs the job if it is still waiting for its `run`-th start. Nobody else can have started it then. */
  async start(run: number): Promise<void> {
    const from = this.#store.readState(this.#ref);
    if (from?.state.phase !== "queued" || from.state.run !== run) return;
    const mark = randomBytes(12).toString("base64url");
    this.#processes = new JobProcesses(mark);
    const claim: JobState = {
      format: 1,
      phase: "starting",
      run,
      at: now(),
      keeper: getOwnIdentity(),
      mark,
    };
    if (!this.#store.advance(this.#ref, from, claim)) return;
    reserveRoom(this.#store.getStateDirectory(this.#ref));
    let child: ChildProcess;
    try {
      child = await launchJob({
        record: this.#record,
        ref: this.#ref,
        stateDirectory: this.#store.getJobDirectory(this.#ref.number),
        mark,
      });
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      await this.#finish({ exitCode: error.exitCode }, error.message);
      return;
    }
    const ended = new Promise<NaturalEnd>((resolve) => {
      child.once("exit", (exitCode, signal) =>
        resolve({ ...(exitCode !== null && { exitCode }), ...(signal !== null && { signal }) }),
      );
    });
    const leader = child.pid === undefined ? undefined : getProcessIdentity(child.pid);
    this.#processes.leader = leader;
    this.#update((state) => ({
      ...state,
      phase: "running",
      at: now(),
      startedAt: now(),
      ...(leader && { process: leader }),
    }));
    const end = await this.#supervise(ended);
    await this.#endFamily();
    await this.#finish(end);
  }

  /** Takes over a running job whose keeper was killed. How it ends can't be learnt any more, but its limits hold. */
  async adopt(): Promise<void> {
    const from = this.#store.readState(this.#ref);
    if (!from || !isActive(from.state) || !from.state.keeper || getLiveness(from.state.keeper) !== "dead")
      return;
    this.#processes = new JobProcesses(from.state.mark ?? "", from.state.process);
    const leader = from.state.process ?? this.#processes.findOldest();
    if (!leader) return;
    this.#processes.leader = leader;
    const adopted: JobState = {
      ...from.state,
      phase: from.state.phase === "suspended" ? "suspended" : "running",
      keeper: getOwnIdentity(),
      process: leader,
      startedAt: from.state.startedAt ?? now(),
    };
    if (!this.#store.advance(this.#ref, from, adopted)) return;
    const ended = (async (): Promise<NaturalEnd> => {
      while (getLiveness(leader) === "alive") await sleep(200);
      return {};
    })();
    await this.#supervise(ended);
    await this.#endFamily();
    await this.#finish(undefined);
  }

  /** Holds limits and obeys requests until the job's first process has ended. */
  async #supervise(ended: Promise<NaturalEnd>): Promise<NaturalEnd> {
    let wake = () => {};
    // Without a watcher (too many in use on this machine) the ticks do it, later.
    const watcher = tryWatch(this.#store.getStateDirectory(this.#ref), () => wake());
    try {
      for (;;) {
        await this.#look();
        const { promise, resolve } = withResolvers();
        wake = resolve;
        const timer = setTimeout(resolve, this.#nextTickMs());
        const end = await Promise.race([ended, promise]);
        clearTimeout(timer);
        if (end) return end;
      }
    } finally {
      watcher?.close();
    }
  }

  #nextTickMs(): number {
    const limit = this.#record.wallTimeSeconds;
    const ageSeconds = this.#processes.getAgeSeconds();
    if (limit === undefined || ageSeconds === undefined || this.#ending) return tickMs;
    const leftMs = (limit - ageSeconds) * 1000;
    return Math.min(tickMs, Math.max(10, leftMs));
  }

  async #look(): Promise<void> {
    const request = this.#store.readState(this.#ref)?.state.request;
    if (request === "suspend") {
      await this.#processes.stop();
      this.#update((state) => ({ ...withoutRequest(state), phase: "suspended", at: now() }));
    } else if (request === "resume") {
      this.#processes.continue();
      this.#update((state) => ({ ...withoutRequest(state), phase: "running", at: now() }));
    } else if (request) this.#end(request);
    const { wallTimeSeconds, memoryBytes } = this.#record;
    if (wallTimeSeconds !== undefined && (this.#processes.getAgeSeconds() ?? 0) >= wallTimeSeconds)
      this.#end("wall-time");
    if (memoryBytes !== undefined && this.#processes.measureMemoryBytes() > memoryBytes) this.#end("memory");
  }

  /** Begins to end the job; the first reason counts, except that a cancelled job is not run again. */
  #end(ending: Ending): void {
    if (ending === "cancel" && this.#ending === "requeue") this.#ending = ending;
    if (this.#ending) return;
    // It has ended by itself, and the news is on its way: that is how it ended then.
    if (this.#processes.isLeaderGone) return;
    this.#ending = ending;
    if (ending === "memory") return this.#processes.kill();
    this.#processes.terminate();
    setTimeout(() => this.#processes.kill(), graceMs).unref();
  }

  /** Ends what the job's first process has left behind: a finished job writes no more files and uses no cores. */
  async #endFamily(): Promise<void> {
    await this.#processes.endAll(this.#ending ? graceMs : graceMs / 5);
  }

  /** @param end - Undefined: the job was adopted, and nobody learnt its exit code. */
  async #finish(end: NaturalEnd | undefined, reason?: string): Promise<void> {
    const ending = this.#ending;
    await this.#persist((state) => {
      // The job may have ended by itself while a request was on its way; then the request has no part in it.
      const done = { ...withoutRequest(state), at: now() };
      if ((ending === "requeue" && state.request !== "cancel") || (!ending && state.request === "requeue"))
        return { format: 1, phase: "queued", run: state.run + 1, at: now(), reason: "Requeued." };
      const closing = describeEnding(ending, this.#record);
      if (!end && !closing) return endWithoutEvidence(state);
      return {
        ...done,
        phase: "finished",
        endedAt: now(),
        source: end ? "exit record of the job's keeper" : "the keeper ended it",
        ...end,
        outcome: closing?.outcome ?? (end?.exitCode === 0 ? "succeeded" : "failed"),
        ...optionalReason(closing?.reason ?? reason ?? describeEnd(end)),
      };
    });
    poke(this.#workspace, this.#ref.number);
  }

  #update(change: (state: JobState) => JobState): void {
    this.#store.update(this.#ref, (state) => (isActive(state) ? change(state) : undefined));
  }

  /** How a job ended must not be lost to a full disk: takes the room kept for it, then waits for space as long as it takes. */
  async #persist(change: (state: JobState) => JobState): Promise<void> {
    let roomIsFree = false;
    for (;;) {
      try {
        this.#update(change);
        return freeRoom(this.#store.getStateDirectory(this.#ref));
      } catch (error) {
        if (!isSystemError(error, "ENOSPC", "EDQUOT", "EIO", "ENFILE", "EMFILE")) throw error;
        if (!roomIsFree) {
          freeRoom(this.#store.getStateDirectory(this.#ref));
          roomIsFree = true;
        } else await sleep(tickMs);
      }
    }
  }
}

function optionalReason(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

function now(): string {
  return new Date().toISOString();
}

function withResolvers(): { readonly promise: Promise<undefined>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<undefined>((settle) => {
    resolve = () => settle(undefined);
  });
  return { promise, resolve };
}

function tryWatch(directory: string, onChange: () => void): { close(): void } | undefined {
  try {
    return watch(directory, onChange).on("error", () => {});
  } catch {
    return undefined;
  }
}
