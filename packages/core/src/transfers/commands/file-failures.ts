import { FileError, type ScarfError, TransferError } from "../../errors/index.js";
import type { CommandOutput } from "../../transports/command-transport.js";
import { fileExitCodes } from "./file-scripts.js";

/** What a script's end means for the path that it was about. */
export function explainFileFailure(
  path: string,
  access: "read" | "write",
  { exitCode, stderr }: Omit<CommandOutput, "stdout">,
): ScarfError {
  const said = stderr.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
  const context = { path, exitCode, said };
  switch (exitCode) {
    case fileExitCodes.notFound:
      return new FileError("FILE_NOT_FOUND", `There is no \`${path}\`.`, { context });
    case fileExitCodes.isDirectory:
      return new FileError("FILE_KIND_WRONG", `\`${path}\` is a directory.`, { context });
    case fileExitCodes.notDirectory:
      return new FileError(
        "FILE_KIND_WRONG",
        `\`${path}\` is not what it should be: a directory to list, or a file to read.`,
        {
          context,
        },
      );
    case fileExitCodes.exists:
      return new FileError("FILE_EXISTS", `\`${path}\` exists already and was not replaced.`, {
        hint: "Choose another name, or ask for overwriting.",
        context,
      });
    case fileExitCodes.short:
      return new TransferError(
        "TRANSFER_INCOMPLETE",
        `\`${path}\` did not arrive whole, and nothing of it was kept.`,
        {
          hint: "Send it again.",
          context,
        },
      );
    case fileExitCodes.corrupt:
      return new TransferError(
        "TRANSFER_CORRUPT",
        `\`${path}\` did not arrive as it was sent: its checksum there is another. Nothing of it was kept.`,
        { hint: "Send it again.", context },
      );
    default:
      return explainText(path, access, said, context);
  }
}

function explainText(
  path: string,
  access: "read" | "write",
  said: string,
  context: Readonly<Record<string, unknown>>,
): ScarfError {
  if (/No space left|Disk quota exceeded/.test(said))
    return new FileError("DISK_FULL", `There is no room left for \`${path}\`.`, {
      hint: "Remove files there, or ask the administrators for more room.",
      context,
    });
  if (/No such file or directory/.test(said))
    return new FileError("FILE_NOT_FOUND", `There is no \`${path}\`.`, { context });
  if (/Not a directory|Is a directory/.test(said))
    return new FileError(
      "FILE_KIND_WRONG",
      `A part of \`${path}\` is a file where a directory is needed, or the other way round.`,
      {
        context,
      },
    );
  const code = access === "read" ? "FILE_UNREADABLE" : "FILE_UNWRITABLE";
  const what = access === "read" ? "read" : "written";
  return new FileError(code, `\`${path}\` can't be ${what}${said === "" ? "." : `: ${said}.`}`, {
    hint: "Check who may do that there: ls -ld.",
    context,
  });
}
