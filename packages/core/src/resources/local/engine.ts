import { type ChildProcess, spawn } from "node:child_process";
import { type FSWatcher, readdirSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeDependency } from "./dependency.js";
import { takeEngineLock } from "./engine-lock.js";
import type { EngineOptions } from "./engine-client.js";
import { getBaseEnvironment } from "./job-environment.js";
import { getElements, type JobRecord, type JobRef, parseJobId } from "./job-record.js";
import { isActive, isOver, type VersionedState } from "./job-state.js";
import type { JobStore } from "./job-store.js";
import { mergeStatuses } from "../merge-statuses.js";
import { getFate, notListed, readStatus, settleGone } from "./job-view.js";
import { removeAbandoned } from "./remove-abandoned.js";
import type { Workspace } from "./workspace.js";

/** Everything is looked at again so often, should a note have been missed or a keeper been killed. */
const rescanMs = 2_000;

interface Entry {
  readonly ref: JobRef;
  readonly record: JobRecord;
  seen: VersionedState;
}

/**
 * Starts jobs in their order as cores become free, and finds out what became of jobs whose keepers were killed.
 * It keeps nothing that is not in the files: it can be killed at any moment, and the next one goes on.
 */
export class Engine {
  readonly #workspace: Workspace;
  readonly #store: JobStore;
  readonly #options: EngineOptions;
  /** Jobs that are not over. */
  readonly #entries = new Map<string, Entry>();
  /** Keepers that this engine has started and that have not claimed their job yet, or still run. */
  readonly #keepers = new Map<string, ChildProcess>();
  readonly #known = new Set<number>();
  #wake = () => {};

  constructor(workspace: Workspace, store: JobStore, options: EngineOptions) {
    this.#workspace = workspace;
    this.#store = store;
    this.#options = options;
  }

  /** Works until there has been nothing to do for the idle time. Returns at once when another engine is there. */
  async run(): Promise<void> {
    for (;;) {
      const lock = takeEngineLock(this.#workspace, this.#options.slots);
      if (!lock) return;
      const watcher = this.#watchPokes();
      try {
        this.#entries.clear();
        this.#known.clear();
        this.#store.recallFinished();
        removeAbandoned(this.#workspace, this.#store);
        await this.#work();
      } finally {
        watcher?.close();
        lock.release();
      }
      // A job submitted while the lock was being released has seen an engine and started none.
      if (!this.#hasWork()) return;
    }
  }

  async #work(): Promise<void> {
    let idleSince = performance.now();
    let rescannedAt = -Infinity;
    for (;;) {
      const pause = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const pokes = this.#takePokes();
      const rescan = performance.now() - rescannedAt >= rescanMs;
      if (rescan) rescannedAt = performance.now();
      this.#refresh(pokes, rescan);
      const busy = this.#startJobs() || pokes.length > 0 || this.#keepers.size > 0;
      if (busy || this.#hasActiveOrHopeful()) idleSince = performance.now();
      else if (performance.now() - idleSince >= this.#options.idleSeconds * 1000) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        pause,
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, this.#pauseMs(idleSince));
        }),
      ]);
      clearTimeout(timer);
    }
  }

