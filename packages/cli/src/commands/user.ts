import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { readPassword } from "../read-password.js";
import { runCommand } from "../run-command.js";
import { UsageError } from "../usage-error.js";
import { addGatewayOptions, type GatewayFileOptions, getUsersFile } from "../gateway-files.js";

type PasswordOptions = GatewayFileOptions & { readonly passwordStdin?: boolean };

/** `scarf user …`: who may log in to the gateway that `scarf serve` starts. */
export function userCommand(): Command {
  const command = new Command("user").description("who may log in to your gateway (see `scarf serve`)");
  command.addCommand(list(), { isDefault: true });
  for (const subcommand of [add(), changePassword(), remove()]) command.addCommand(subcommand);
  return command;
}

function list(): Command {
  const command = new Command("list").description("list them");
  return addGatewayOptions(command).action((options: GatewayFileOptions) =>
    runCommand(command, async (context) => {
      const { listUsers } = await import("scarf-tomo-gateway");
      const usersFile = await getUsersFile(options);
      const names = await listUsers(usersFile);
      await context.output.result({ usersFile, users: names.map((userName) => ({ userName })) }, () =>
        names.join("\n"),
      );
      if (names.length === 0) context.output.note("No users yet. Add one with: scarf user add NAME");
    }),
  );
}

function add(): Command {
  const command = new Command("add")
    .description("add a user; asks for the password")
    .argument("<name>", "user name")
    .option("--password-stdin", "read the password from standard input instead of asking for it");
  return addGatewayOptions(command).action((userName: string, options: PasswordOptions) =>
    runCommand(command, async (context) => {
      const { addUser } = await import("scarf-tomo-gateway");
      const usersFile = await getUsersFile(options);
      await addUser(usersFile, userName, await readNewPassword(context, userName, options));
      await context.output.result({ usersFile, userName }, () => "");
      context.output.note(`Added ${userName} to ${usersFile}.`);
    }),
  );
}

function changePassword(): Command {
  const command = new Command("passwd")
    .alias("password")
    .description("give a user another password; sessions opened with the old one end")
    .argument("<name>", "user name")
    .option("--password-stdin", "read the password from standard input instead of asking for it");
  return addGatewayOptions(command).action((userName: string, options: PasswordOptions) =>
    runCommand(command, async (context) => {
      const { setPassword } = await import("scarf-tomo-gateway");
      const usersFile = await getUsersFile(options);
      await setPassword(usersFile, userName, await readNewPassword(context, userName, options));
      await context.output.result({ usersFile, userName }, () => "");
      context.output.note(`Changed the password of ${userName}; open sessions have ended.`);
    }),
  );
}

function remove(): Command {
  const command = new Command("remove")
    .description("remove a user; jobs and files stay")
    .argument("<name>", "user name");
  return addGatewayOptions(command).action((userName: string, options: GatewayFileOptions) =>
    runCommand(command, async (context) => {
      const { removeUser } = await import("scarf-tomo-gateway");
      const usersFile = await getUsersFile(options);
      await removeUser(usersFile, userName);
      await context.output.result({ usersFile, userName }, () => "");
      context.output.note(`Removed ${userName}; open sessions have ended, jobs and files stay.`);
    }),
  );
}

/** Typed twice, since nobody sees it; piped in once. */
async function readNewPassword(
  context: CommandContext,
  userName: string,
  options: PasswordOptions,
): Promise<string> {
  const fromStdin = options.passwordStdin === true;
  const password = await readPassword(context, `New password of ${userName}: `, { fromStdin });
  if (fromStdin && !process.stdin.isTTY) return password;
  const again = await readPassword(context, "The same again: ", { fromStdin: false });
  if (password !== again)
    throw new UsageError("The two passwords differ.", "Nothing was changed. Try again.");
  return password;
}
