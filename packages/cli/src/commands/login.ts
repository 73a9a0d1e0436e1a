import { userInfo } from "node:os";
import { Command } from "commander";
import type { ComputeResource, SessionManager } from "scarf-tomo";
import { type CommandContext, quoteWord } from "../command-context.js";
import { renderInstant } from "../format/render-quantity.js";
import { readPassword } from "../read-password.js";
import { runCommand } from "../run-command.js";
import { ask, canAsk } from "../terminal/prompt.js";
import { UsageError } from "../usage-error.js";

interface LoginOptions {
  readonly passwordStdin?: boolean;
}

export function loginCommand(): Command {
  return new Command("login")
    .description("log in to a compute resource")
    .summary("log in to a compute resource")
    .argument("[resource]", "the compute resource; same as --resource")
    .option("--password-stdin", "read the password from standard input instead of asking for it")
    .action((resourceId: string | undefined, options: LoginOptions, command: Command) =>
      runCommand(
        command,
        (context) => logIn(context, options),
        resourceId === undefined ? {} : { resource: resourceId },
      ),
    );
}

async function logIn(context: CommandContext, options: LoginOptions): Promise<void> {
  const resource = await context.resource();
  const { sessions } = await context.client();
  const wanted =
    context.userName ??
    (resource.knowsUser === true ? "" : await chooseUserName(context, resource, sessions));
  const password = resource.capabilities.password
    ? await readPassword(context, `Password of ${wanted} on ${resource.id}: `, {
        fromStdin: options.passwordStdin === true,
      })
    : undefined;
  const session = await sessions.logIn(
    resource.id,
    { userName: wanted, ...(password !== undefined && { password }) },
    { signal: context.signal },
  );
  const { expiresAt, userName } = session;
  await context.output.result({ resource: resource.id, userName, ...(expiresAt && { expiresAt }) }, () => "");
  const until = expiresAt ? ` The session lasts until ${renderInstant(expiresAt)} if nothing happens.` : "";
  context.output.note(`Logged in to ${resource.id} as ${userName}.${until}`);
  if (resource.id !== (await context.defaultResourceId())) {
    context.output.note(
      `For the next commands: --resource ${quoteWord(resource.id)}, or export SCARF_RESOURCE=${quoteWord(resource.id)}`,
    );
  }
}

/** The last one logged in, or whoever is typed; where there are no passwords, whoever runs this command. */
async function chooseUserName(
  context: CommandContext,
  resource: ComputeResource,
  sessions: SessionManager,
): Promise<string> {
  const proposal =
    (await sessions.lastUser(resource.id)) ??
    (resource.capabilities.password ? undefined : userInfo().username);
  if (!resource.capabilities.password && proposal !== undefined) return proposal;
  if (!canAsk()) {
    if (proposal !== undefined) return proposal;
    throw new UsageError(
      `Who logs in to ${resource.id} is not known.`,
      "Name the user: scarf login --user NAME",
    );
  }
  const answer = await ask(
    `User name on ${resource.id}${proposal === undefined ? "" : ` [${proposal}]`}: `,
    context.interrupts,
  );
  const userName = answer.trim() === "" ? proposal : answer.trim();
  if (userName === undefined) throw new UsageError("The user name is empty.", "Nothing was sent. Try again.");
  return userName;
}
