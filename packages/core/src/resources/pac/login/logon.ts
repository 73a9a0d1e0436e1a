import { NotSupportedError } from "../../../errors/index.js";
import { type HttpAnswer, type HttpClient, isHtml } from "../../../transports/http/index.js";
import {
  type LogonAnswer,
  parseLogonAnswer,
  parseWsMessage,
  renderTokenCookie,
  WireFormatError,
} from "../../../wire/index.js";
import { pageInsteadOfAnswer, type Who } from "../../session-errors.js";
import type { PacGeneration } from "../pac-wire.js";
import { statusError } from "../refusals.js";
import { authFailed, type Mask, unreadableLogIn } from "./log-in-errors.js";

/** @param body - name and password, or the empty form of who shows a certificate. */
export function sendLogon(
  client: HttpClient,
  baseUrl: string,
  generation: PacGeneration,
  body: string,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const current = generation === "current";
  return client.send({
    method: current ? "POST" : "GET",
    url: `${baseUrl}${current ? "ws/logon" : "webservice/pacclient/logon/"}`,
    headers: {
      Accept: current ? "application/xml" : "text/plain,application/xml,text/xml,multipart/mixed",
      "Content-Type": "application/xml",
      Cookie: renderTokenCookie(""),
    },
    body,
    signal,
    timeouts: { totalSeconds: 120 },
  });
}

/**
 * Reads the answer. A refusal is an `errMsg` in status 200 in the legacy generation, an HTTP status in the current one.
 * @throws {AuthError} `AUTH_FAILED`. @throws {NotSupportedError} the server has no such address.
 */
export function readLogon(
  answer: HttpAnswer,
  text: string,
  mask: Mask,
  { generation, who }: { readonly generation: PacGeneration; readonly who: Who },
): Exclude<LogonAnswer, { readonly kind: "refused" }> {
  if (answer.status !== 200) throw statusRefusal(answer, mask(text), generation, who);
  if (isHtml(answer.headers["content-type"], text)) throw pageInsteadOfAnswer(who, mask(text), answer.status);
  let logon: LogonAnswer;
  try {
    logon = parseLogonAnswer(text);
  } catch (error) {
    if (error instanceof WireFormatError) throw unreadableLogIn(who, error);
    throw error;
  }
  if (logon.kind === "refused") throw authFailed(who, mask(logon.message));
  return logon;
}

function statusRefusal({ status }: HttpAnswer, text: string, generation: PacGeneration, who: Who): Error {
  if (generation === "legacy") return statusError(who, status, text);
  const message = parseWsMessage(text);
  if (status === 403 || status === 401 || (status === 400 && message !== undefined))
    return authFailed(who, message ?? "");
  if (message === undefined && [404, 405, 501].includes(status)) return noLogon(who, status);
  if (status === 503 && message !== undefined && /\bedition\b/i.test(message)) return noLogon(who, status);
  return statusError(who, status, text);
}

function noLogon({ resourceId }: Who, httpStatus: number): NotSupportedError {
  return new NotSupportedError(
    "NOT_SUPPORTED",
    `${resourceId} has no log-in of the current generation of the web service (HTTP ${httpStatus}).`,
    {
      hint: `Set generation = "legacy" or "auto" for ${resourceId}: scarf resource show ${resourceId}.`,
      context: { resource: resourceId, httpStatus, lacking: true },
    },
  );
}
