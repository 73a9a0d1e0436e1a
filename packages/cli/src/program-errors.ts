import type { CommanderError } from "commander";
import { UsageError } from "./usage-error.js";

/** Turns a complaint about the command line into an error of ours: same text, our exit code, and where to read on. */
export function toUsageError(error: CommanderError, args: readonly string[]): UsageError {
  if (error.code === "commander.help") {
    return new UsageError(
      "There is nothing to do: no command is given.",
      "See `scarf --help`. To see it work: scarf demo",
    );
  }
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const message = first.charAt(0).toUpperCase() + first.slice(1);
  const command = args.find((argument) => !argument.startsWith("-"));
  const suggestion = rest
    .join(" ")
    .trim()
    .replace(/^\((.*)\)$/, "$1");
  const help = `See \`scarf ${command === undefined || error.code === "commander.unknownCommand" ? "" : `${command} `}--help\`.`;
  return new UsageError(
    /[.?!]$/.test(message) ? message : `${message}.`,
    suggestion === "" ? help : `${suggestion} ${help}`,
  );
}
