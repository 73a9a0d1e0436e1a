import { type Command, Option } from "commander";

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly resource?: string;
  readonly user?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** What the global options are called on the command line; `run` needs to tell them from an algorithm's properties. */
export const globalOptionNames = {
  flags: ["json", "quiet", "verbose"],
  values: ["resource", "user"],
} as const;

/** Adds the global options to a command under a heading of their own. */
export function addGlobalOptions(command: Command): Command {
  for (const [flags, description] of [
    ["-r, --resource <name>", "compute resource (default: $SCARF_RESOURCE, then the configuration's)"],
    ["-u, --user <name>", "user name there (default: $SCARF_USER, then the last one logged in)"],
    ["--json", "print the result as JSON, errors too"],
    ["-q, --quiet", "no remarks and no progress"],
    ["-v, --verbose", "show what lies behind an error"],
  ] as const) {
    command.addOption(new Option(flags, description).helpGroup("Options of every command:"));
  }
  return command;
}

/** The options given to a command or to `scarf` itself; the command's own win. */
export function getGlobalOptions(command: Command): GlobalOptions {
  const merged: Record<string, unknown> = {};
  for (let level: Command | null = command; level; level = level.parent) {
    for (const [name, value] of Object.entries(level.opts())) merged[name] ??= value;
  }
  return merged;
}
