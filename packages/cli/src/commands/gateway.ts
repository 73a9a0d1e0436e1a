import { Command } from "commander";
import { addGatewayOptions, type GatewayFileOptions, readGatewayConfiguration } from "../gateway-files.js";
import { runCommand } from "../run-command.js";

/** `scarf gateway …`: what the gateway that `scarf serve` starts keeps. */
export function gatewayCommand(): Command {
  const command = new Command("gateway")
    .description(
      "keep and bring back what your gateway knows: sessions, submit keys, users (see `scarf serve`)",
    )
    .summary("back up and restore what your gateway knows");
  for (const subcommand of [backup(), restore()]) command.addCommand(subcommand);
  return command;
}

function backup(): Command {
  const command = new Command("backup")
    .description(
      "write it into one file, while the gateway runs or not; jobs and files of users are not in it",
    )
    .argument("<file>", "where to; must not be there");
  return addGatewayOptions(command).action((file: string, options: GatewayFileOptions) =>
    runCommand(command, async (context) => {
      const { backupState } = await import("scarf-tomo-gateway");
      const summary = await backupState(await readGatewayConfiguration(options), file);
      await context.output.result({ ...summary }, () => summary.file);
      const { users, sessions, submitKeys } = summary;
      context.output.note(
        `Kept ${users} users, ${sessions} sessions and ${submitKeys} submit keys. The file holds hashes of passwords: keep it safe.`,
      );
    }),
  );
}

function restore(): Command {
  const command = new Command("restore")
    .description(
      "put a backup in the place of what is there, which is kept beside it; the gateway must not run",
    )
    .argument("<file>", "made by `scarf gateway backup`");
  return addGatewayOptions(command).action((file: string, options: GatewayFileOptions) =>
    runCommand(command, async (context) => {
      const { restoreState } = await import("scarf-tomo-gateway");
      const summary = await restoreState(await readGatewayConfiguration(options), file);
      await context.output.result({ ...summary }, () => "");
      const { users, sessions, submitKeys, createdAt } = summary;
      context.output.note(
        `Restored ${users} users, ${sessions} sessions and ${submitKeys} submit keys of ${createdAt.toISOString()}.`,
      );
      if (summary.droppedUploads > 0)
        context.output.warn(
          `${summary.droppedUploads} unfinished uploads have to be sent again from their beginning.`,
        );
    }),
  );
}
