import { type ErrorCode, errorCodes, ValueError } from "scarf-tomo";
import { chooseWsFormat, renderWsError, wsContentTypes, type WsFormat } from "scarf-tomo/wire";
import type { ErrorForm } from "../error-form.js";
import { errorHeaders, type PacAnswer } from "../pac-answer.js";
import type { PacOperation } from "../pac-operation.js";
import type { PacRequest } from "../pac-request.js";

interface WsOperationOptions extends Pick<PacOperation, "audited" | "isShared"> {
  /** `POST`: it changes something, so a link that is followed must not do it. @defaultValue GET and POST */
  readonly method?: "POST" | "any";
}

/** An operation of the current generation: its failures are HTTP statuses, in the form that the client accepts. */
export function wsOperation(
  { method, ...options }: WsOperationOptions,
  run: PacOperation["run"],
): PacOperation {
  return {
    ...options,
    errorForm: wsError,
    async run(request, desk, audit) {
      checkMethod(request, method);
      return run(request, desk, audit);
    },
  };
}

/** A whole answer in the form that the client accepts. */
export function wsAnswer(
  request: PacRequest,
  render: (format: WsFormat) => PacAnswer["body"],
  headers: Readonly<Record<string, string>> = {},
): PacAnswer {
  const format = chooseWsFormat(request.headers.accept);
  return { status: 200, contentType: wsContentTypes[format], headers, body: render(format) };
}

export const wsError: ErrorForm = ({ code, message, hint }, request) => ({
  ...wsAnswer(request, (format) => renderWsError(message, format), errorHeaders(code, hint)),
  status: wsStatusOf(code),
});

/**
 * The service knows four: 400 bad input, 403 forbidden, 404 nothing found, 500 failed. A session that has ended is 403, by which
 * BatchEuphoria knows to log on again: no client knows 401. What IBM's does not know stands for itself: 413 too large, 429 too
 * many, 503 not now, 507 no space left.
 */
export function wsStatusOf(code: ErrorCode): number {
  const { httpStatus, errorClass } = errorCodes[code];
  if (ownStatuses.has(httpStatus)) return httpStatus;
  if (errorClass === "AuthError" || httpStatus === 401 || httpStatus === 403) return 403;
  if (httpStatus === 404) return 404;
  // A body that was cut, and a wish that can't be granted here, are not our failures.
  const theirs = code === "TRANSFER_INCOMPLETE" || code === "NOT_SUPPORTED";
  return theirs || httpStatus < 500 ? 400 : 500;
}

const ownStatuses: ReadonlySet<number> = new Set([413, 429, 503, 507]);

/** The id of the job in the path. @throws {ValueError} there is none, or it is 0. */
export function requireJobId({ rest }: PacRequest): string {
  const id = rest[0] ?? "";
  if (id !== "" && id !== "0") return id;
  const message = id === "" ? "The request names no job." : "0 is not the id of a job.";
  throw new ValueError("USAGE_INVALID", message, { hint: "Give the id of a job." });
}

function checkMethod({ method }: PacRequest, wanted: WsOperationOptions["method"]): void {
  if (wanted === "any" || method === "POST" || (wanted === undefined && method === "GET")) return;
  throw new ValueError("USAGE_INVALID", `This can't be asked for by ${method}.`, {
    hint: wanted === "POST" ? "Send it by POST." : "Send it by GET or POST.",
  });
}
