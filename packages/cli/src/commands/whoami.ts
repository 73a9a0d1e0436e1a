import { Command } from "commander";
import { renderInstant } from "../format/render-quantity.js";
import { runCommand } from "../run-command.js";
import { renderTable } from "../terminal/table.js";

export function whoamiCommand(): Command {
  return new Command("whoami")
    .description("list who is logged in where, and until when")
    .summary("list who is logged in where")
    .action((_options: object, command: Command) =>
      runCommand(command, async (context) => {
        const { sessions } = await context.client();
        const defaultResource = await context.defaultResourceId();
        const all = await sessions.list();
        const wanted = all.filter(
          ({ resourceId, userName }) =>
            (context.options.resource ?? resourceId) === resourceId &&
            (context.options.user ?? userName) === userName,
        );
        await context.output.result(
          {
            defaultResource,
            sessions: wanted.map(({ resourceId, userName, savedAt, expiresAt, state }) => ({
              resource: resourceId,
              userName,
              ...(savedAt && { loggedInAt: savedAt }),
              ...(expiresAt && { expiresAt }),
              state,
            })),
          },
          () =>
            wanted.length === 0
              ? ""
              : renderTable(
                  [
                    { heading: "RESOURCE", whole: true },
                    { heading: "USER", whole: true },
                    { heading: "LOGGED IN" },
                    { heading: "LASTS UNTIL" },
                  ],
                  wanted.map(({ resourceId, userName, savedAt, expiresAt, state }) => [
                    resourceId,
                    userName,
                    savedAt ? renderInstant(savedAt) : "",
                    state === "expired" ? "expired" : expiresAt ? renderInstant(expiresAt) : "not told",
                  ]),
                  context.output.columns,
                ),
        );
        if (wanted.length === 0)
          context.output.note("Nobody is logged in. Log in with: scarf login RESOURCE --user NAME");
        context.output.note(`Commands without --resource go to ${defaultResource}.`);
      }),
    );
}
