import { ConfigError } from "../errors/index.js";
import type { TomlPath, TomlPositions } from "./toml-positions.js";

/** One mistake in a configuration file. */
export interface ConfigurationProblem {
  /** Keys and indices from the top of the file; for something missing, the path it should have. */
  readonly path: TomlPath;
  /** What was expected and what was found, without the file's name. */
  readonly message: string;
}

/** One error for all mistakes of a file, a line `FILE:LINE: …` for each, in the order of the file. */
export function configurationError(
  fileName: string,
  positions: TomlPositions,
  problems: readonly ConfigurationProblem[],
): ConfigError {
  const located = problems
    .map(({ path, message }) => ({ line: positions.lineOf(path), path, message }))
    .sort((a, b) => a.line - b.line);
  const text = located.map(({ line, message }) => `${fileName}:${line}: ${message}`).join("\n");
  return new ConfigError("CONFIG_INVALID", text, {
    hint: located.length === 1 ? "Correct that line and try again." : "Correct these lines and try again.",
    context: { file: fileName, problems: located },
  });
}

/** How a path is written in the file: `resources."SCARF@STFC".extraPath[1]`. */
export function renderTomlPath(path: TomlPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += (text === "" ? "" : ".") + renderTomlKey(part);
  }
  return text;
}

export function renderTomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}
