import { Command, InvalidArgumentError, Option } from "commander";
import type { Job, JobOutcome, JobPhase, JobQuery } from "scarf-tomo";
import { collect, parseInstant } from "../format/parse-quantity.js";
import { renderCount } from "../format/render-quantity.js";
import { renderJobTable } from "../render-job-table.js";
import { toJobDocument } from "../render-status.js";
import { runCommand } from "../run-command.js";

interface JobsOptions {
  readonly name?: string;
  readonly phase?: JobPhase[];
  readonly outcome?: JobOutcome[];
  readonly endedSince?: Date;
}

const phases = ["queued", "held", "running", "suspended", "finished", "unknown"];
const outcomes = [
  "succeeded",
  "failed",
  "timed-out",
  "out-of-memory",
  "cancelled",
  "node-failure",
  "preempted",
];

export function jobsCommand(): Command {
  return new Command("jobs")
    .description("list your jobs on a compute resource, newest first")
    .summary("list your jobs")
    .option("--name <pattern>", "only jobs of this name; * stands for any text")
    .addOption(
      new Option("--phase <phase>", "only jobs in this phase; may be given several times")
        .choices(phases)
        .argParser(oneOf(phases)),
    )
    .addOption(
      new Option("--outcome <outcome>", "only jobs that ended so; may be given several times")
        .choices(outcomes)
        .argParser(oneOf(outcomes)),
    )
    .option("--ended-since <time>", "of the finished jobs only those that ended since then", (text) =>
      parseInstant(text),
    )
    .action((options: JobsOptions, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        const query: JobQuery = {
          ...(options.name !== undefined && { name: options.name }),
          ...(options.phase && { phases: options.phase }),
          ...(options.outcome && { outcomes: options.outcome }),
          ...(options.endedSince && { endedSince: options.endedSince }),
        };
        const jobs = await session.list(query, { signal: context.signal });
        const observedAt = new Date();
        await context.output.result(
          {
            resource: session.resource.id,
            userName: session.userName,
            observedAt,
            jobs: jobs.map(toJobDocument),
          },
          () => (jobs.length === 0 ? "" : renderJobTable(jobs, context.output.columns)),
        );
        context.output.note(describeList(jobs, `${session.userName} on ${session.resource.id}`));
      }),
    );
}

function describeList(jobs: readonly Job[], owner: string): string {
  if (jobs.length === 0) return `No jobs of ${owner}.`;
  const active = jobs.filter((job) => job.status.phase !== "finished").length;
  return `${renderCount(jobs.length, "job")} of ${owner}, ${active} not finished.`;
}

function oneOf(choices: readonly string[]) {
  return (text: string, previous?: readonly string[]): string[] => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`Allowed: ${choices.join(", ")}.`);
    return collect(text, previous);
  };
}
