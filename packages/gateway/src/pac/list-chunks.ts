import { FileError, isScarfError } from "scarf-tomo";
import type { UserSession } from "../sessions/session-desk.js";
import type { Chunk } from "../state/upload-table.js";
import { nameExistingFile } from "./name-existing-file.js";
import type { PacAnswer } from "./pac-answer.js";
import type { PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { readChunkedFile } from "./receive-chunk.js";
import { mayOverwrite } from "./receive-upload.js";
import { joinPath } from "./safe-path.js";
import { parseRawQuery } from "./split-target.js";
import { readUploadTarget } from "./upload-target.js";

/**
 * Which chunks of a file are here, with their digests, so that a client that was interrupted sends the others only.
 * @throws {FileError} `FILE_EXISTS`: the file may not replace the one of its name, which is better known before it was sent.
 */
export async function listChunks(
  { session, userName }: Pick<UserSession, "session" | "userName">,
  request: PacRequest,
  desk: PacDesk,
): Promise<PacAnswer> {
  const fields = parseRawQuery(request.query);
  const { name, amount } = readChunkedFile(fields);
  const target = readUploadTarget(request, fields.get("DirName") ?? "");
  const path = joinPath(target.directory, name);
  const isKnownPlace = target.jobId === "0" || target.directory.startsWith("/");
  if (!mayOverwrite(request) && isKnownPlace && session.capabilities.fileBrowsing) {
    const there = await session.files.stat(path).catch((error: unknown) => {
      if (isScarfError(error)) return undefined;
      throw error;
    });
    if (there !== undefined) {
      const error = new FileError("FILE_EXISTS", `${path} exists already.`, {
        hint: "Choose another name, or ask for overwriting.",
      });
      throw await nameExistingFile(session, target, name, error);
    }
  }
  const upload = desk.uploads.find({ resourceId: desk.offered.id, userName, ...target, name });
  const here =
    upload === undefined || upload.finished !== undefined || upload.amount !== amount
      ? []
      : desk.uploads.chunks(upload.id);
  return renderChunks(here);
}

export function renderChunks(kept: readonly Chunk[]): PacAnswer {
  const chunks = kept.map(({ number, sizeBytes, sha256 }) => ({ number, sizeBytes, sha256 }));
  return { status: 200, contentType: "application/json", headers: {}, body: JSON.stringify({ chunks }) };
}
