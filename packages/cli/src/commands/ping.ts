import { Command } from "commander";
import { renderSafeLine } from "../terminal/safe-text.js";
import { runCommand } from "../run-command.js";

export function pingCommand(): Command {
  return new Command("ping")
    .description("ask whether a compute resource answers; needs no log-in")
    .summary("ask whether a resource answers")
    .argument("[resource]", "the compute resource; same as --resource")
    .action((resourceId: string | undefined, _options: object, command: Command) =>
      runCommand(
        command,
        async (context) => {
          const resource = await context.resource();
          const { message, roundTripSeconds, service } = await resource.ping({ signal: context.signal });
          await context.output.result(
            { resource: resource.id, message, roundTripSeconds, ...(service !== undefined && { service }) },
            () =>
              [
                `${resource.id} answers (${Math.max(1, Math.round(roundTripSeconds * 1000))} ms): ${renderSafeLine(message)}`,
                ...(service === undefined ? [] : [renderSafeLine(service)]),
              ].join("\n"),
          );
        },
        resourceId === undefined ? {} : { resource: resourceId },
      ),
    );
}
