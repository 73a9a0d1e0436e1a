import type { Job, JobStatus } from "../../model/index.js";
import {
  expandSlurmNodes,
  expandSlurmPath,
  isSlurmJobPart,
  readSlurmStatus,
  renderSlurmJobId,
  type SlurmJobRef,
} from "../../schedulers/slurm/index.js";
import { parseKeyedDescription, type SlurmRestJob } from "../../wire/index.js";

/** Which of the two daemons told it. */
export type SlurmSource = "slurmctld" | "slurmdbd";

/** What a record says of its job. */
export function readStatus(job: SlurmRestJob, source: SlurmSource, observedAt: Date): JobStatus {
  const { words, exit, reasonText, reason } = job;
  const evidence = {
    source: source === "slurmctld" ? "Slurm's controller" : "Slurm's accounting",
    observedAt,
  };
  const report = {
    words,
    ...((reasonText ?? reason) !== undefined && { reason: reason ?? reasonText ?? "" }),
  };
  const status = readSlurmStatus({ ...report, ...(exit !== undefined && { exit }) }, evidence);
  return reasonText === undefined ? status : { ...status, reason: reasonText };
}

/** Which job, element or component a record is of. */
export function readJobRef({ id, array, het }: SlurmRestJob): SlurmJobRef {
  if (array?.index !== undefined) return { base: array.id, index: array.index };
  if (array?.waiting !== undefined) return { base: array.id, waiting: array.waiting };
  return het === undefined ? { base: id } : { base: het.id, offset: het.offset };
}

/** Whether a record is of (a part of) what was asked about. */
export function isMeant(asked: SlurmJobRef, job: SlurmRestJob): boolean {
  return isSlurmJobPart(asked, readJobRef(job));
}

/** A job as the interface shows it. */
export function readJob(job: SlurmRestJob, source: SlurmSource, observedAt: Date): Job {
  const status = readStatus(job, source, observedAt);
  const { description, submitKey } = parseKeyedDescription(job.comment ?? "");
  const hasStarted = status.phase !== "queued" && status.phase !== "held" && job.startedAt !== undefined;
  // A job that was cancelled while it waited has its end as its start.
  const neverRan = status.phase === "finished" && job.nodes === undefined;
  const record = {
    ref: readJobRef(job),
    number: job.id,
    name: job.name,
    state: { words: job.words },
    raw: status.raw,
    ...(job.userName !== undefined && { owner: job.userName }),
    ...(job.workingDirectory !== undefined && { workingDirectory: job.workingDirectory }),
  };
  const path = (pattern: string | undefined): string | undefined =>
    pattern === undefined ? undefined : expandSlurmPath(pattern, record);
  const [outputPath, errorPath] = [path(job.outputPath), path(job.errorPath)];
  return {
    id: renderSlurmJobId(readJobRef(job)),
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
    ...(job.nodes !== undefined && { executionHosts: expandSlurmNodes(job.nodes) }),
    ...(submitKey !== undefined && { submitKey }),
  };
}
