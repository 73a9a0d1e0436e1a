import { readFileSync, statSync, type Stats } from "node:fs";
import { ConfigError } from "../errors/index.js";

/**
 * Reads a file that holds a secret.
 * @param holds - what is in it, as in "it holds a private key".
 * @throws {ConfigError} `CONFIG_INVALID`: it can't be read, or other users of this machine can read it. Never with its content.
 */
export function readPrivateFile(path: string, holds: string): string {
  return readPrivateBytes(path, holds).toString("utf8");
}

/** The same for a secret that is no text. */
export function readPrivateBytes(path: string, holds: string): Buffer {
  let stats: Stats;
  let bytes: Buffer;
  try {
    stats = statSync(path);
    bytes = readFileSync(path);
  } catch (cause) {
    throw new ConfigError("CONFIG_INVALID", `The file ${path}, which should hold ${holds}, can't be read.`, {
      hint: "Check its name in the resource's definition, and that you may read it: scarf resource show.",
      context: { file: path },
      cause,
    });
  }
  refuseShared(
    path,
    stats.mode,
    holds,
    `chmod 600 ${path}; if others may have read it, replace what it holds.`,
  );
  return bytes;
}

/** @throws {ConfigError} `CONFIG_INVALID`: a file with this mode can be read by others. */
export function refuseShared(path: string, mode: number, holds: string, hint: string): void {
  // Windows has no such modes.
  if ((mode & 0o077) === 0 || process.platform === "win32") return;
  const octal = (mode & 0o777).toString(8);
  throw new ConfigError(
    "CONFIG_INVALID",
    `${path}: other users of this machine can read it (mode ${octal}), and it holds ${holds}.`,
    { hint, context: { file: path, mode: octal } },
  );
}
