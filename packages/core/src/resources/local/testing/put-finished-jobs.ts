import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JobRecord } from "../job-record.js";
import type { JobState } from "../job-state.js";
import { planJob } from "../plan-job.js";
import { getKeyPath, type Workspace } from "../workspace.js";

/** Puts jobs that have succeeded into a workspace, as submits and keepers leave them, numbered from 1. */
export function putFinishedJobs(workspace: Workspace, user: string, count: number): void {
  for (let number = 1; number <= count; number += 1) putFinishedJob(workspace, user, number);
}

/** One of them. */
export function putFinishedJob(
  workspace: Workspace,
  user: string,
  number: number,
  name = `job_${number}`,
): void {
  const submitKey = `${name} of ${user}`;
  const record: JobRecord = planJob(
    { name, task: { kind: "command", argv: ["true"] } },
    { user, submitKey, slots: 1, extraPath: [], directory: join(workspace.root, "users", user, name) },
  );
  const at = new Date().toISOString();
  const state: JobState = {
    format: 1,
    phase: "finished",
    run: 1,
    at,
    startedAt: at,
    endedAt: at,
    exitCode: 0,
    outcome: "succeeded",
  };
  const directory = join(workspace.jobs, String(number));
  const keyPath = getKeyPath(workspace, user, submitKey);
  mkdirSync(directory);
  mkdirSync(dirname(keyPath), { recursive: true });
  writeFileSync(join(directory, "job.json"), JSON.stringify(record));
  writeFileSync(join(directory, "state-1.json"), JSON.stringify(state));
  writeFileSync(keyPath, String(number));
}
