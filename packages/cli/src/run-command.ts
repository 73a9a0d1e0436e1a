import type { Command } from "commander";
import { CommandContext } from "./command-context.js";
import { getGlobalOptions } from "./global-options.js";

/** Runs what a command does, with a context that is closed again whatever happens. */
export async function runCommand(
  command: Command,
  body: (context: CommandContext) => Promise<void>,
  overrides: ReturnType<typeof getGlobalOptions> = {},
): Promise<void> {
  const context = new CommandContext({ ...getGlobalOptions(command), ...overrides });
  try {
    await body(context);
    // A call that did not notice the signal must not make an interrupted command look complete.
    if (context.interrupts.error) throw context.interrupts.error;
  } catch (error) {
    throw context.interrupts.error ?? error;
  } finally {
    context.output.statusLine.clear();
    await context.close();
  }
}
