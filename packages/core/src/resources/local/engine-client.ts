import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findEngine } from "./engine-lock.js";
import { getBaseEnvironment } from "./job-environment.js";
import type { JobRef } from "./job-record.js";
import type { Workspace } from "./workspace.js";

export interface EngineOptions {
  /** Cores that jobs may use together. */
  readonly slots: number;
  /** The engine ends when it has had nothing to do for so long. */
  readonly idleSeconds: number;
}

const startTimeoutMs = 10_000;
const maxLogBytes = 1_000_000;

/** Starts the engine when there is work and none is there, and tells it what has changed. */
export class EngineClient {
  readonly #workspace: Workspace;
  readonly #options: EngineOptions;
  #starting: ChildProcess | undefined;
  #startError: string | undefined;

  constructor(workspace: Workspace, options: EngineOptions) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /** Why the last start failed, for the reason of jobs that wait. */
  get startError(): string | undefined {
    return this.#startError;
  }

  /** Makes the engine look at a job. Call it after the change is in the files. */
  notify(ref: JobRef): void {
    poke(this.#workspace, ref.number);
    this.ensureRunning();
  }

  ensureRunning(): void {
    if (this.#starting || findEngine(this.#workspace)) return;
    try {
      this.#starting = startEngine(this.#workspace, this.#options);
    } catch (error) {
      this.#startError = String(error);
      return;
    }
    const settle = (problem: string | undefined) => {
      clearTimeout(timer);
      this.#starting = undefined;
      this.#startError = problem;
    };
    // By then the lock tells whether an engine is there.
    const timer = setTimeout(() => settle(undefined), startTimeoutMs).unref();
    this.#starting.once("error", (error) => settle(error.message));
    this.#starting.once("exit", (code, signal) =>
      settle(
        code === 0 || signal ? undefined : `The engine ended with code ${code}; see ${this.#workspace.log}.`,
      ),
    );
  }
}

/** Leaves a note for the engine, also for one that starts later. */
export function poke(workspace: Workspace, number: number): void {
  writeFileSync(join(workspace.pokes, String(number)), "");
}

function startEngine(workspace: Workspace, { slots, idleSeconds }: EngineOptions): ChildProcess {
  const log = openSync(workspace.log, isLong(workspace.log) ? "w" : "a", 0o600);
  try {
    const program = fileURLToPath(new URL("engine-main.js", import.meta.url));
    const child = spawn(process.execPath, [program, workspace.root, String(slots), String(idleSeconds)], {
      cwd: workspace.root,
      detached: true,
      env: getBaseEnvironment(),
      stdio: ["ignore", log, log],
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function isLong(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes;
}
