import { constants } from "node:os";
import type { Job, JobId, JobOutcome, JobStatus } from "../../model/index.js";
import { parseKeyedDescription, type SlurmRestJob } from "../../wire/index.js";

/** Which of the two daemons told it. */
export type SlurmSource = "slurmctld" | "slurmdbd";

const waiting: ReadonlySet<string> = new Set([
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_FED",
  "POWER_UP_NODE",
  "EXPEDITING",
]);
const outcomes: Readonly<Record<string, JobOutcome>> = {
  COMPLETED: "succeeded",
  FAILED: "failed",
  LAUNCH_FAILED: "failed",
  RECONFIG_FAIL: "failed",
  TIMEOUT: "timed-out",
  DEADLINE: "timed-out",
  OUT_OF_MEMORY: "out-of-memory",
  CANCELLED: "cancelled",
  NODE_FAIL: "node-failure",
  BOOT_FAIL: "node-failure",
  PREEMPTED: "preempted",
};

/** What a job's words mean. */
export function readStatus(job: SlurmRestJob, source: SlurmSource, observedAt: Date): JobStatus {
  const [word = "", ...flags] = job.words;
  const base = {
    raw: job.words.join(","),
    ...((job.reasonText ?? job.reason) !== undefined && { reason: job.reasonText ?? job.reason ?? "" }),
    evidence: { source: source === "slurmctld" ? "Slurm's controller" : "Slurm's accounting", observedAt },
  };
  if (word === "PENDING" || waiting.has(word)) {
    const isHeld = (job.reason ?? "").startsWith("JobHeld") || flags.includes("REQUEUE_HOLD");
    return { phase: isHeld ? "held" : "queued", ...base };
  }
  if (["REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"].includes(word)) return { phase: "held", ...base };
  if (word === "SUSPENDED" || word === "STOPPED" || flags.includes("STOPPED"))
    return { phase: "suspended", ...base };
  // Processes may still run: whatever the base word says, it has not ended.
  if (flags.includes("COMPLETING") || flags.includes("STAGE_OUT")) return { phase: "running", ...base };
  if (["RUNNING", "COMPLETING", "RESIZING", "SIGNALING", "STAGE_OUT"].includes(word))
    return { phase: "running", ...base };
  const outcome = outcomes[word];
  if (outcome === undefined) return { phase: "unknown", why: "unrecognised", ...base };
  return { phase: "finished", outcome, ...base, ...readExit(job, outcome) };
}

function readExit({ exit }: SlurmRestJob, outcome: JobOutcome): { exitCode?: number; signal?: string } {
  // That it completed says that its exit code was 0; slurmdb of old versions tells none that can be believed.
  if (outcome === "succeeded") return { exitCode: 0 };
  if (exit?.signalNumber !== undefined) {
    const name = Object.entries(constants.signals).find(([, number]) => number === exit.signalNumber)?.[0];
    return { signal: name ?? `SIG${exit.signalNumber}` };
  }
  // A job that was cancelled, or whose time was over, has 0 there, which is not its own.
  return exit?.exitCode === undefined || exit.exitCode === 0 ? {} : { exitCode: exit.exitCode };
}

/** The id by which Slurm's own commands call it. */
export function readJobId({ id, array, het }: SlurmRestJob): JobId {
  if (array?.index !== undefined) return `${array.id}_${array.index}`;
  if (array?.waiting !== undefined) return `${array.id}_[${array.waiting}]`;
  return het === undefined ? String(id) : `${het.id}+${het.offset}`;
}

/** A job as the interface shows it. */
export function readJob(job: SlurmRestJob, source: SlurmSource, observedAt: Date): Job {
  const status = readStatus(job, source, observedAt);
  const { description, submitKey } = parseKeyedDescription(job.comment ?? "");
  const hasStarted = status.phase !== "queued" && status.phase !== "held" && job.startedAt !== undefined;
  // A job that was cancelled while it waited has its end as its start.
  const neverRan = status.phase === "finished" && job.nodes === undefined;
  const path = (pattern: string | undefined): string | undefined =>
    pattern === undefined ? undefined : expandPath(pattern, job);
  const [outputPath, errorPath] = [path(job.outputPath), path(job.errorPath)];
  return {
    id: readJobId(job),
    name: job.name,
    status,
    ...(job.userName !== undefined && { owner: job.userName }),
    ...(description !== undefined && { description }),
    ...(job.partition !== undefined && { queue: job.partition }),
    ...(job.account !== undefined && { account: job.account }),
    ...(job.submittedAt !== undefined && { submittedAt: job.submittedAt }),
    ...(hasStarted && !neverRan && { startedAt: job.startedAt }),
    ...(status.phase === "finished" && job.endsAt !== undefined && { endedAt: job.endsAt }),
    ...(job.workingDirectory !== undefined && { workingDirectory: job.workingDirectory }),
    ...(outputPath !== undefined && { outputPath }),
    ...(errorPath !== undefined && { errorPath }),
    ...(job.nodes !== undefined && { executionHosts: expandNodes(job.nodes) }),
    ...(submitKey !== undefined && { submitKey }),
  };
}

/** Slurm's patterns in the names of output files, as far as we send them. */
function expandPath(pattern: string, { id, array, workingDirectory = "" }: SlurmRestJob): string {
  const path = pattern.replaceAll(/%([%jAa])/g, (_, letter: string) => {
    if (letter === "%") return "%";
    if (letter === "j") return String(id);
    return letter === "A" ? String(array?.id ?? id) : String(array?.index ?? 0);
  });
  return path.startsWith("/") ? path : `${workingDirectory}/${path}`;
}

/** `n[1-3,7],gpu01` → names. Bounded: a name may claim millions. */
export function expandNodes(list: string): readonly string[] {
  const parts = list.match(/[^,[]+(?:\[[^\]]*\])?/g) ?? [];
  return parts.flatMap((part) => {
    const [, prefix = "", ranges = ""] = /^([^[]*)\[([\d,-]+)\]$/.exec(part) ?? [];
    if (ranges === "") return [part];
    return ranges.split(",").flatMap((range) => {
      const [first = "", last = first] = range.split("-");
      const count = Math.min(Number(last) - Number(first) + 1, 10_000);
      return Array.from(
        { length: Math.max(count, 0) },
        (_, index) => `${prefix}${String(Number(first) + index).padStart(first.length, "0")}`,
      );
    });
  });
}
