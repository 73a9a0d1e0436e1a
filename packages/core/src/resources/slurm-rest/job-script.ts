import type { JobSpec } from "../../model/index.js";
import { quoteWords } from "../../wire/index.js";
import { scriptName, scriptText } from "../wrapper-script.js";

export interface ScriptPlace {
  readonly workingDirectory: string;
  /** Where attachments and the text of a script task lie; undefined: nowhere, so the text travels inside of the script. */
  readonly ownDirectory: string | undefined;
}

/**
 * The batch script: what Slurm gives a job over REST has no log-in environment and no standard input from a relative path, and a
 * directory that is missing on the node would be replaced by /tmp without a word.
 */
export function renderJobScript(spec: JobSpec, { workingDirectory, ownDirectory }: ScriptPlace): string {
  const lines = [
    "#!/bin/sh",
    "# Written by scarf-tomo: sets up what Slurm's REST interface does not, then becomes the job.",
    ...renderOwnNames(spec),
    `cd ${quoteWords([workingDirectory])} || exit 126`,
  ];
  if (ownDirectory !== undefined)
    lines.push(`SCARF_JOB_DIRECTORY=${quoteWords([ownDirectory])}`, "export SCARF_JOB_DIRECTORY");
  if (spec.inputPath !== undefined) lines.push(`exec <${quoteWords([spec.inputPath])} || exit 126`);
  return `${[...lines, ...taskLines(spec, ownDirectory)].join("\n")}\n`;
}

/** Slurm sets no names of the user for a job over REST. What the spec sets stays. */
function renderOwnNames({ environment = {} }: JobSpec): readonly string[] {
  const names = ["USER", "LOGNAME"].filter((name) => !Object.hasOwn(environment, name));
  const lines = names.map((name) => `${name}=$(id -un); export ${name}`);
  return [...lines, '[ -n "${HOME-}" ] || { eval "HOME=~$(id -un)"; export HOME; }'];
}

function taskLines({ task }: JobSpec, ownDirectory: string | undefined): readonly string[] {
  switch (task.kind) {
    case "command":
      return [`exec ${quoteWords(task.argv)}`];
    case "shell":
      return [task.commandLine];
    case "script":
      return ownDirectory === undefined
        ? innerScript(task.text, task.args ?? [])
        : outerScript(task.args ?? []);
    default:
      throw new Error("An application must be expanded first.");
  }
}

function outerScript(args: readonly string[]): readonly string[] {
  const path = `"$SCARF_JOB_DIRECTORY"/${scriptName}`;
  return [`chmod u+x ${path} || exit 126`, `exec ${path} ${quoteWords(args)}`.trimEnd()];
}

/** The text goes into a file of the node, which the shell removes when the script has ended. */
function innerScript(text: string, args: readonly string[]): readonly string[] {
  const script = scriptText(text);
  let end = "SCARF_END_OF_SCRIPT";
  while (script.split("\n").includes(end)) end += "_";
  return [
    'scarf_script=$(mktemp "${TMPDIR:-/tmp}/scarf-XXXXXXXX") && chmod 700 "$scarf_script" || exit 126',
    "trap 'rm -f \"$scarf_script\"' EXIT",
    `cat >"$scarf_script" <<'${end}'`,
    script.endsWith("\n") ? script.slice(0, -1) : script,
    end,
    `"$scarf_script" ${quoteWords(args)}`.trimEnd(),
  ];
}
