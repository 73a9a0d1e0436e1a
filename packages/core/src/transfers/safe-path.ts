import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../errors/index.js";
import { mapFileError } from "./map-file-error.js";

/**
 * The components of a relative path that came from a server, if it is harmless on this machine.
 * @throws {FileError} `FILE_NAME_REFUSED`.
 */
export function splitSafely(
  name: string,
  platform: NodeJS.Platform = process.platform,
): readonly [string, ...string[]] {
  const [first, ...others] = name.split("/").filter((part) => part !== ".");
  const why = findDanger([first ?? "", ...others], name, platform);
  if (why !== undefined || first === undefined)
    throw new FileError(
      "FILE_NAME_REFUSED",
      `The resource names a file ${JSON.stringify(name)}, which ${why ?? "is empty"}.`,
      {
        hint: "It was not downloaded. Rename it on the resource if you need it.",
        context: { name },
      },
    );
  return [first, ...others];
}

function findDanger(parts: readonly string[], name: string, platform: NodeJS.Platform): string | undefined {
  if (name === "" || parts.includes(""))
    return name.startsWith("/") ? "is an absolute path" : "has an empty part";
  if (parts.includes("..")) return "leads out of the directory";
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\0-\x1f\x7f]/.test(name)) return "has control characters";
  // A separator on Windows, and nothing that a reconstruction writes elsewhere.
  if (name.includes("\\")) return "has a backslash";
  if (parts.some((part) => Buffer.byteLength(part) > 255)) return "is too long";
  if (platform !== "win32") return undefined;
  if (/[<>:"|?*]/.test(name)) return "has characters that Windows does not allow";
  if (parts.some((part) => /[. ]$/.test(part))) return "has a part that ends with a dot or space";
  if (parts.some((part) => /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\.|$)/i.test(part)))
    return "has the name of a Windows device";
  return undefined;
}

/**
 * Where a file named by a server may be written below `directory`, with the directories on the way made.
 * Links on the way are not followed: someone else may have put them there.
 * @throws {FileError} `FILE_NAME_REFUSED`, `FILE_KIND_WRONG`, `FILE_UNWRITABLE`.
 */
export async function prepareTarget(directory: string, name: string): Promise<string> {
  const parts = splitSafely(name);
  let at = directory;
  for (const part of parts.slice(0, -1)) {
    at = join(at, part);
    await makeRealDirectory(at);
  }
  return join(at, parts.at(-1) ?? "");
}

async function makeRealDirectory(path: string): Promise<void> {
  try {
    await mkdir(path).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    });
    const stats = await lstat(path);
    if (stats.isDirectory()) return;
    const kind = stats.isSymbolicLink() ? "a symbolic link" : "not a directory";
    throw new FileError("FILE_KIND_WRONG", `${path} is ${kind}, so nothing was written through it.`, {
      hint: "Move it away, or choose another directory.",
      context: { path },
    });
  } catch (error) {
    throw mapFileError(error, path, "write");
  }
}
