import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Job } from "../../../model/index.js";
import { partPrefix } from "../../../transfers/disk/atomic-file.js";
import { findEngine } from "../engine-lock.js";
import { LocalResource } from "../local-resource.js";
import { openWorkspace, type Workspace } from "../workspace.js";
import { removeWorkspace } from "./remove-workspace.js";
import { attachmentBytes, getExpectedExitCode, pulseBytes } from "./kill-trial-jobs.js";

export interface KillTrialReport {
  readonly engineKills: number;
  readonly submitterKills: number;
  readonly jobs: number;
  /** What went against a promise; empty when all held. */
  readonly violations: readonly string[];
}

/**
 * Submits `jobs` jobs by processes that are killed again and again, on engines that are killed again and again, until
 * there were `kills` kills; then waits for all jobs and compares what was promised with what is there.
 */
export async function runKillTrial({
  kills,
  jobs,
}: {
  kills: number;
  jobs: number;
}): Promise<KillTrialReport> {
  const root = mkdtempSync(join(tmpdir(), "scarf-kill-"));
  const effects = join(root, "effects");
  mkdirSync(effects);
  const workspace = openWorkspace(join(root, "workspace"));
  const trial = new KillTrial(workspace, effects, jobs);
  try {
    while (trial.kills < kills || !trial.isAllAcknowledged) await trial.step(trial.kills < kills);
    await trial.checkEnd();
    return trial;
  } finally {
    await trial.stop();
    await removeWorkspace(workspace, root);
  }
}

class KillTrial implements KillTrialReport {
  engineKills = 0;
  submitterKills = 0;
  readonly jobs: number;
  readonly violations: string[] = [];
  readonly #workspace: Workspace;
  readonly #effects: string;
  /** Job number → the id that was acknowledged. */
  readonly #acknowledged = new Map<number, string>();
  #submitter: ChildProcess | undefined;

  constructor(workspace: Workspace, effects: string, jobs: number) {
    this.#workspace = workspace;
    this.#effects = effects;
    this.jobs = jobs;
  }

  get kills(): number {
    return this.engineKills + this.submitterKills;
  }

  get isAllAcknowledged(): boolean {
    return this.#acknowledged.size === this.jobs;
  }

  async step(mayKill: boolean): Promise<void> {
    const submitter = (this.#submitter ??= this.#startSubmitter());
    await sleep(randomInt(120));
    if (!mayKill) return;
    // The submitter's first 100 ms are Node's own start, so it is spared more often.
    if (randomInt(3) === 0) await this.#killSubmitter(submitter);
    else this.#killEngine();
    this.#checkFiles();
  }

  async stop(): Promise<void> {
    if (this.#submitter) await this.#killSubmitter(this.#submitter);
  }

  async checkEnd(): Promise<void> {
    const resource = new LocalResource({ workspace: this.#workspace.root, slots: 8, idleSeconds: 0.2 });
    const session = await resource.logIn({ userName: "anna" });
    const end = performance.now() + 60_000;
    let listed: readonly Job[];
    for (;;) {
      listed = await session.list();
      if (listed.every(({ status }) => status.phase === "finished" || status.phase === "unknown")) break;
      if (performance.now() > end) break;
      await sleep(100);
    }
    if (listed.length !== this.jobs)
      this.violations.push(`${listed.length} jobs are listed instead of ${this.jobs}`);
    for (const [number, id] of this.#acknowledged) {
      const ofKey = listed.filter(({ submitKey }) => submitKey === `key ${number}`);
      if (ofKey.length !== 1 || ofKey[0]?.id !== id)
        this.violations.push(
          `job ${number} was acknowledged as ${id}, and is ${ofKey.map((job) => job.id).join()}`,
        );
      this.#checkJob(number, ofKey[0]);
    }
    // What was left by submitters that were killed is gone once an engine has come after them; this one may have come before.
    const swept = performance.now() + 30_000;
    while (findEngine(this.#workspace) && performance.now() < swept) await sleep(50);
    await session.submit({ task: { kind: "command", argv: ["true"] } }, { submitKey: "last" });
    const countDirectories = (): number =>
      readdirSync(join(this.#workspace.root, "users", "anna", "jobs")).length;
    while (countDirectories() !== this.jobs + 1 && performance.now() < swept) await sleep(100);
    const directories = countDirectories();
    if (directories !== this.jobs + 1)
      this.violations.push(`${directories} job directories are left for ${this.jobs + 1} jobs`);
    this.#checkFiles();
  }

  #checkJob(number: number, job: Job | undefined): void {
    const exitCode = getExpectedExitCode(number);
    const outcome = exitCode === 0 ? "succeeded" : "failed";
    const status = job?.status;
    if (status?.phase !== "finished" || status.outcome !== outcome || status.exitCode !== exitCode)
      this.violations.push(
        `job ${number} should be ${outcome} (${exitCode}), and is ${JSON.stringify(status)}`,
      );
    const effect = readFileSync(join(this.#effects, String(number)), "utf8");
    if (effect !== "x") this.violations.push(`job ${number} has run ${effect.length} times`);
  }

  /** No file under its final name is incomplete, at any moment. */
  #checkFiles(): void {
    const home = join(this.#workspace.root, "users", "anna");
    for (const name of readIfThere(join(home, "jobs"))) {
      if (name.startsWith(partPrefix) || !name.startsWith("kill-")) continue;
      // An abandoned directory may be removed at this moment.
      const size = statSync(join(home, "jobs", name, "data.bin"), { throwIfNoEntry: false })?.size;
      if (size !== undefined && size !== attachmentBytes)
        this.violations.push(`${name}/data.bin has ${size} bytes`);
    }
    if (!readIfThere(join(home, "pulse")).includes("pulse.bin")) return;
    const pulse = readFileSync(join(home, "pulse", "pulse.bin"));
    if (pulse.length !== pulseBytes || !pulse.every((byte) => byte === pulse[0]))
      this.violations.push(`pulse.bin has ${pulse.length} bytes, or a mixture`);
  }

  #startSubmitter(): ChildProcess {
    let first = 1;
    while (this.#acknowledged.has(first)) first += 1;
    const program = fileURLToPath(new URL("submitter-main.js", import.meta.url));
    const child = spawn(
      process.execPath,
      [program, this.#workspace.root, this.#effects, String(first), String(this.jobs)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    createInterface(child.stdout).on("line", (line) => {
      const [number = "", id = ""] = line.split(" ");
      const before = this.#acknowledged.get(Number(number));
      if (before !== undefined && before !== id)
        this.violations.push(`job ${number} was acknowledged as ${before} and as ${id}`);
      this.#acknowledged.set(Number(number), id);
    });
    child.once("close", () => {
      if (this.#submitter === child) this.#submitter = undefined;
    });
    return child;
  }

  async #killSubmitter(submitter: ChildProcess): Promise<void> {
    if (submitter.exitCode !== null || submitter.signalCode !== null) return;
    const closed = once(submitter, "close");
    if (submitter.kill("SIGKILL")) this.submitterKills += 1;
    await closed;
  }

  #killEngine(): void {
    const engine = findEngine(this.#workspace);
    if (!engine) return;
    process.kill(engine.pid, "SIGKILL");
    this.engineKills += 1;
  }
}

function readIfThere(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
