import { FileError } from "../../errors/index.js";
import { isPlainFileName, linuxFileName } from "../../wire/index.js";

/** @throws {FileError} `FILE_NAME_REFUSED`: the name can't travel as one plain file name. */
export function checkUploadName(name: string, gateway: boolean): void {
  if (gateway ? linuxFileName(name) !== undefined : isPlainFileName(name)) return;
  throw new FileError("FILE_NAME_REFUSED", `${JSON.stringify(name)} can't be sent under that name.`, {
    hint: 'Rename it: no directory, none of " * , ; < > | and no control characters.',
    context: { name },
  });
}

/**
 * A path within a job's directory as the service wants it. Commas, stars and bars mean something else to it.
 * @throws {FileError} `FILE_NAME_REFUSED`
 */
export function checkJobPath(path: string, gateway: boolean): string {
  const clean = path.replace(/^(?:\.\/+)+/, "");
  const segments = clean.split("/");
  const leaves = segments.some((segment) => segment === "" || segment === "." || segment === "..");
  // A gateway looks for the very name first.
  if (!leaves && !(gateway ? /[\r\n\0]/ : /[*|\\\r\n\0]/).test(clean)) return clean;
  throw new FileError("FILE_NAME_REFUSED", `${JSON.stringify(path)} can't be asked for.`, {
    hint: gateway
      ? "Give a path inside the job's directory, without .. and line ends."
      : "Give a path inside the job's directory, without .. * | and \\.",
    context: { path },
  });
}

/** `DirName` as IBM's client encodes it: everything but `/`. */
export function encodeDirectory(directory: string): string {
  return directory.split("/").map(encodeURIComponent).join("/");
}
