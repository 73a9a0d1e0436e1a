import { FileError, isScarfError, type RemoteFile, type Session } from "scarf-tomo";
import { renderMantidFiles } from "scarf-tomo/wire";
import type { ReadableFile } from "../pac/answer-file.js";
import { answerDownload } from "./answer-download.js";
import { jsonAnswer } from "./answers.js";
import { type MantidOperation, requireMantidUser } from "./mantid-request.js";
import { getParameter, readFileNames, requireParameter } from "./read-query.js";
import { enterDownload } from "../pac/enter-transfer.js";
import { checkBelow, directoryOf } from "./transaction-directory.js";

/** `files`: those directly in the transaction's directory; our own client asks for directories below it. */
export const files: MantidOperation = {
  method: "GET",
  async run(request, desk, audit) {
    const { session, owner } = await requireMantidUser(request, desk, audit);
    const id = requireParameter(request.query, "TransID");
    desk.transactions.require(owner, id);
    const below = checkBelow(getParameter(request.query, "Directory") ?? "");
    return jsonAnswer(renderMantidFiles(await list(session, directoryOf(id, below), below === "")));
  },
};

/** A transaction has no directory before its first file. */
async function list(
  session: Session,
  directory: string,
  mayBeAbsent: boolean,
): Promise<readonly RemoteFile[]> {
  try {
    return await session.files.list(directory);
  } catch (error) {
    if (mayBeAbsent && isScarfError(error) && error.code === "FILE_NOT_FOUND") return [];
    throw error;
  }
}

/**
 * `download`: the bytes of a file, and with `Range` a part of them; our own client gets the digest behind them, as over the other
 * face.
 */
export const download: MantidOperation = {
  method: "GET",
  audited: "download",
  async run(request, desk, audit) {
    const { session, owner } = await requireMantidUser(request, desk, audit);
    const id = requireParameter(request.query, "TransID");
    desk.transactions.require(owner, id);
    const names = readFileNames(request.query);
    audit.subject = `${id}: ${names[0] ?? ""}`;
    await enterDownload(session.userName, request, desk);
    for (const name of names) {
      try {
        return await answerDownload(request, await find(session, directoryOf(id, checkBelow(name))));
      } catch (error) {
        if (!isScarfError(error) || error.code !== "FILE_NOT_FOUND") throw error;
      }
    }
    throw new FileError("FILE_NOT_FOUND", `The transaction has no file ${names[0] ?? ""}.`, {
      hint: "files?TransID=… lists those that it has.",
    });
  },
};

/** Looked at before it is opened: of a file that is replaced in between, no more than the digest would show it otherwise. */
async function find(session: Session, path: string): Promise<ReadableFile> {
  const file = await session.files.stat(path);
  if (file.kind === "directory") {
    throw new FileError("FILE_KIND_WRONG", `${file.name} is a directory.`, {
      hint: "Fetch the files in it one by one.",
    });
  }
  const { byteRanges } = session.capabilities;
  return { file, byteRanges, read: (range, options) => session.files.read(path, range, options) };
}
