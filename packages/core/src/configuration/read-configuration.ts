import { readFile } from "node:fs/promises";
import { parse, TomlError } from "smol-toml";
import * as z from "zod/mini";
import { ConfigError } from "../errors/index.js";
import { type ConfigurationProblem, configurationError } from "./configuration-problem.js";
import { describeIssues, noOwnMessage } from "./describe-issues.js";
import { TomlPositions } from "./toml-positions.js";

/** How a text is read as a configuration. */
export interface ParseConfigurationOptions<Value> {
  /** Finds what the schema cannot: a name that stands for nothing, two keys that exclude each other. */
  readonly findProblems?: (value: Value) => readonly ConfigurationProblem[];
}

/** How a file is read as a configuration. */
export interface ReadConfigurationOptions<Value> extends ParseConfigurationOptions<Value> {
  /** `empty`: a file that isn't there counts as an empty one. @defaultValue "error" */
  readonly missing?: "error" | "empty";
}

/**
 * Reads and checks a TOML file. All mistakes are found at once.
 *
 * A schema's own message says what was *expected* (`z.regex(…, "a web address such as https://host/")`); tables are best
 * `z.strictObject`, so that a key that nobody knows is a mistake too.
 * @throws {ConfigError} `CONFIG_INVALID`: one line `FILE:LINE: expected …, found …` for each mistake, or why it can't be read.
 */
export async function readConfiguration<Schema extends z.core.$ZodType>(
  path: string,
  schema: Schema,
  options: ReadConfigurationOptions<z.output<Schema>> = {},
): Promise<z.output<Schema>> {
  return parseConfiguration(
    await readConfigurationText(path, options.missing ?? "error"),
    path,
    schema,
    options,
  );
}

/** As `readConfiguration`, for text at hand; `fileName` is only for messages. */
export function parseConfiguration<Schema extends z.core.$ZodType>(
  text: string,
  fileName: string,
  schema: Schema,
  { findProblems }: ParseConfigurationOptions<z.output<Schema>> = {},
): z.output<Schema> {
  const document = parseToml(text, fileName);
  const result = z.safeParse(schema, document, { error: () => noOwnMessage });
  const problems = result.success
    ? (findProblems?.(result.data) ?? [])
    : describeIssues(result.error.issues, schema, document);
  if (!result.success || problems.length > 0)
    throw configurationError(fileName, new TomlPositions(text), problems);
  return result.data;
}

/** @throws {ConfigError} `CONFIG_INVALID`: broken syntax, with file, line and column. */
export function parseToml(text: string, fileName: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text, { unsafeKeyBehaviour: "throw" });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The library's message goes on with a picture of the line; the first line says it.
    const what = cause.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
    const message = `${fileName}:${cause.line}: expected TOML, found a mistake at column ${cause.column}: ${what}`;
    throw new ConfigError("CONFIG_INVALID", message, {
      hint: 'Correct that line and try again; text needs quotes: key = "value".',
      context: { file: fileName, line: cause.line, column: cause.column },
      cause,
    });
  }
}

/** @throws {ConfigError} `CONFIG_INVALID`: the file isn't there, is no file, may not be read or isn't UTF-8. */
export async function readConfigurationText(path: string, missing: "error" | "empty"): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (reason === "ENOENT" && missing === "empty") return "";
    const [what, hint] = unreadable[reason] ?? [
      `it could not be read (${reason})`,
      "Check the disk and try again.",
    ];
    throw new ConfigError("CONFIG_INVALID", `${path}: ${what}`, { hint, context: { file: path }, cause });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const hint = "Save it as UTF-8 text and try again.";
    throw new ConfigError("CONFIG_INVALID", `${path}: expected UTF-8 text, found other bytes`, {
      hint,
      context: { file: path },
      cause,
    });
  }
}

const unreadable: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOENT: ["there is no such file", "Check the path, or create the file."],
  ENOTDIR: ["there is no such file: a part of the path is not a directory", "Check the path."],
  EISDIR: ["expected a file, found a directory", "Give the path of the configuration file itself."],
  EACCES: ["you are not allowed to read it", "Ask its owner, or give another file."],
  EPERM: ["you are not allowed to read it", "Ask its owner, or give another file."],
};
