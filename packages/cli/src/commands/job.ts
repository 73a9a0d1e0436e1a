import { Command } from "commander";
import type { Job } from "scarf-tomo";
import { renderInstant } from "../format/render-quantity.js";
import { renderRunTime } from "../render-job-table.js";
import { paintStatus, renderStatus, toJobDocument } from "../render-status.js";
import { runCommand } from "../run-command.js";
import { renderSafeLine } from "../terminal/safe-text.js";

export function jobCommand(): Command {
  return new Command("job")
    .description("show all that is known of one job, and who says so")
    .summary("show all that is known of a job")
    .argument("<job>", "job id")
    .action((jobId: string, _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        const job = await session.job(jobId, { signal: context.signal });
        await context.output.result({ resource: session.resource.id, job: toJobDocument(job) }, () =>
          renderJob(job, session.resource.id),
        );
      }),
    );
}

function renderJob(job: Job, resourceId: string): string {
  const { status } = job;
  const facts: [string, string | undefined][] = [
    ["Job", `${job.id} on ${resourceId}`],
    ["Name", job.name],
    ["Reason", status.reason],
    ["Owner", job.owner],
    ["Application", job.application],
    ["Command", job.command],
    ["Description", job.description],
    ["Queue", job.queue],
    ["Account", job.account],
    ["Submitted", job.submittedAt && renderInstant(job.submittedAt)],
    ["Started", job.startedAt && renderInstant(job.startedAt)],
    ["Ended", job.endedAt && renderInstant(job.endedAt)],
    ["Ran", renderRunTime(job)],
    ["Hosts", job.executionHosts?.join(" ")],
    ["Directory", job.workingDirectory],
    ["Output", job.outputPath],
    ["Errors", job.errorPath],
    ["Submit key", job.submitKey],
    ["Seen", `${renderInstant(status.evidence.observedAt)}, from: ${status.evidence.source}`],
  ];
  const lines = facts.flatMap(([label, value]) =>
    value === undefined || value === "" ? [] : [`${label.padEnd(12)}${renderSafeLine(value)}`],
  );
  const word = status.raw === "" ? "" : `  (scheduler's word: ${renderSafeLine(status.raw)})`;
  lines.splice(2, 0, `${"Status".padEnd(12)}${paintStatus(status, renderStatus(status))}${word}`);
  return lines.join("\n");
}
