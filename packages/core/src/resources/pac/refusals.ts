import {
  AuthError,
  NotSupportedError,
  SchedulerError,
  type ScarfError,
  SpecError,
} from "../../errors/index.js";
import { decodeHeaderValue, parseWsMessage, saysSessionEnded, wireHeaders } from "../../wire/index.js";
import { summarisePage } from "../../transports/http/index.js";
import { isErrorCode, typedError } from "../../errors/typed-error.js";
import { logInHint, oneLine, sentence, sessionExpired, type Who } from "../session-errors.js";

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
  // The beginning is enough; a megabyte of "job job job" would keep the pattern busy for minutes.
  return /no (?:such|matching) job|you have no job\b|job[^.]* (?:is )?not found|no jobs? (?:was |were )?found|invalid job id/i.test(
    said.slice(0, 4096),
  );
}

export function noQueues({ resourceId }: Who): NotSupportedError {
  return new NotSupportedError(
    "NOT_SUPPORTED",
    `The web service of ${resourceId} does not tell its queues.`,
    {
      hint: "Ask the administrators of the resource for their names.",
      context: { resource: resourceId },
    },
  );
}

/** Wordings for an application that is not offered. */
export function saysNoSuchApplication(said: string): boolean {
  return /application[^.]*(?:not (?:found|exist|published)|unknown|does not exist)|no (?:such )?application\b/i.test(
    said.slice(0, 4096),
  );
}

/** @param application - that the service does not have. */
export function applicationUnknown(who: Who, application: string, said: string): SpecError {
  return new SpecError(
    "APPLICATION_UNKNOWN",
    `${who.resourceId} has no application ${application}: ${sentence(said)}`,
    {
      hint: "List the applications of the resource and choose one of them. No job was created.",
      context: { resource: who.resourceId, user: who.userName, application, said: oneLine(said) },
    },
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
  const [sha256, path] = [headers[wireHeaders.sha256], headers[wireHeaders.path]];
  const errMsg = /<errMsg>([\s\S]*?)<\/errMsg>/.exec(body)?.[1];
  const said = sentence(
    errMsg?.replaceAll(/&(lt|gt|quot|amp);/g, decodeEntity) ?? parseWsMessage(body) ?? body,
  );
  return typedError(code, said === "" ? `${who.resourceId} refused it (${code}).` : said, {
    ...(hint !== undefined && { hint: decodeHeaderValue(hint) }),
    context: {
      resource: who.resourceId,
      user: who.userName,
      toldByGateway: true,
      ...(sha256 !== undefined &&
        path !== undefined && { existing: { path: decodeHeaderValue(path), sha256 } }),
    },
  });
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

function decodeEntity(_whole: string, name: string): string {
  return { lt: "<", gt: ">", quot: '"', amp: "&" }[name] ?? "";
}
