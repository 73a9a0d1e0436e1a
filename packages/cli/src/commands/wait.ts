import { Command } from "commander";
import { awaitJobs } from "../await-jobs.js";
import { parseDuration } from "../format/parse-quantity.js";
import { runCommand } from "../run-command.js";

interface WaitOptions {
  readonly timeout?: number;
}

export function waitCommand(): Command {
  return new Command("wait")
    .description("wait until jobs have ended; exit code 0 only if every one of them succeeded")
    .summary("wait until jobs have ended")
    .argument("<jobs...>", "job ids")
    .option("--timeout <duration>", "stop waiting after so long, e.g. 2h; the jobs go on", parseDuration)
    .action((jobIds: string[], options: WaitOptions, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        await awaitJobs(context, session, jobIds, {
          ...(options.timeout !== undefined && { timeoutSeconds: options.timeout }),
        });
      }),
    );
}
