import { type Command, Option } from "commander";

export interface OverwriteOptions {
  readonly overwrite?: boolean;
  readonly skipExisting?: boolean;
}

/** What happens to a file that is there already: without an option it is an error that names it. */
export function addOverwriteOptions(command: Command): Command {
  return command
    .addOption(new Option("--overwrite", "replace files that are there already").conflicts("skipExisting"))
    .addOption(
      new Option("--skip-existing", "leave files that are there already, and are the same, as they are"),
    );
}

export function getOverwrite({ overwrite, skipExisting }: OverwriteOptions): "error" | "replace" | "skip" {
  if (overwrite) return "replace";
  return skipExisting ? "skip" : "error";
}
