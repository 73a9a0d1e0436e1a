import { AuthError, SchedulerError, ValueError } from "../errors/index.js";
import { summarisePage } from "../transports/http/index.js";

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
