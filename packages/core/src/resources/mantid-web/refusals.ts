import {
  AuthError,
  NotSupportedError,
  SchedulerError,
  type ScarfError,
  SpecError,
} from "../../errors/index.js";
import { isErrorCode, typedError } from "../../errors/typed-error.js";
import { summarisePage } from "../../transports/http/index.js";
import { decodeHeaderValue, parseMantidError, wireHeaders } from "../../wire/index.js";
import { logInHint, oneLine, sentence, sessionExpired, type Who } from "../session-errors.js";

/** An answer that says that it went wrong. */
export interface Refusal {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Secrets masked. */
  readonly body: string;
}

/** The service's own words on one line; empty for an empty body. */
export function saidBy({ body }: Refusal): string {
  return oneLine(parseMantidError(body) ?? summarisePage(body));
}

/** An error that our gateway names by code; undefined = the answer names none. */
export function gatewayRefusal(refusal: Refusal, who: Who): ScarfError | undefined {
  const code = refusal.headers[wireHeaders.errorCode];
  if (code === undefined || !isErrorCode(code)) return undefined;
  const said = saidBy(refusal);
  if (code === "SESSION_EXPIRED" || code === "NOT_LOGGED_IN") return sessionExpired(who, said);
  const hint = refusal.headers[wireHeaders.errorHint];
  return typedError(code, said === "" ? `${who.resourceId} refused it (${code}).` : sentence(said), {
    ...(hint !== undefined && { hint: decodeHeaderValue(hint) }),
    context: { resource: who.resourceId, user: who.userName, toldByGateway: true },
  });
}

/** What a status means by itself, when the call knows nothing better. */
export function statusRefusal(refusal: Refusal, who: Who, doing: string): ScarfError {
  const { httpStatus } = refusal;
  const said = saidBy(refusal);
  const tail = said === "" ? "." : `: ${sentence(said)}`;
  const context = { resource: who.resourceId, user: who.userName, httpStatus, said };
  if (httpStatus === 403) {
    return new AuthError(
      "PERMISSION_DENIED",
      `${who.resourceId} does not allow ${who.userName} to ${doing}${tail}`,
      { hint: `If it worked before, the session may have ended. ${logInHint(who)}`, context },
    );
  }
  if (httpStatus === 429 || httpStatus >= 500) {
    return new SchedulerError(
      "SCHEDULER_UNAVAILABLE",
      `${who.resourceId} can't ${doing} at the moment (HTTP ${httpStatus})${tail}`,
      { hint: "Your jobs are not affected. Try again in a few minutes.", context },
    );
  }
  if (said !== "" && parseMantidError(refusal.body) !== undefined) {
    return new SchedulerError(
      "OPERATION_REFUSED",
      `${who.resourceId} refused to ${doing}: ${sentence(said)}`,
      {
        hint: "Look at the state of your jobs: scarf jobs.",
        context,
      },
    );
  }
  return new SchedulerError("OUTPUT_UNREADABLE", `${who.resourceId} answered HTTP ${httpStatus}${tail}`, {
    hint: "Check the address of the resource (such as https://host/MantidRemote): scarf resource show.",
    context,
  });
}

export function jobNotFound({ resourceId, userName }: Who, jobId: string, said = ""): SchedulerError {
  const tail = said === "" ? "." : `: ${sentence(said)}`;
  return new SchedulerError("JOB_NOT_FOUND", `${resourceId} has no job ${jobId} of ${userName}${tail}`, {
    hint: "List your jobs to see their ids: scarf jobs. Jobs that ended long ago are no longer listed.",
    context: { resource: resourceId, user: userName, jobId },
  });
}

/** @param what - as in "can't …" */
export function notSupported({ resourceId }: Who, what: string, hint: string): NotSupportedError {
  return new NotSupportedError("NOT_SUPPORTED", `The web service of ${resourceId} can't ${what}.`, {
    hint,
    context: { resource: resourceId },
  });
}

export function specRejected(who: Who, refusal: Refusal): SpecError {
  const said = saidBy(refusal);
  return new SpecError(
    "SPEC_REJECTED",
    `${who.resourceId} refused the job: ${said === "" ? "it gave no reason." : sentence(said)}`,
    {
      hint: "Change the job as the message says and submit again. No job was created.",
      context: { resource: who.resourceId, user: who.userName, httpStatus: refusal.httpStatus, said },
    },
  );
}
