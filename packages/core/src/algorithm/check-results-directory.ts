import { constants } from "node:fs";
import { access, mkdir, readdir } from "node:fs/promises";
import { FileError } from "../errors/index.js";
import type { Overwrite } from "../transfers/index.js";

/**
 * Makes the directory for the results and finds out whether they can go there: now, and not after hours of computing.
 * @throws {FileError} `FILE_KIND_WRONG`, `FILE_UNWRITABLE`, `FILE_EXISTS` (with `error` it must be empty).
 */
export async function checkResultsDirectory(
  directory: string,
  overwrite: Overwrite = "error",
): Promise<void> {
  const details = { hint: "Give another directory for the results.", context: { path: directory } };
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const wrongKind =
      cause instanceof Error && "code" in cause && (cause.code === "EEXIST" || cause.code === "ENOTDIR");
    throw wrongKind
      ? new FileError("FILE_KIND_WRONG", `${directory} is not a directory. Nothing was sent.`, {
          ...details,
          cause,
        })
      : new FileError("FILE_UNWRITABLE", `You may not write into ${directory}. Nothing was sent.`, {
          ...details,
          cause,
        });
  }
  if (overwrite !== "error" || (await readdir(directory)).length === 0) return;
  throw new FileError("FILE_EXISTS", `${directory} has files in it already. Nothing was sent.`, {
    hint: "Give an empty directory for the results, or allow overwriting.",
    context: { path: directory },
  });
}
