import { type ByteRange, FileError, isScarfError, type RemoteFile, type Session } from "scarf-tomo";
import { renderMantidFiles } from "scarf-tomo/wire";
import type { PacAnswer } from "../pac/pac-answer.js";
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

/** `download`: the bytes of a file, and with `Range` a part of them. */
export const download: MantidOperation = {
  method: "GET",
  audited: "download",
  async run(request, desk, audit) {
    const { session, owner } = await requireMantidUser(request, desk, audit);
    const id = requireParameter(request.query, "TransID");
    desk.transactions.require(owner, id);
    const range = session.capabilities.byteRanges ? readRange(request.headers.range) : undefined;
    const names = readFileNames(request.query);
    audit.subject = `${id}: ${names[0] ?? ""}`;
    await enterDownload(session.userName, request, desk);
    for (const name of names) {
      try {
        return await send(session, directoryOf(id, checkBelow(name)), range, request.signal);
      } catch (error) {
        if (!isScarfError(error) || error.code !== "FILE_NOT_FOUND") throw error;
      }
    }
    throw new FileError("FILE_NOT_FOUND", `The transaction has no file ${names[0] ?? ""}.`, {
      hint: "files?TransID=… lists those that it has.",
    });
  },
};

async function send(
  session: Session,
  path: string,
  range: ByteRange | undefined,
  signal: AbortSignal,
): Promise<PacAnswer> {
  const { sizeBytes, chunks } = await session.files.read(path, range, { signal });
  const first = range?.offset ?? 0;
  return {
    status: range === undefined ? 200 : 206,
    contentType: "application/octet-stream",
    headers: range === undefined ? {} : { "content-range": renderContentRange(first, sizeBytes) },
    body: sizeBytes === undefined ? chunks : { sizeBytes, read: () => chunks },
  };
}

/** One range from an offset on; anything else is answered with the whole file, as HTTP allows. */
function readRange(header: string | undefined): ByteRange | undefined {
  const [, first, last = ""] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header?.trim() ?? "") ?? [];
  if (first === undefined) return undefined;
  const offset = Number(first);
  if (last === "") return { offset };
  return Number(last) < offset ? undefined : { offset, length: Number(last) - offset + 1 };
}

function renderContentRange(first: number, sizeBytes: number | undefined): string {
  return sizeBytes === undefined || sizeBytes === 0
    ? "bytes */*"
    : `bytes ${first}-${first + sizeBytes - 1}/*`;
}
