import { Command } from "commander";
import type { Queue } from "scarf-tomo";
import { renderDuration } from "../format/render-quantity.js";
import { runCommand } from "../run-command.js";
import { renderTable } from "../terminal/table.js";

export function queuesCommand(): Command {
  return new Command("queues")
    .description("list the queues that you may submit to, with their limits")
    .summary("list the queues you may submit to")
    .action((_options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        const queues = await session.queues({ signal: context.signal });
        await context.output.result({ resource: session.resource.id, queues }, () =>
          queues.length === 0 ? "" : renderQueues(queues, context.output.columns),
        );
        if (queues.length === 0) context.output.note(`${session.resource.id} has no queues for you.`);
      }),
    );
}

function renderQueues(queues: readonly Queue[], columns: number | undefined): Promise<string> {
  return renderTable(
    [
      { heading: "QUEUE", whole: true },
      { heading: "TAKES JOBS", whole: true },
      { heading: "LONGEST", align: "right", whole: true },
      { heading: "NODES", align: "right", whole: true },
      { heading: "CORES", align: "right", whole: true },
      { heading: "RUNNING", align: "right", whole: true },
      { heading: "WAITING", align: "right", whole: true },
    ],
    queues.map((queue) => [
      queue.isDefault ? `${queue.name} (default)` : queue.name,
      queue.acceptsJobs ? "yes" : "no",
      queue.maxWallTimeSeconds === undefined ? "" : renderDuration(queue.maxWallTimeSeconds),
      ...[queue.maxNodes, queue.totalCores, queue.runningJobs, queue.queuedJobs].map(
        (count) => count?.toString() ?? "",
      ),
    ]),
    columns,
  );
}
