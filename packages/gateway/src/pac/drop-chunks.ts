import type { UserSession } from "../sessions/session-desk.js";
import { renderChunks } from "./list-chunks.js";
import type { PacAnswer } from "./pac-answer.js";
import type { AuditNote, PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { chunkLocks, readChunkedName } from "./receive-chunk.js";
import { parseRawQuery } from "./split-target.js";
import { readUploadTarget } from "./upload-target.js";

/** Drops the chunks of a file that has not come whole, and answers which they were. A file that has is not touched. */
export async function dropChunks(
  { userName }: Pick<UserSession, "userName">,
  request: PacRequest,
  { uploads, spool, offered }: PacDesk,
  audit: AuditNote,
): Promise<PacAnswer> {
  const fields = parseRawQuery(request.query);
  const name = readChunkedName(fields);
  const target = readUploadTarget(request, fields.get("DirName") ?? "");
  const key = { resourceId: offered.id, userName, ...target, name };
  audit.subject = `${key.directory}/${name}, dropped`;
  return chunkLocks.run(JSON.stringify(key), async () => {
    const upload = uploads.find(key);
    if (upload === undefined || upload.finished !== undefined) return renderChunks([]);
    const chunks = uploads.chunks(upload.id);
    for (const spoolName of uploads.remove(upload.id)) await spool.remove(spoolName);
    return renderChunks(chunks);
  });
}
