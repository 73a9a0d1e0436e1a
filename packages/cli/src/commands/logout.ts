import { Command } from "commander";
import { runCommand } from "../run-command.js";
import { getErrorReport } from "../render-error.js";

export function logoutCommand(): Command {
  return new Command("logout")
    .description("end the session on the server and forget it here; jobs go on")
    .summary("end a session; jobs go on")
    .argument("[resource]", "the compute resource; same as --resource")
    .action((resourceId: string | undefined, _options: object, command: Command) =>
      runCommand(
        command,
        async (context) => {
          const { sessions } = await context.client();
          const id = await context.resourceId();
          const report = await sessions.logOut(id, context.userName, { signal: context.signal });
          const { userName, serverTold } = report;
          const error = report.error && getErrorReport(report.error);
          await context.output.result(
            {
              resource: id,
              userName,
              serverTold,
              ...(error && { error: { code: error.code, message: error.message } }),
            },
            () => "",
          );
          context.output.note(`Logged out ${userName} from ${id}.`);
          if (!serverTold) {
            context.output.warn(
              `The session is forgotten here, but the server could not be told${error ? `: ${error.message}` : "."}\n` +
                "It ends there by itself after its time.",
            );
          }
        },
        resourceId === undefined ? {} : { resource: resourceId },
      ),
    );
}
