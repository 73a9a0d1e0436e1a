import { createHash } from "node:crypto";
import { SchedulerError, TransportError } from "../../errors/index.js";
import type { Job, JobStatus } from "../../model/index.js";

/** What one user has on a `MemoryResource`. */
export interface MemoryUser {
  readonly password: string;
  readonly jobs: Map<string, Job>;
  /** Path → content; jobs' files are below `jobs/ID/`. */
  readonly files: Map<string, Uint8Array>;
}

/** What a `MemoryResource` and its sessions share: users, and switches for what can go wrong. */
export class MemoryServer {
  readonly id: string;
  /** Off: every call throws CONNECTION_FAILED. */
  reachable = true;
  /** Calls by method name. */
  readonly calls = new Map<string, number>();
  readonly users = new Map<string, MemoryUser>();
  readonly tokens = new Map<string, string>();
  /** Bytes per chunk of readings. */
  chunkBytes = 5;
  #jobCount = 0;
  readonly #faults = new Map<string, { readonly when: "before" | "after"; readonly error: Error }[]>();

  addUser(userName: string, password = `password of ${userName}`): MemoryUser {
    const user = { password, jobs: new Map<string, Job>(), files: new Map<string, Uint8Array>() };
    this.users.set(userName, user);
    return user;
  }

  /** Makes coming calls of a method fail, one each: `before` it has any effect, or `after`, as when an answer is lost. */
  fail(method: string, error: Error, when: "before" | "after" = "before", times = 1): void {
    const faults = this.#faults.get(method) ?? [];
    for (let count = 0; count < times; count += 1) faults.push({ when, error });
    this.#faults.set(method, faults);
  }

  loseAnswer(method: string, times = 1): void {
    this.fail(method, new TransportError("CONNECTION_LOST", "the connection broke"), "after", times);
  }

  /** All sessions of the user end, as when the server forgets them. */
  expire(userName: string): void {
    for (const [token, owner] of this.tokens) if (owner === userName) this.tokens.delete(token);
  }

  setStatus(userName: string, jobId: string, status: JobStatus): void {
    const user = this.userNamed(userName);
    const job = user.jobs.get(jobId);
    if (job !== undefined) user.jobs.set(jobId, { ...job, status });
  }

  nextJobId(): string {
    this.#jobCount += 1;
    return String(400_000 + this.#jobCount);
  }

  async call<Value>(method: string, act: () => Value): Promise<Value> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.reachable) throw new TransportError("CONNECTION_FAILED", `${this.id} can't be reached`);
    const fault = this.#faults.get(method)?.shift();
    if (fault?.when === "before") throw fault.error;
    const value = act();
    if (fault !== undefined) throw fault.error;
    return value;
  }

  userNamed(userName: string): MemoryUser {
    const user = this.users.get(userName);
    if (user === undefined) throw new Error(`no user ${userName}`);
    return user;
  }

  constructor(id: string) {
    this.id = id;
  }
}

export function notFound(id: string): SchedulerError {
  return new SchedulerError("JOB_NOT_FOUND", `There is no job ${id}`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export const activeStatus = (phase: "queued" | "running" = "running"): JobStatus => ({
  phase,
  raw: phase.toUpperCase(),
  evidence: { source: "memory", observedAt: new Date() },
});

export const finishedStatus = (outcome: "succeeded" | "failed" = "succeeded"): JobStatus => ({
  phase: "finished",
  outcome,
  exitCode: outcome === "succeeded" ? 0 : 1,
  raw: "DONE",
  evidence: { source: "memory", observedAt: new Date() },
});
