import type { JobSpec } from "../../model/index.js";
import { quoteWord, quoteWords } from "../../wire/index.js";

/** Places of a job that the script has to know. */
export interface SlurmScriptPlaces {
  readonly workingDirectory: string;
  /** Where attachments lie. */
  readonly ownDirectory: string;
  /** Where the text of a script task lies. */
  readonly scriptPath: string;
}

/**
 * The batch script: it sets up what options of sbatch can't, then becomes the task. Values of variables stand here and not in options,
 * where everybody on the machine could read them.
 */
export function renderSlurmScript(
  spec: JobSpec,
  { workingDirectory, ownDirectory, scriptPath }: SlurmScriptPlaces,
): string {
  const lines = [
    "#!/bin/sh",
    "# Written by scarf-tomo: sets up what options of sbatch can't, then becomes the job.",
    // Set by --export=NONE, which keeps the caller's variables out. srun would start every step without any.
    "unset SLURM_EXPORT_ENV",
    `SCARF_JOB_DIRECTORY=${quoteWord(ownDirectory)}`,
    "export SCARF_JOB_DIRECTORY",
  ];
  for (const [name, value] of Object.entries(spec.environment ?? {}))
    lines.push(`${name}=${quoteWord(value)}`, `export ${name}`);
  // Slurm would run the job in /tmp where this node does not have the directory.
  lines.push(`cd ${quoteWord(workingDirectory)} || exit 126`);
  if (spec.inputPath !== undefined) lines.push(`exec <${quoteWord(spec.inputPath)} || exit 126`);
  return `${[...lines, taskLine(spec, scriptPath)].join("\n")}\n`;
}

function taskLine({ task }: JobSpec, scriptPath: string): string {
  switch (task.kind) {
    case "command":
      return `exec ${quoteWords(task.argv)}`;
    case "shell":
      return task.commandLine;
    case "script":
      return `chmod u+x ${quoteWord(scriptPath)} || exit 126\nexec ${quoteWords([scriptPath, ...(task.args ?? [])])}`;
    default:
      throw new Error("An application must be expanded first.");
  }
}
