import type { JobSpec } from "../model/index.js";
import { quoteWords } from "../wire/index.js";

/** Name of the wrapper in the job's directory. */
export const wrapperName = "scarf-job.sh";
/** Name of a script task's text beside it. */
export const scriptName = "scarf-script";

/**
 * The shell script that sets up what the form has no field for (environment with any characters, working directory, standard
 * input) and then becomes the task. It runs in the job's directory, where it lies.
 */
export function renderWrapper(spec: JobSpec): string {
  const { task } = spec;
  const lines = [
    "#!/bin/sh",
    "# Written by scarf-tomo: sets up what the submission form can't carry, then runs the job.",
  ];
  lines.push("SCARF_JOB_DIRECTORY=$(pwd)", "export SCARF_JOB_DIRECTORY");
  for (const [name, value] of Object.entries(spec.environment ?? {})) {
    lines.push(`${name}=${singleQuoted(value)}`, `export ${name}`);
  }
  if (task.kind === "script") lines.push(`chmod u+x "$SCARF_JOB_DIRECTORY/${scriptName}" || exit 126`);
  if (spec.workingDirectory !== undefined)
    lines.push(`cd ${singleQuoted(spec.workingDirectory)} || exit 126`);
  if (spec.inputPath !== undefined) lines.push(`exec <${singleQuoted(spec.inputPath)} || exit 126`);
  lines.push(taskLine(spec));
  return `${lines.join("\n")}\n`;
}

/** The script as it is attached: without a `#!` line `/bin/sh` runs it. */
export function scriptText(text: string): string {
  return text.startsWith("#!") ? text : `#!/bin/sh\n${text}`;
}

function taskLine({ task }: JobSpec): string {
  switch (task.kind) {
    case "command":
      return `exec ${quoteWords(task.argv)}`;
    case "shell":
      return task.commandLine;
    case "script":
      return `exec "$SCARF_JOB_DIRECTORY/${scriptName}" ${quoteWords(task.args ?? [])}`;
    default:
      throw new Error("An application's form runs its own script.");
  }
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
