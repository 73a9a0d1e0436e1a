import type { Job } from "scarf-tomo";
import { renderDuration, renderInstant } from "./format/render-quantity.js";
import { paintStatus, renderStatus } from "./render-status.js";
import { renderTable } from "./terminal/table.js";

/** A table of jobs: id, name, where it is or how it ended, since when, how long it ran, what it runs. */
export async function renderJobTable(jobs: readonly Job[], columns: number | undefined): Promise<string> {
  const table = await renderTable(
    [
      { heading: "JOB", whole: true },
      { heading: "NAME" },
      { heading: "STATUS", whole: true },
      { heading: "SUBMITTED", whole: true },
      { heading: "RAN", align: "right", whole: true },
      { heading: "COMMAND" },
    ],
    jobs.map((job) => [
      job.id,
      job.name,
      renderStatus(job.status),
      job.submittedAt ? renderInstant(job.submittedAt) : "",
      renderRunTime(job),
      job.command ?? job.application ?? "",
    ]),
    columns,
  );
  const [head = "", ...lines] = table.split("\n");
  return [head, ...lines.map((line, index) => paintLine(line, jobs[index]))].join("\n");
}

/** How long it ran, or has been running. */
export function renderRunTime(job: Job, now: Date = new Date()): string {
  if (!job.startedAt) return "";
  const end = job.endedAt ?? (job.status.phase === "running" ? now : undefined);
  return end ? renderDuration((end.getTime() - job.startedAt.getTime()) / 1000) : "";
}

function paintLine(line: string, job: Job | undefined): string {
  if (!job) return line;
  const word = renderStatus(job.status);
  const at = line.indexOf(word, line.indexOf(job.id) + job.id.length);
  return at === -1 ? line : line.slice(0, at) + paintStatus(job.status, word) + line.slice(at + word.length);
}
