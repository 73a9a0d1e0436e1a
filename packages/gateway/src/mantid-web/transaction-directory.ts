import { FileError, isScarfError, type Session } from "scarf-tomo";
import { linuxFileName } from "scarf-tomo/wire";

/** Where the files of a transaction lie, below the user's own directory on the resource. */
export function directoryOf(transactionId: string, below = ""): string {
  return `transactions/${transactionId}${below === "" ? "" : `/${below}`}`;
}

/** @throws {FileError} `FILE_NAME_REFUSED`: the path leads out of the transaction. */
export function checkBelow(path: string): string {
  const clean = path.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
  if (clean === "" || clean === ".") return "";
  if (clean.split("/").every((segment) => linuxFileName(segment) !== undefined)) return clean;
  throw new FileError(
    "FILE_NAME_REFUSED",
    `${JSON.stringify(path.slice(0, 300))} is no path in a transaction.`,
    {
      hint: "Give a name, or a path without .. and control characters.",
    },
  );
}

/** Frees what is there; a transaction that never had a file has no directory. */
export async function removeDirectory(session: Session, transactionId: string): Promise<void> {
  try {
    await session.files.remove(directoryOf(transactionId));
  } catch (error) {
    if (!isScarfError(error) || error.code !== "FILE_NOT_FOUND") throw error;
  }
}
