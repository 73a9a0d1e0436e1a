import {
  AuthError,
  isScarfError,
  NotSupportedError,
  type ScarfError,
  SchedulerError,
} from "../../../errors/index.js";
import { parseWsMessage, saysSessionEnded } from "../../../wire/index.js";
import { logInHint, oneLine, sentence, sessionExpired } from "../../session-errors.js";
import type { FailedAnswer, PacCall, PacService } from "../pac-service.js";
import { saysNoSuchJob, statusError } from "../refusals.js";

/** A request of the current generation: `path` is below `ws/`. */
export interface CurrentCall extends PacCall {
  /** It would be harm to do it twice: another way is taken only if the server has surely not done it. */
  readonly changes?: boolean;
}

/** Errors are HTTP statuses here, with `<error><message>` behind them. */
export function currentCall(service: PacService, call: CurrentCall): PacCall {
  const failure = (answer: FailedAnswer): Promise<Error> => readFailure(service, call, answer);
  return { accept: "application/xml", failure, ...call, path: `ws/${call.path}` };
}

/** The server has the current generation, but not this operation. */
export function isLacking(error: unknown): error is NotSupportedError {
  return error instanceof NotSupportedError && error.context["lacking"] === true;
}

export function lacking(service: PacService, what: string, httpStatus?: number): NotSupportedError {
  const { resourceId } = service.who;
  const how = httpStatus === undefined ? "" : ` (HTTP ${httpStatus})`;
  return new NotSupportedError(
    "NOT_SUPPORTED",
    `The current generation of the web service of ${resourceId} has no ${what}${how}.`,
    {
      hint: `Set generation = "auto" for ${resourceId}: then the legacy one is asked. For a service that has only that: generation = "legacy".`,
      context: { resource: resourceId, lacking: true, httpStatus },
    },
  );
}

/** The message by which the service refused a call that it understood, and the status; our gateway's has a code instead. */
export function refusalOf(
  error: unknown,
): { readonly httpStatus: number; readonly said: string } | undefined {
  if (!isScarfError(error)) return undefined;
  const { httpStatus, refusal } = error.context;
  return typeof httpStatus === "number" && typeof refusal === "string"
    ? { httpStatus, said: refusal }
    : undefined;
}

/** 404: there is nothing that fits. For a list that is an answer like any other. */
export function saysNothingFound(error: unknown): boolean {
  return refusalOf(error)?.httpStatus === 404 || (isScarfError(error) && error.code === "JOB_NOT_FOUND");
}

async function readFailure(service: PacService, call: CurrentCall, answer: FailedAnswer): Promise<Error> {
  const { status: httpStatus, body } = answer;
  const { who } = service;
  const message = parseWsMessage(body);
  if (saysSessionEnded(message ?? body)) return sessionExpired(who, message ?? body);
  if (isMissing(answer, message, call.changes === true)) {
    return lacking(service, /^[^/?]+(?:\/[a-z]+)?/i.exec(call.path)?.[0] ?? call.path, httpStatus);
  }
  if (httpStatus === 401 || httpStatus === 403)
    return readForbidden(service, call, httpStatus, message ?? body);
  if (message === undefined || httpStatus === 429 || httpStatus > 500)
    return statusError(who, httpStatus, body);
  const details = (hint: string) => ({
    hint,
    context: {
      resource: who.resourceId,
      user: who.userName,
      httpStatus,
      refusal: message,
      said: oneLine(message),
    },
  });
  if (httpStatus === 500) {
    return new SchedulerError(
      "SCHEDULER_UNAVAILABLE",
      `${who.resourceId} failed to ${call.doing}: ${sentence(message)}`,
      details("Your jobs are not affected. Try again in a few minutes."),
    );
  }
  return new SchedulerError(
    saysNoSuchJob(message) ? "JOB_NOT_FOUND" : "OPERATION_REFUSED",
    `${who.resourceId} refused to ${call.doing}: ${sentence(message)}`,
    details("Look at the state of the job: scarf jobs."),
  );
}

/**
 * No such address: a page of the server's instead of the service's own error. 503 is IBM's "wrong edition", but also any
 * server's "not now": only in the service's own words it is the first, and for what changes something only if it says so.
 */
function isMissing({ status }: FailedAnswer, message: string | undefined, changes: boolean): boolean {
  if (status === 404 || status === 405 || status === 501) return message === undefined;
  return status === 503 && message !== undefined && (!changes || /\bedition\b/i.test(message));
}

/**
 * 403 is both a lack of rights and a session that has ended, and no document tells the words of the second. A question that every
 * user may ask shows which.
 */
async function readForbidden(
  service: PacService,
  call: CurrentCall,
  httpStatus: number,
  said: string,
): Promise<Error> {
  const { who } = service;
  const ended = await hasEnded(service, call.signal);
  if (ended === true) return sessionExpired(who, said);
  const text = sentence(said);
  return new AuthError(
    "PERMISSION_DENIED",
    `${who.resourceId} does not allow ${who.userName} to ${call.doing} (HTTP ${httpStatus})${text === "" ? "." : `: ${text}`}`,
    {
      hint:
        ended === undefined
          ? `If it worked before, the session may have ended. ${logInHint(who)}`
          : "It may be another user's job. Ask the administrators of the resource if it should be allowed.",
      context: { resource: who.resourceId, user: who.userName, httpStatus, said: oneLine(said) },
    },
  );
}

/** `undefined` = nobody can tell at the moment. */
export async function hasEnded(
  service: PacService,
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  const failure = ({ status, body }: FailedAnswer): Promise<ScarfError> =>
    Promise.resolve(
      status === 401 || status === 403
        ? sessionExpired(service.who, body)
        : new SchedulerError("OPERATION_REFUSED", `HTTP ${status}.`, { hint: "" }),
    );
  try {
    const call = {
      path: "ws/jobs?jobname=scarf-is-the-session-alive",
      accept: "application/xml",
      signal,
      failure,
    };
    await service.text({ ...call, doing: "check the session" });
    return false;
  } catch (error) {
    if (!isScarfError(error)) throw error;
    if (error.code === "SESSION_EXPIRED") return true;
    return error.code === "OPERATION_REFUSED" ? false : undefined;
  }
}
