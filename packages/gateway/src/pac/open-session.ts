import { AuthError, type Capabilities } from "scarf-tomo";
import { type LogonRequest, parseLogonRequest, parseTokenCookie, wireHeaders } from "scarf-tomo/wire";
import { type AuditNote, type PacDesk, readText } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";

export interface OpenedSession {
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads the body of `logon`. @throws {AuthError} `AUTH_FAILED`: there is no name or no password in it. */
export async function readCredentials(request: PacRequest, desk: PacDesk): Promise<LogonRequest> {
  const credentials = parseLogonRequest(await readText(request.body, desk.limits.requestBytes));
  if (credentials !== undefined) return credentials;
  throw new AuthError("AUTH_FAILED", "The log-in has no user name or no password.", {
    hint: "Log in with user name and password; certificates are not accepted here.",
  });
}

/** Logs a user in. @throws {AuthError} `AUTH_FAILED`, `LOGIN_RATE_LIMITED` */
export async function openSession(
  credentials: LogonRequest,
  request: PacRequest,
  desk: PacDesk,
  audit: AuditNote,
): Promise<OpenedSession> {
  audit.userName = credentials.userName;
  const opened = await desk.sessions.logIn(desk.offered, credentials, request.address, request.signal);
  return {
    token: opened.token,
    headers: {
      [wireHeaders.sessionExpires]: opened.expiresAt.toISOString(),
      [wireHeaders.capabilities]: renderCapabilities(opened.session.capabilities),
    },
  };
}

/** Logs out the user whose token came with the request. @throws {AuthError} `SESSION_EXPIRED` */
export async function closeSession(request: PacRequest, desk: PacDesk, audit: AuditNote): Promise<void> {
  const token = parseTokenCookie(request.headers.cookie);
  const { userName } = await desk.sessions.find(desk.offered, token);
  audit.userName = userName;
  await desk.sessions.logOut(desk.offered, token);
}

function renderCapabilities(capabilities: Capabilities): string {
  return Object.entries(capabilities)
    .filter(([, holds]) => holds === true)
    .map(([name]) => name)
    .join(",");
}
