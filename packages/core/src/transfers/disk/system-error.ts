import { FileError } from "../../errors/index.js";

/** An error of the operating system with one of these names, e.g. `ENOENT`. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** What the operating system refused, in a user's words. Anything else is returned as it is. */
export function toFileError(error: unknown, path: string, access: "read" | "write"): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const details = { context: { path, system: error.code }, cause: error };
  switch (error.code) {
    case "ENOENT":
      return new FileError("FILE_NOT_FOUND", `There is no \`${path}\`.`, {
        hint: "List the directory to see what is there.",
        ...details,
      });
    case "EEXIST":
    case "ENOTEMPTY":
      return new FileError("FILE_EXISTS", `\`${path}\` exists already and was not replaced.`, {
        hint: "Choose another name, or ask for overwriting.",
        ...details,
      });
    case "ENOSPC":
    case "EDQUOT":
      return new FileError(
        "DISK_FULL",
        `There is no space left for \`${path}\`. Nothing incomplete was kept.`,
        {
          hint: "Free some space and try again.",
          ...details,
        },
      );
    case "ENOTDIR":
      return new FileError("FILE_KIND_WRONG", `A part of \`${path}\` is a file, not a directory.`, details);
    case "EISDIR":
      return new FileError("FILE_KIND_WRONG", `\`${path}\` is a directory, not a file.`, details);
    case "ENAMETOOLONG":
      return new FileError("FILE_NAME_REFUSED", `The name \`${path.slice(0, 80)}…\` is too long.`, {
        hint: "Use a name of at most 255 bytes.",
        ...details,
      });
    case "ELOOP":
      return new FileError(
        "FILE_NAME_REFUSED",
        `\`${path}\` is a symbolic link that leads in circles.`,
        details,
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return access === "read"
        ? new FileError("FILE_UNREADABLE", `You may not read \`${path}\`.`, {
            hint: "Ask its owner for permission.",
            ...details,
          })
        : new FileError("FILE_UNWRITABLE", `You may not write \`${path}\`.`, {
            hint: "Choose another place, or ask its owner for permission.",
            ...details,
          });
    default:
      return error;
  }
}
