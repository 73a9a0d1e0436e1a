import type { Failure } from "./error-form.js";
import { enterDownload } from "./enter-transfer.js";
import { readDownloadWishes } from "./answer-file.js";
import { fetchJobFiles } from "./fetch-job-files.js";
import { errorHeaders, type PacAnswer } from "./pac-answer.js";
import { type PacOperation, readText, requireSession } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";

/**
 * `file/{jobId}`, the body naming what to fetch. Clients that accept `multipart/mixed` get the layout of `downloadBody`, or an
 * empty body with status 404 or 403; the others get the raw bytes, or an empty body with status 200: Mantid stops
 * its whole download at any other status, and it does ask for directories.
 */
export const download: PacOperation = {
  audited: "download",
  errorForm: emptyAnswer,
  async run(request, desk, audit) {
    const { session, headers } = await requireSession(request, desk, audit);
    const id = request.rest[0] ?? "";
    const wanted = await readText(request.body, desk.limits.requestBytes);
    audit.subject = `${id}: ${wanted}`;
    const form = acceptsMultipart(request) ? "multipart" : "raw";
    await enterDownload(session.userName, request, desk);
    const answer = await fetchJobFiles(session, id, wanted, {
      form,
      ...readDownloadWishes(request),
      signal: request.signal,
    });
    return { ...answer, headers: { ...headers, ...answer.headers } };
  },
};

function acceptsMultipart(request: PacRequest): boolean {
  return /multipart\/mixed/i.test(request.headers.accept ?? "");
}

/** There is no session, or not any more: 403 for every client. */
const refusals: ReadonlySet<string> = new Set([
  "SESSION_EXPIRED",
  "NOT_LOGGED_IN",
  "AUTH_FAILED",
  "LOGIN_RATE_LIMITED",
]);

function emptyAnswer({ code, message, hint }: Failure, request: PacRequest): PacAnswer {
  const refused = refusals.has(code);
  return {
    status: acceptsMultipart(request) || refused ? statusOf(code) : 200,
    contentType: "application/octet-stream",
    // There is no body for the message.
    headers: errorHeaders(code, `${message} ${hint ?? ""}`.trim()),
    body: "",
  };
}

/** pac knows two: not found, and no permission (or no session any more). A failure of ours is neither. */
function statusOf(code: Failure["code"]): number {
  if (refusals.has(code)) return 403;
  switch (code) {
    case "PERMISSION_DENIED":
    case "FILE_UNREADABLE":
      return 403;
    case "OUTPUT_UNREADABLE":
      return 500;
    default:
      return 404;
  }
}
