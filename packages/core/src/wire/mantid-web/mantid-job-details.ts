import type { Job, JobOutcome, JobPhase, JobStatus } from "../../model/index.js";
import { isJsonObject, textOf } from "../json-object.js";

const phases = [
  "queued",
  "held",
  "running",
  "suspended",
  "finished",
  "unknown",
] as const satisfies JobPhase[];
const outcomes = [
  "succeeded",
  "failed",
  "timed-out",
  "out-of-memory",
  "cancelled",
  "node-failure",
  "preempted",
] as const satisfies JobOutcome[];
const whys = ["not-listed", "unreachable", "unrecognised", "no-evidence"] as const;

/** What our gateway tells of a job besides the interface: everything that the interface has no member for. */
export function renderJobDetails({ status, ...job }: Job): Readonly<Record<string, unknown>> {
  return {
    Phase: status.phase,
    Raw: status.raw,
    Reason: status.reason,
    ...(status.phase === "finished" && {
      Outcome: status.outcome,
      ExitCode: status.exitCode,
      Signal: status.signal,
    }),
    ...(status.phase === "unknown" && { Why: status.why }),
    Source: status.evidence.source,
    CommandLine: job.command,
    Description: job.description,
    Queue: job.queue,
    WorkingDirectory: job.workingDirectory,
    OutputPath: job.outputPath,
    ErrorPath: job.errorPath,
    SubmitKey: job.submitKey,
  };
}

/** The status that our gateway tells; undefined if there is none that can be understood. */
export function parseDetailedStatus(details: unknown, observedAt: Date): JobStatus | undefined {
  if (!isJsonObject(details)) return undefined;
  const phase = oneOf(phases, details["Phase"]);
  if (phase === undefined) return undefined;
  const reason = textOf(details["Reason"]);
  const base = {
    raw: textOf(details["Raw"]) ?? "",
    evidence: { source: textOf(details["Source"]) ?? "Mantid web service", observedAt },
    ...(reason !== undefined && { reason }),
  };
  if (phase === "unknown") return { ...base, phase, why: oneOf(whys, details["Why"]) ?? "unrecognised" };
  if (phase !== "finished") return { ...base, phase };
  const outcome = oneOf(outcomes, details["Outcome"]);
  if (outcome === undefined) return { ...base, phase: "unknown", why: "unrecognised" };
  const exitCode = details["ExitCode"];
  const signal = textOf(details["Signal"]);
  return {
    ...base,
    phase,
    outcome,
    ...(typeof exitCode === "number" && Number.isInteger(exitCode) && { exitCode }),
    ...(signal !== undefined && { signal }),
  };
}

/** The other details, as members of a job. */
export function parseJobDetails(details: unknown): Partial<Job> {
  if (!isJsonObject(details)) return {};
  const members = {
    command: textOf(details["CommandLine"]),
    description: textOf(details["Description"]),
    queue: textOf(details["Queue"]),
    workingDirectory: textOf(details["WorkingDirectory"]),
    outputPath: textOf(details["OutputPath"]),
    errorPath: textOf(details["ErrorPath"]),
    submitKey: textOf(details["SubmitKey"]),
  };
  const { command, description, queue, workingDirectory, outputPath, errorPath, submitKey } = members;
  return {
    ...(command !== undefined && { command }),
    ...(description !== undefined && { description }),
    ...(queue !== undefined && { queue }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...(outputPath !== undefined && { outputPath }),
    ...(errorPath !== undefined && { errorPath }),
    ...(submitKey !== undefined && { submitKey }),
  };
}

function oneOf<const Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value);
}
