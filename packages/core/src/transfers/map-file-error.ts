import { FileError } from "../errors/index.js";

/**
 * What the operating system said about a file on this machine, as an error for its user.
 * @param doing - what was tried: `read` or `write`.
 */
export function mapFileError(cause: unknown, path: string, doing: "read" | "write"): unknown {
  if (!(cause instanceof Error) || !("syscall" in cause) || !("code" in cause)) return cause;
  const context = { path, reason: cause.code, syscall: cause.syscall };
  const error = (code: FileError["code"], message: string, hint: string): FileError =>
    new FileError(code, message, { hint, context, cause });
  switch (cause.code) {
    case "ENOENT":
      return doing === "read"
        ? error("FILE_NOT_FOUND", `There is no file ${path}.`, "Check the path.")
        : error("FILE_NOT_FOUND", `The directory of ${path} does not exist.`, "Make the directory first.");
    case "ENOTDIR":
      return error("FILE_KIND_WRONG", `A part of the path ${path} is not a directory.`, "Check the path.");
    case "EISDIR":
      return error("FILE_KIND_WRONG", `${path} is a directory.`, "Give the path of a file.");
    case "EEXIST":
      return error("FILE_EXISTS", `${path} exists already.`, "Choose another name, or allow overwriting.");
    case "ENOSPC":
    case "EDQUOT":
      return error(
        "DISK_FULL",
        cause.code === "EDQUOT"
          ? `Your disk quota is used up; ${path} was not written.`
          : `The disk is full; ${path} was not written.`,
        "Free some space or choose another directory, then try again; what was complete before is kept.",
      );
    case "ENAMETOOLONG":
      return error(
        "FILE_NAME_REFUSED",
        `The name ${path} is too long for this file system.`,
        "Choose a shorter name.",
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return doing === "read"
        ? error(
            "FILE_UNREADABLE",
            `You are not allowed to read ${path}.`,
            "Ask the owner of the file for access.",
          )
        : error(
            "FILE_UNWRITABLE",
            `You are not allowed to write ${path}.`,
            "Choose a directory that you may write to.",
          );
    default:
      return doing === "read"
        ? error(
            "FILE_UNREADABLE",
            `${path} could not be read (${cause.message}).`,
            "Check the disk and try again.",
          )
        : error(
            "FILE_UNWRITABLE",
            `${path} could not be written (${cause.message}).`,
            "Check the disk and try again.",
          );
  }
}
