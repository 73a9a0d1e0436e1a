import { AuthError, isScarfError, SchedulerError, ValueError } from "../../../errors/index.js";
import { oneLine, sentence, type Who } from "../../session-errors.js";

/** Takes the password out of what the other side said: that goes into errors, and may repeat the request. */
export type Mask = (said: string) => string;

export function authFailed(who: Who, said: string): AuthError {
  const line = oneLine(said.replace(/<\?xml[^>]*>/, "").replaceAll(/<\/?(?:User|errMsg)>/g, " "));
  const tail = line === "" ? "." : `: ${sentence(line)}`;
  return new AuthError(
    "AUTH_FAILED",
    `${who.resourceId} did not accept the log-in of ${who.userName}${tail}`,
    {
      hint: "Check user name and password; after several wrong ones a site may lock the account for a while. If that says nothing about a password, the service may be under maintenance, or its address may be wrong: scarf resource show.",
      context: contextOf(who),
    },
  );
}

export function unreadableLogIn(who: Who, cause: unknown): SchedulerError {
  return new SchedulerError(
    "OUTPUT_UNREADABLE",
    `${who.resourceId} answered the log-in with something unreadable.`,
    {
      hint: "Check the address of the resource: scarf resource show.",
      context: contextOf(who),
      cause: isScarfError(cause) ? undefined : cause,
    },
  );
}

export function missing(what: string, who: Who): ValueError {
  return new ValueError("PROPERTY_MISSING", `A ${what} is needed to log in on ${who.resourceId}.`, {
    hint: `Give a ${what}.`,
    context: contextOf(who),
  });
}

export function contextOf(who: Who): Record<string, unknown> {
  return { resource: who.resourceId, user: who.userName };
}
