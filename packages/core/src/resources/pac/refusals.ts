import { AuthError, SchedulerError, type ScarfError, ValueError } from "../../errors/index.js";
import { decodeHeaderValue, saysSessionEnded, wireHeaders } from "../../wire/index.js";
import { summarisePage } from "../../transports/http/index.js";
import { isErrorCode, typedError } from "../../errors/typed-error.js";

/** Whose call it is: for messages. */
export interface Who {
  readonly resourceId: string;
  readonly userName: string;
}

export function logInHint({ resourceId, userName }: Who): string {
  return `Log in again: scarf login --resource ${resourceId} --user ${userName}`;
}

export function sessionExpired(who: Who, said: string): AuthError {
  return new AuthError("SESSION_EXPIRED", `The session of ${who.userName} on ${who.resourceId} has ended.`, {
    hint: `${logInHint(who)}. Your jobs are not affected.`,
    context: { resource: who.resourceId, user: who.userName, said: oneLine(said) },
  });
}

export function notLoggedIn(who: Who): ValueError {
  return new ValueError("NOT_LOGGED_IN", `${who.userName} is not logged in on ${who.resourceId}.`, {
    hint: `Log in first: scarf login --resource ${who.resourceId} --user ${who.userName}`,
    context: { resource: who.resourceId, user: who.userName },
  });
}

/** What the service says in an `errMsg` about a job or an action. */
export function jobRefusal(who: Who, said: string, doing: string): ScarfError {
  if (saysSessionEnded(said)) return sessionExpired(who, said);
  const context = { resource: who.resourceId, user: who.userName, said: oneLine(said) };
  if (saysNoSuchJob(said)) {
    return new SchedulerError("JOB_NOT_FOUND", `${who.resourceId} has no such job: ${sentence(said)}`, {
      hint: "List your jobs to see their ids: scarf jobs.",
      context,
    });
  }
  if (/permission|not authorized|not allowed|denied/i.test(said)) {
    return new AuthError(
      "PERMISSION_DENIED",
      `${who.resourceId} does not allow to ${doing}: ${sentence(said)}`,
      {
        hint: "It may be another user's job. Ask the administrators of the resource if it should be allowed.",
        context,
      },
    );
  }
  return new SchedulerError("OPERATION_REFUSED", `${who.resourceId} refused to ${doing}: ${sentence(said)}`, {
    hint: "Look at the state of the job: scarf jobs.",
    context,
  });
}

/** LSF's and our gateway's wordings for an id that does not exist or is not yours. */
export function saysNoSuchJob(said: string): boolean {
  return /no (?:such|matching) job|job[^.]* (?:is )?not found|no jobs? (?:was |were )?found|invalid job id/i.test(
    said,
  );
}

export function saysAlreadyFinished(said: string): boolean {
  return /already (?:been )?(?:finished|exited|terminated|done)/i.test(said);
}

/** An error that our gateway names by code; `undefined` = the answer names none. */
export function gatewayError(
  headers: Readonly<Record<string, string>>,
  body: string,
  who: Who,
): ScarfError | undefined {
  const code = headers[wireHeaders.errorCode];
  if (code === undefined || !isErrorCode(code)) return undefined;
  if (code === "SESSION_EXPIRED" || code === "NOT_LOGGED_IN") return sessionExpired(who, body);
  const hint = headers[wireHeaders.errorHint];
  const said = sentence(
    /<errMsg>([\s\S]*?)<\/errMsg>/.exec(body)?.[1]?.replaceAll(/&(lt|gt|quot|amp);/g, decodeEntity) ?? body,
  );
  return typedError(code, said === "" ? `${who.resourceId} refused it (${code}).` : said, {
    ...(hint !== undefined && { hint: decodeHeaderValue(hint) }),
    context: { resource: who.resourceId, user: who.userName, toldByGateway: true },
  });
}

/** A web page where an answer of the service was expected. */
export function pageInsteadOfAnswer(who: Who, page: string, httpStatus: number): SchedulerError {
  const title = summarisePage(page);
  return new SchedulerError(
    "OUTPUT_UNREADABLE",
    `${who.resourceId} answered with a web page instead of data${title === "" ? "." : `: ${sentence(title)}`}`,
    {
      hint: "Check the address of the resource: scarf resource show. A proxy or a log-in page may stand in between.",
      context: { resource: who.resourceId, httpStatus },
    },
  );
}

/** An HTTP status that says by itself that it went wrong. */
export function statusError(who: Who, httpStatus: number, body: string): ScarfError {
  if (saysSessionEnded(body)) return sessionExpired(who, body);
  const said = summarisePage(body);
  const details = (hint: string) => ({ hint, context: { resource: who.resourceId, httpStatus, said } });
  const tail = said === "" ? "." : `: ${sentence(said)}`;
  if (httpStatus === 401 || httpStatus === 403) {
    return new AuthError(
      "PERMISSION_DENIED",
      `${who.resourceId} does not allow this to ${who.userName} (HTTP ${httpStatus})${tail}`,
      details(`If it worked before, the session may have ended. ${logInHint(who)}`),
    );
  }
  if (httpStatus === 429 || httpStatus >= 500) {
    return new SchedulerError(
      "SCHEDULER_UNAVAILABLE",
      `${who.resourceId} can't serve the request at the moment (HTTP ${httpStatus})${tail}`,
      details("Your jobs are not affected. Try again in a few minutes."),
    );
  }
  return new SchedulerError(
    "OUTPUT_UNREADABLE",
    `${who.resourceId} answered HTTP ${httpStatus}${tail}`,
    details("Check the address of the resource (it usually ends in /platform/): scarf resource show."),
  );
}

/** An answer that does not have the form it should have. */
export function unreadable(who: Who, doing: string, cause: unknown): SchedulerError {
  const why = cause instanceof Error ? ` ${cause.message}` : "";
  return new SchedulerError(
    "OUTPUT_UNREADABLE",
    `The answer of ${who.resourceId} can't be read (to ${doing}).${why}`,
    {
      hint: "Try again. If it stays, send the log to the administrators of the resource.",
      context: { resource: who.resourceId, user: who.userName },
      cause,
    },
  );
}

/** What a server said, as the end of a sentence. */
export function sentence(text: string): string {
  const line = oneLine(text);
  return line === "" || /[.!?)]$/.test(line) ? line : `${line}.`;
}

/** A server's text on one line, bounded, without control characters. */
export function oneLine(text: string): string {
  return summarisePage(
    text.includes("<html") ? text : text.replaceAll("<", "\u2039").replaceAll(">", "\u203A"),
    1500,
  )
    .replaceAll("\u2039", "<")
    .replaceAll("\u203A", ">");
}

function decodeEntity(_whole: string, name: string): string {
  return { lt: "<", gt: ">", quot: '"', amp: "&" }[name] ?? "";
}
