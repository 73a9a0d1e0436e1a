import type { MantidCall } from "scarf-tomo/wire";
import type { PacAnswer } from "../pac/pac-answer.js";
import type { AuditNote, PacDesk } from "../pac/pac-operation.js";
import type { RawRequest } from "../pac/pac-face.js";
import type { UserSession } from "../sessions/session-desk.js";
import type { MantidTransactions } from "../state/mantid-transactions.js";
import type { SubmitOrigin } from "../state/submit-journal.js";
import { findMantidProof } from "./session-cookie.js";

/** All that operations work with. */
export interface MantidDesk extends Pick<
  PacDesk,
  "offered" | "sessions" | "journal" | "spool" | "gate" | "limits"
> {
  readonly transactions: MantidTransactions;
  /** Program that runs Python scripts without a `#!` line. */
  readonly python: string;
}

/** A request of this face, taken apart but not yet understood. */
export interface MantidRequest extends Pick<
  RawRequest,
  "method" | "headers" | "body" | "address" | "certificate" | "origin" | "signal" | "onClosed"
> {
  readonly call: MantidCall;
  /** What follows `?`, untouched. */
  readonly query: string;
}

export interface MantidOperation {
  readonly method: "GET" | "POST";
  /** Word for the audit log; absent = nothing worth a line (a query). */
  readonly audited?: string;
  run(request: MantidRequest, desk: MantidDesk, audit: AuditNote): Promise<PacAnswer>;
}

/** Whose request it is. @throws {AuthError} `SESSION_EXPIRED`, `AUTH_FAILED` */
export async function requireMantidUser(
  request: MantidRequest,
  desk: MantidDesk,
  audit: AuditNote,
): Promise<UserSession & { readonly owner: SubmitOrigin }> {
  const found = await desk.sessions.find(desk.offered, findMantidProof(request), request.address);
  audit.userName = found.userName;
  return { ...found, owner: { resourceId: desk.offered.id, userName: found.userName } };
}
