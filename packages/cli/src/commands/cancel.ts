import { Command } from "commander";
import { doPerJob } from "../per-job.js";
import { runCommand } from "../run-command.js";

export function cancelCommand(): Command {
  return new Command("cancel")
    .description("end jobs, queued or running")
    .argument("<jobs...>", "job ids")
    .action((jobIds: string[], _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        await doPerJob(context, jobIds, async (jobId) => {
          const result = await session.cancel(jobId, { signal: context.signal });
          const remark =
            result === "requested"
              ? `Job ${jobId} is being cancelled.`
              : `Job ${jobId} had already finished; nothing was changed. See: scarf job ${jobId}`;
          return { result, remark };
        });
      }),
    );
}
