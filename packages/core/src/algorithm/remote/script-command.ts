import { quoteWord } from "../../wire/shell-words.js";

export interface ScriptCall {
  /** Path on the cluster, or the name of an uploaded file. */
  readonly scriptName: string;
  /** As typed behind the name in a shell. */
  readonly parameters: string;
  /** The file lies in the directory in which the job runs. */
  readonly isUploaded: boolean;
}

/**
 * The command line that runs a script or program. Python scripts are run by `python`, as SCARF's applications did; whatever
 * else is run by itself. No upload keeps the permission to execute, so an uploaded program gets it first.
 */
export function renderScriptCommand({ scriptName, parameters, isUploaded }: ScriptCall): string {
  const path = quoteWord(isUploaded ? `./${scriptName}` : scriptName);
  const program = /\.py$/i.test(scriptName)
    ? `python ${path}`
    : isUploaded
      ? `chmod u+x ${path} && ${path}`
      : path;
  return `${program} ${parameters.trim()}`.trimEnd();
}
