import { type CallOptions, type FileReading, type RemoteFile, type Session } from "scarf-tomo";
import { downloadBody, wireHeaders } from "scarf-tomo/wire";
import type { Failure } from "./error-form.js";
import { listJobFiles } from "./job-files.js";
import { errorHeaders, type PacAnswer, type SizedBody } from "./pac-answer.js";
import { type PacOperation, readText, requireSession } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { type Selection, selectFiles } from "./select-files.js";

/**
 * `file/{jobId}`, the body naming what to fetch. Clients that accept `multipart/mixed` get the layout of `downloadBody`, or an
 * empty body with status 404 or 403; the others get the raw bytes, or an empty body with status 200: Mantid stops
 * its whole download at any other status, and it does ask for directories.
 */
export const download: PacOperation = {
  errorForm: emptyAnswer,
  async run(request, desk) {
    const { session, headers } = await requireSession(request, desk);
    const id = request.rest[0] ?? "";
    const wanted = await readText(request.body, desk.limits.requestBytes);
    const selections = await selectFiles(wanted, (directory) => listJobFiles(session, id, directory));
    const chosen = choose(selections, request, wanted);
    const problem = findProblem(chosen);
    if (problem !== undefined) return emptyAnswer(problem, request);
    const answer = await openAnswer(session, id, chosen, request);
    return { ...answer, headers: { ...headers, ...answer.headers } };
  },
};

function acceptsMultipart(request: PacRequest): boolean {
  return /multipart\/mixed/i.test(request.headers.accept ?? "");
}

/** A raw answer holds one file. Mantid's `417666.output*` means the name before the star, whatever else would fit. */
function choose(selections: readonly Selection[], request: PacRequest, wanted: string): readonly Selection[] {
  if (acceptsMultipart(request) || selections.length < 2) return selections;
  const name = wanted.trim().replace(/\*$/, "");
  const exact = selections.find(({ file }) => file?.name === name);
  return exact === undefined ? selections : [exact];
}

function findProblem(selections: readonly Selection[]): Failure | undefined {
  if (selections.length === 0) return notFound("");
  for (const { path, file } of selections) {
    if (file === undefined) return notFound(path);
    if (file.kind === "directory") {
      const message = `${path} is a directory.`;
      return { code: "FILE_KIND_WRONG", message, hint: "Fetch the files in it one by one." };
    }
    if (!file.readable) {
      const message = `You may not read ${path}.`;
      return { code: "FILE_UNREADABLE", message, hint: "Ask its owner for the permission." };
    }
  }
  return undefined;
}

function notFound(path: string): Failure {
  const message = path === "" ? "The request names no file." : `The job has no file ${path}.`;
  return { code: "FILE_NOT_FOUND", message, hint: "Look at the list of the job's files." };
}

function emptyAnswer({ code, message, hint }: Failure, request: PacRequest): PacAnswer {
  const sessionEnded = code === "SESSION_EXPIRED" || code === "NOT_LOGGED_IN";
  return {
    status: acceptsMultipart(request) || sessionEnded ? statusOf(code) : 200,
    contentType: "application/octet-stream",
    // There is no body for the message.
    headers: errorHeaders(code, `${message} ${hint ?? ""}`.trim()),
    body: "",
  };
}

/** pac knows two: not found, and no permission (or no session any more). A failure of ours is neither. */
function statusOf(code: Failure["code"]): number {
  switch (code) {
    case "SESSION_EXPIRED":
    case "NOT_LOGGED_IN":
    case "PERMISSION_DENIED":
    case "FILE_UNREADABLE":
      return 403;
    case "OUTPUT_UNREADABLE":
      return 500;
    default:
      return 404;
  }
}

async function openAnswer(
  session: Session,
  id: string,
  chosen: readonly Selection[],
  request: PacRequest,
): Promise<PacAnswer> {
  const files = chosen.flatMap(({ path, file }) => (file === undefined ? [] : [{ path, file }]));
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return openOne(session, id, only, request);
  if (!acceptsMultipart(request)) {
    const message = "One request for several files needs a client that accepts multipart/mixed.";
    return emptyAnswer({ code: "USAGE_INVALID", message, hint: "Fetch the files one by one." }, request);
  }
  const body = downloadBody(
    files.map(({ path, file }) => ({
      name: partName(file.name),
      sizeBytes: file.sizeBytes,
      headers: [["Content-Length", String(file.sizeBytes)]] as const,
      read: () => readLazily(session, id, path, file, { signal: request.signal }),
    })),
  );
  return { status: 200, contentType: body.contentType, headers: {}, body };
}

async function openOne(
  session: Session,
  id: string,
  { path, file }: { readonly path: string; readonly file: RemoteFile },
  request: PacRequest,
): Promise<PacAnswer> {
  const reading = await openReading(session, id, path, file, { signal: request.signal });
  const sha256 = reading.sha256 === undefined ? {} : { [wireHeaders.sha256]: reading.sha256 };
  const sized: SizedBody = { sizeBytes: reading.sizeBytes ?? file.sizeBytes, read: () => reading.chunks };
  if (!acceptsMultipart(request)) {
    return { status: 200, contentType: "application/octet-stream", headers: sha256, body: sized };
  }
  const body = downloadBody([{ name: partName(file.name), ...sized }]);
  return { status: 200, contentType: body.contentType, headers: sha256, body };
}

/**
 * The name as clients write it to their disk. They take what stands before the first `>` and decode nothing; only what would
 * end the name or the header is encoded.
 */
function partName(name: string): string {
  return name.replaceAll(/[\p{Cc}>]/gu, encodeURIComponent);
}

/**
 * Reads at most as much as the list says. A file that a running job still writes to would otherwise grow beyond the length
 * that the answer has promised already.
 */
async function openReading(
  session: Session,
  id: string,
  path: string,
  file: RemoteFile,
  options: CallOptions,
): Promise<FileReading> {
  const range = session.capabilities.byteRanges ? { offset: 0, length: file.sizeBytes } : undefined;
  return session.jobFiles(id).read(path, range, options);
}

async function* readLazily(
  session: Session,
  id: string,
  path: string,
  file: RemoteFile,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const { chunks } = await openReading(session, id, path, file, options);
  yield* chunks;
}
