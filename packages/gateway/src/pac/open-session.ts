import { AuthError } from "scarf-tomo";
import { type LogonRequest, parseLogonRequest } from "scarf-tomo/wire";
import { type AuditNote, type PacDesk, readText } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { readProof } from "./read-proof.js";
import { sessionHeaders } from "./session-headers.js";

type AnswerHeaders = Readonly<Record<string, string>>;

export interface OpenedSession {
  readonly token: string;
  readonly headers: AnswerHeaders;
}

/** What a `logon` leads to: a token, or the name of the user whom the certificate of the connection shows. */
export type LogOnResult =
  | { readonly kind: "token"; readonly token: string; readonly headers: AnswerHeaders }
  | { readonly kind: "certificate"; readonly userName: string; readonly headers: AnswerHeaders };

/**
 * `logon` of both generations. A body without name and password is of a client that shows a certificate; it gets no token,
 * since each of its requests shows the certificate again.
 * @throws {AuthError} `AUTH_FAILED`, `LOGIN_RATE_LIMITED`
 */
export async function logOn(request: PacRequest, desk: PacDesk, audit: AuditNote): Promise<LogOnResult> {
  const credentials = parseLogonRequest(await readText(request.body, desk.limits.requestBytes));
  if (credentials !== undefined) {
    return { kind: "token", ...(await openSession(credentials, request, desk, audit)) };
  }
  const { certificate } = request;
  if (certificate === undefined) {
    throw new AuthError("AUTH_FAILED", "The log-in has no user name or no password, and no certificate.", {
      hint: "Log in with user name and password, or over https with a certificate that this service knows.",
    });
  }
  const proof = { kind: "certificate", certificate } as const;
  const { userName, session, expiresAt } = await desk.sessions.find(desk.offered, proof, request.address);
  audit.userName = userName;
  return { kind: "certificate", userName, headers: sessionHeaders(session, expiresAt) };
}

/** Logs a user in. @throws {AuthError} `AUTH_FAILED`, `LOGIN_RATE_LIMITED` */
export async function openSession(
  credentials: LogonRequest,
  request: Pick<PacRequest, "address" | "signal">,
  desk: Pick<PacDesk, "sessions" | "offered">,
  audit: AuditNote,
): Promise<OpenedSession> {
  audit.userName = credentials.userName;
  const opened = await desk.sessions.logIn(desk.offered, credentials, request.address, request.signal);
  return { token: opened.token, headers: sessionHeaders(opened.session, opened.expiresAt) };
}

/** Logs out the user whose token came with the request. @throws {AuthError} `SESSION_EXPIRED` */
export async function closeSession(request: PacRequest, desk: PacDesk, audit: AuditNote): Promise<void> {
  const { userName } = await desk.sessions.logOut(desk.offered, readProof(request), request.address);
  audit.userName = userName;
}