  #pauseMs(idleSince: number): number {
    const idleLeft = this.#options.idleSeconds * 1000 - (performance.now() - idleSince);
    let pauseMs = Math.min(rescanMs, idleLeft);
    for (const { record } of this.#entries.values()) {
      const beginsInMs = Date.parse(record.beginAt ?? "") - Date.now();
      if (beginsInMs > 0) pauseMs = Math.min(pauseMs, beginsInMs);
    }
    return Math.max(10, pauseMs);
  }

  #watchPokes(): FSWatcher | undefined {
    try {
      return watch(this.#workspace.pokes, () => this.#wake()).on("error", () => {});
    } catch {
      return undefined; // too many watchers on this machine: the rescans do it, later
    }
  }

  /** The notes are removed before the jobs are read: what changes afterwards leaves a new note. */
  #takePokes(): number[] {
    const names = readdirSync(this.#workspace.pokes);
    for (const name of names) rmSync(join(this.#workspace.pokes, name), { force: true });
    return names.map(Number).filter((number) => Number.isSafeInteger(number) && number > 0);
  }

  #refresh(pokes: readonly number[], rescan: boolean): void {
    const numbers = new Set(pokes);
    // A number without note is one whose submitter was killed after the key was made: as good as the others.
    if (rescan)
      for (const number of this.#store.listNumbers()) if (!this.#known.has(number)) numbers.add(number);
    if (rescan) for (const { ref } of this.#entries.values()) numbers.add(ref.number);
    for (const number of numbers) this.#readJob(number);
  }

  #readJob(number: number): void {
    const record = this.#store.readRecord(number);
    if (!record) return; // not submitted to the end, so it stays unknown and is looked at again
    this.#known.add(number);
    for (const ref of getElements(number, record)) {
      const seen = this.#settle(ref, record);
      if (!seen || isOver(seen.state)) this.#entries.delete(ref.id);
      else this.#entries.set(ref.id, { ref, record, seen });
    }
  }

  /** Reads a state, and puts it right where the processes behind it are gone. */
  #settle(ref: JobRef, record: JobRecord): VersionedState | undefined {
    for (;;) {
      const seen = this.#store.readState(ref);
      if (!seen || !isActive(seen.state)) return seen;
      const fate = getFate(seen.state);
      if (fate === "kept") return seen;
      if (fate === "orphaned") {
        if (!this.#keepers.has(ref.id)) this.#startKeeper(ref, "adopt");
        return seen;
      }
      // Not over yet by its own record: the keeper may have written more between the two looks.
      // Fails when it has; then the new state is read.
      this.#store.advance(ref, seen, settleGone(seen.state, fate, record.requeueable));
    }
  }

  /** True when something was started. */
  #startJobs(): boolean {
    const entries = [...this.#entries.values()];
    let free = this.#options.slots;
    for (const { ref, record, seen } of entries)
      if (isActive(seen.state) || this.#keepers.has(ref.id)) free -= record.cores;
    const waiting = entries
      .filter(({ ref, seen }) => seen.state.phase === "queued" && !this.#keepers.has(ref.id))
      .sort(compareEntries);
    let started = false;
    for (const entry of waiting) {
      if (free <= 0) break;
      if (this.#judge(entry) !== "met") continue;
      // First in, first out: a large job is not overtaken for ever by small ones.
      if (entry.record.cores > free) break;
      this.#startKeeper(entry.ref, String(entry.seen.state.run));
      free -= entry.record.cores;
      started = true;
    }
    return started;
  }

  #judge({ ref, record }: Entry): "met" | "waiting" | "never" {
    let worst: "met" | "waiting" = "met";
    if (record.beginAt !== undefined && Date.parse(record.beginAt) > Date.now()) worst = "waiting";
    if (record.cores > this.#options.slots) return "never";
    for (const { condition, jobId } of record.dependencies ?? []) {
      const state = judgeDependency(condition, this.#readMergedStatus(jobId, record.user));
      if (state === "never") return "never";
      if (state === "waiting") worst = "waiting";
    }
    if (record.maxRunning !== undefined && this.#countRunning(ref.number) >= record.maxRunning)
      worst = "waiting";
    return worst;
  }

  #readMergedStatus(id: string, user: string) {
    const ref = parseJobId(id);
    if (!ref || this.#store.readRecord(ref.number)?.user !== user) return notListed();
    const elements = this.#store.findElements(ref);
    const statuses = elements.map((element) => readStatus(this.#store, element) ?? notListed());
    return mergeStatuses(statuses) ?? notListed();
  }

  #countRunning(number: number): number {
    return [...this.#entries.values()].filter(
      ({ ref, seen }) => ref.number === number && (isActive(seen.state) || this.#keepers.has(ref.id)),
    ).length;
  }

  #hasActiveOrHopeful(): boolean {
    return [...this.#entries.values()].some(
      (entry) =>
        isActive(entry.seen.state) || (entry.seen.state.phase === "queued" && this.#judge(entry) !== "never"),
    );
  }

  #hasWork(): boolean {
    this.#refresh(this.#takePokes(), true);
    return this.#hasActiveOrHopeful();
  }

  #startKeeper(ref: JobRef, run: string): void {
    const program = fileURLToPath(new URL("keeper-main.js", import.meta.url));
    const child = spawn(process.execPath, [program, this.#workspace.root, ref.id, run], {
      cwd: this.#workspace.root,
      detached: true,
      env: getBaseEnvironment(),
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.unref();
    this.#keepers.set(ref.id, child);
    const gone = () => {
      this.#keepers.delete(ref.id);
      this.#readJob(ref.number);
      this.#wake();
    };
    child.once("error", (error) => {
      process.stderr.write(`${new Date().toISOString()} no keeper for job ${ref.id}: ${error.message}\n`);
      setTimeout(gone, 1_000);
    });
    child.once("exit", (code) => {
      if (code === 0) return gone();
      // It never claimed the job, or it died of a bug: wait a little, so that a broken machine is not kept busy.
      process.stderr.write(`${new Date().toISOString()} keeper of job ${ref.id} ended with ${code}\n`);
      setTimeout(gone, 1_000);
    });
  }
}

function compareEntries(a: Entry, b: Entry): number {
  return (
    b.record.priority - a.record.priority ||
    a.ref.number - b.ref.number ||
    (a.ref.index ?? 0) - (b.ref.index ?? 0)
  );
}
