import type { ApplicationCatalogue } from "scarf-tomo";
import { wireHeaders, WireFormatError, decodeText } from "scarf-tomo/wire";
import type { OfferedResource, SessionDesk, UserSession } from "../sessions/session-desk.js";
import type { JobNotes } from "../state/job-notes.js";
import type { NotificationTable } from "../state/notification-table.js";
import type { ChunkShelf } from "../state/chunk-shelf.js";
import type { Spool } from "../state/spool.js";
import type { TransferGate } from "../state/transfer-gate.js";
import type { SubmitJournal } from "../state/submit-journal.js";
import type { UploadTable } from "../state/upload-table.js";
import type { ErrorForm } from "./error-form.js";
import { NotedJobs } from "./noted-jobs.js";
import type { PacAnswer } from "./pac-answer.js";
import type { PacRequest } from "./pac-request.js";
import { readProof } from "./read-proof.js";
import type { SharedLists } from "./shared-lists.js";
import { sessionHeaders } from "./session-headers.js";

export interface PacLimits {
  /** Largest file in an upload, or put together from chunks. */
  readonly uploadBytes: number;
  /** All files attached to one submit together. */
  readonly attachmentBytes: number;
  /** Everything that is kept in memory: XML and text bodies, one parameter of a form. */
  readonly requestBytes: number;
}

/** All that operations work with. */
export interface PacDesk {
  readonly offered: OfferedResource;
  readonly sessions: SessionDesk;
  readonly journal: SubmitJournal;
  readonly notes: JobNotes;
  readonly lists: SharedLists;
  readonly notifications: NotificationTable;
  readonly uploads: UploadTable;
  readonly spool: Spool;
  readonly gate: TransferGate;
  readonly shelf: ChunkShelf;
  readonly applications: ApplicationCatalogue;
  readonly limits: PacLimits;
  /** Besides the users with that role in the file of users. */
  readonly administrators: readonly string[];
}

/** What happened, for the audit log; filled in by the operation as it learns it. */
export interface AuditNote {
  userName?: string;
  /** A job, file or command: what was acted upon. */
  subject?: string;
}

export interface PacOperation {
  /** Word for the audit log; absent = nothing worth a line (a query). */
  readonly audited?: string;
  /** @defaultValue GET and POST, which legacy clients use as they like */
  readonly methods?: readonly string[];
  /**
   * It changes nothing, and its answer follows from what the request says and how things are in that moment: requests that are the same
   * and come together may get copies of one answer.
   */
  readonly isShared?: true;
  readonly errorForm: ErrorForm;
  run(request: PacRequest, desk: PacDesk, audit: AuditNote): Promise<PacAnswer>;
}

/** Who sent a request, and what they have here. */
export interface RequestUser extends UserSession {
  readonly jobs: NotedJobs;
  /** For the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws {AuthError} `SESSION_EXPIRED`, `AUTH_FAILED` */
export async function requireSession(
  request: PacRequest,
  desk: PacDesk,
  audit: AuditNote,
): Promise<RequestUser> {
  const proof = readProof(request);
  const found = await desk.sessions.find(desk.offered, proof, request.address);
  const { userName, session, expiresAt } = found;
  audit.userName = userName;
  const jobs = new NotedJobs(
    session,
    desk,
    { resourceId: desk.offered.id, userName },
    request.hasFullCompany,
  );
  // Who shows a bearer token has not logged on, and learns with each answer what a log-on tells once.
  const headers =
    proof?.kind === "bearer"
      ? sessionHeaders(session, expiresAt)
      : { [wireHeaders.sessionExpires]: expiresAt.toISOString() };
  return { ...found, jobs, headers };
}

/** A body that may not go on for ever, whatever is skipped of it. Throws `WireFormatError` `too-large`. */
export async function* limitBody(
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw new WireFormatError("too-large", `The body is larger than ${limitBytes} bytes.`);
    }
    yield chunk;
  }
}

/** Reads a body that is kept in memory. @throws {WireFormatError} `too-large` */
export async function readText(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  // Each holds only until the next comes.
  for await (const chunk of limitBody(body, limitBytes)) chunks.push(Buffer.from(chunk));
  return decodeText(Buffer.concat(chunks));
}
