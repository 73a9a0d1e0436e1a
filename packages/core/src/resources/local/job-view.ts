import type { Job, JobStatus } from "../../model/index.js";
import { findFamily } from "../../transports/process/process-family.js";
import { getLiveness } from "../../transports/process/process-identity.js";
import type { JobRecord, JobRef } from "./job-record.js";
import { isActive, type JobState, type VersionedState } from "./job-state.js";
import type { JobStore } from "./job-store.js";

/** What became of an active job, seen from outside. */
export type Fate = "kept" | "orphaned" | "rebooted" | "vanished";

/**
 * Looks whether an active job's processes are there. `orphaned`: the job runs, its keeper does not. `vanished`:
 * neither is there, and nothing tells how it ended (read the state again before believing it: the keeper writes, then ends).
 */
export function getFate(state: JobState): Fate {
  const { keeper, process, mark } = state;
  if (!keeper) return "vanished";
  const keeperIs = getLiveness(keeper);
  if (keeperIs === "rebooted") return "rebooted";
  if (keeperIs === "alive") return "kept";
  if (process && getLiveness(process) === "alive") return "orphaned";
  const family = { ...(process && { leader: process }), environmentMark: `SCARF_JOB_MARK=${mark ?? ""}` };
  return mark !== undefined && findFamily(family, { thorough: true }).length > 0 ? "orphaned" : "vanished";
}

/** State and, for a running job, whether that is still true. Undefined = no such job. @param seen - As read a moment ago. */
export function readStatus(
  store: JobStore,
  ref: JobRef,
  seen: VersionedState | undefined = store.readState(ref),
): JobStatus | undefined {
  if (!seen) return undefined;
  if (!isActive(seen.state)) return renderStatus(seen.state);
  const fate = getFate(seen.state);
  if (fate === "kept" || fate === "orphaned") return renderStatus(seen.state);
  const again = store.readState(ref);
  if (!again || again.version !== seen.version) return again && readStatus(store, ref, again);
  return renderStatus(settleGone(seen.state, fate, store.readRecord(ref.number)?.requeueable ?? false));
}

/** What follows for a job whose processes are gone. */
export function settleGone(state: JobState, fate: "rebooted" | "vanished", requeueable: boolean): JobState {
  if (fate === "vanished") return endWithoutEvidence(state);
  if (!requeueable) return endByReboot(state);
  return {
    format: 1,
    phase: "queued",
    run: state.run + 1,
    at: new Date().toISOString(),
    reason: "Queued again after the machine was restarted.",
  };
}

/** The state of a job that was running when the machine went down. */
function endByReboot(state: JobState, at = new Date().toISOString()): JobState {
  return {
    ...withoutRequest(state),
    phase: "finished",
    at,
    outcome: "node-failure",
    reason: "The machine was restarted while the job was running.",
    source: "boot id of the machine",
  };
}

export function endWithoutEvidence(state: JobState, at = new Date().toISOString()): JobState {
  return {
    ...withoutRequest(state),
    phase: "lost",
    at,
    reason:
      "The job and the process that watched it are gone, and neither left a record of how the job ended. Look at its output.",
    source: "process table",
  };
}

export function withoutRequest(state: JobState): JobState {
  const { request: _, ...rest } = state;
  return rest;
}

/** A state in the words of the interface. */
export function renderStatus(state: JobState, now = new Date()): JobStatus {
  const reason = state.reason ?? describeRequest(state);
  const base = {
    raw: state.outcome ?? state.phase,
    ...(reason !== undefined && { reason }),
    evidence: { source: state.source ?? "job's state file", observedAt: now },
  };
  switch (state.phase) {
    case "starting":
      return { phase: "running", ...base };
    case "lost":
      return { phase: "unknown", why: "no-evidence", ...base };
    case "finished":
      return {
        phase: "finished",
        // A state without outcome is never written; a damaged one must not look like a success.
        outcome: state.outcome ?? "failed",
        ...(state.exitCode !== undefined && { exitCode: state.exitCode }),
        ...(state.signal !== undefined && { signal: state.signal }),
        ...base,
        evidence: { source: base.evidence.source, observedAt: new Date(state.at) },
      };
    default:
      return { phase: state.phase, ...base };
  }
}

function describeRequest(state: JobState): string | undefined {
  return state.request && `Asked to ${state.request} the job.`;
}

export function notListed(): JobStatus {
  return {
    phase: "unknown",
    why: "not-listed",
    raw: "",
    evidence: { source: "workspace", observedAt: new Date() },
  };
}

/** Wildcards as in `JobQuery.name`. */
export function matchesName(name: string, pattern: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return name === pattern;
  const tail = rest.pop() ?? "";
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let position = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position <= name.length - tail.length;
}

export function renderJob(
  { id, index }: { id: string; index?: number },
  record: JobRecord,
  state: JobState | undefined,
  status: JobStatus,
  host: string,
): Job {
  const lasting = index === undefined ? renderLasting(id, record) : renderFixed(id, record, index);
  // The many last: V8 copies them in one go, and would take ten times as long to add anything behind them.
  return {
    id,
    status,
    ...(state?.startedAt !== undefined && { startedAt: new Date(state.startedAt) }),
    ...(state?.endedAt !== undefined && { endedAt: new Date(state.endedAt) }),
    ...(state?.startedAt !== undefined && { executionHosts: [host] }),
    ...lasting,
  };
}

/** What follows from a job's record alone. */
type LastingPart = Omit<Job, "id" | "status" | "startedAt" | "endedAt" | "executionHosts">;

/** Lists are asked for again and again, and records never change. */
const lastingParts = new WeakMap<JobRecord, LastingPart>();

function renderLasting(id: string, record: JobRecord): LastingPart {
  const known = lastingParts.get(record);
  if (known !== undefined) return known;
  const made = renderFixed(id, record, undefined);
  lastingParts.set(record, made);
  return made;
}

function renderFixed(id: string, record: JobRecord, index: number | undefined): LastingPart {
  const substitute = { id: id.replace(/\[.*/, ""), ...(index !== undefined && { index }) };
  const paths = getOutputPaths(record, substitute);
  return {
    name: record.name,
    owner: record.user,
    command: record.command,
    ...(record.description !== undefined && { description: record.description }),
    queue: "local",
    submittedAt: new Date(record.submittedAt),
    workingDirectory: record.workingDirectory,
    outputPath: paths.output,
    errorPath: paths.error,
    submitKey: record.submitKey,
  };
}

/** Absolute paths of standard output and error of a job or array element. */
export function getOutputPaths(
  record: JobRecord,
  job: { readonly id: string; readonly index?: number },
): { readonly output: string; readonly error: string } {
  const base = job.index === undefined ? "%J" : "%J.%I";
  const output = record.outputPath ?? `${record.directory}/${base}.output`;
  const besideOutput =
    record.outputPath === undefined
      ? `${record.directory}/${base}.error`
      : errorPathBeside(record.outputPath);
  return { output: substituteIds(output, job), error: substituteIds(record.errorPath ?? besideOutput, job) };
}

/** `%J` → job id, `%I` → index of the array element (0 for a job without array, as LSF has it). */
export function substituteIds(path: string, job: { readonly id: string; readonly index?: number }): string {
  return path.replaceAll("%J", job.id).replaceAll("%I", String(job.index ?? 0));
}

/** Where errors go when only the file for output is named. */
export function errorPathBeside(outputPath: string): string {
  return `${outputPath.replace(/\.(?:output|out|log|txt)$/, "")}.error`;
}
