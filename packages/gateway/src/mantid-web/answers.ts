import { type ErrorCode, errorCodes } from "scarf-tomo";
import { renderMantidError } from "scarf-tomo/wire";
import type { Failure } from "../pac/error-form.js";
import { errorHeaders, type PacAnswer } from "../pac/pac-answer.js";

/** @param status - 201 for `upload` and `submit`: Mantid takes nothing else for success, there and only there. */
export function jsonAnswer(
  body: string,
  {
    status = 200,
    headers = {},
  }: { readonly status?: 200 | 201; readonly headers?: PacAnswer["headers"] } = {},
): PacAnswer {
  return { status, contentType: "application/json; charset=utf-8", headers, body };
}

export function failureAnswer({ code, message, hint }: Failure): PacAnswer {
  return {
    ...jsonAnswer(renderMantidError(hint === undefined ? message : `${message} ${hint}`), {
      headers: errorHeaders(code, hint),
    }),
    status: statusOf(code),
  };
}

/** The page of the interface: an unknown job is 400. Everything that ends a session is 401, by which clients know to log in again. */
function statusOf(code: ErrorCode): number {
  return code === "JOB_NOT_FOUND" ? 400 : errorCodes[code].httpStatus;
}
