import { mkdir, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Makes the directory that keeps the results, before anything takes time. One with something in it is left alone.
 * @throws {FileError} `FILE_EXISTS`, `FILE_KIND_WRONG`, `FILE_UNWRITABLE`.
 */
export async function makeOutputDirectory(directory: string | undefined): Promise<string> {
  if (directory === undefined) return mkdtemp(join(tmpdir(), "scarf-demo-"));
  const { FileError } = await import("scarf-tomo");
  try {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length === 0) return directory;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EEXIST" || code === "ENOTDIR") {
      throw new FileError("FILE_KIND_WRONG", `${directory} is a file, not a directory.`, {
        hint: "Choose another --out.",
        cause,
      });
    }
    throw new FileError("FILE_UNWRITABLE", `The directory ${directory} can't be made.`, {
      hint: "Choose another --out.",
      cause,
    });
  }
  throw new FileError("FILE_EXISTS", `The directory ${directory} is not empty.`, {
    hint: "Choose one that is empty or not there yet: nothing is written over.",
  });
}
