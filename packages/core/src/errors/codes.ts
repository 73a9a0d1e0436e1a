/**
 * Every way in which a call can fail, in one table: the class that carries the code, whether trying again can
 * help, and what the code becomes as an HTTP status and as the exit code of a command (sysexits.h where it fits).
 * `docs/reference/errors.md` describes each one; a test compares the two in both directions.
 */
export const errorCodes = {
  CONFIG_INVALID: { errorClass: "ConfigError", retry: "no", httpStatus: 500, exitCode: 78 },
  RESOURCE_UNKNOWN: { errorClass: "ConfigError", retry: "no", httpStatus: 404, exitCode: 78 },
  USAGE_INVALID: { errorClass: "ValueError", retry: "no", httpStatus: 400, exitCode: 64 },
  PROPERTY_UNKNOWN: { errorClass: "ValueError", retry: "no", httpStatus: 400, exitCode: 64 },
  PROPERTY_INVALID: { errorClass: "ValueError", retry: "no", httpStatus: 400, exitCode: 64 },
  PROPERTY_MISSING: { errorClass: "ValueError", retry: "no", httpStatus: 400, exitCode: 64 },
  NOT_LOGGED_IN: { errorClass: "ValueError", retry: "after-login", httpStatus: 401, exitCode: 77 },
  AUTH_FAILED: { errorClass: "AuthError", retry: "after-login", httpStatus: 401, exitCode: 77 },
  SESSION_EXPIRED: { errorClass: "AuthError", retry: "after-login", httpStatus: 401, exitCode: 77 },
  LOGIN_RATE_LIMITED: { errorClass: "AuthError", retry: "later", httpStatus: 429, exitCode: 75 },
  PERMISSION_DENIED: { errorClass: "AuthError", retry: "no", httpStatus: 403, exitCode: 77 },
  CONNECTION_FAILED: { errorClass: "TransportError", retry: "later", httpStatus: 502, exitCode: 75 },
  CONNECTION_LOST: { errorClass: "TransportError", retry: "same-submit-key", httpStatus: 504, exitCode: 75 },
  RESPONSE_TIMEOUT: { errorClass: "TransportError", retry: "same-submit-key", httpStatus: 504, exitCode: 75 },
  RATE_LIMITED: { errorClass: "TransportError", retry: "later", httpStatus: 429, exitCode: 75 },
  TLS_UNTRUSTED: { errorClass: "TransportError", retry: "no", httpStatus: 502, exitCode: 76 },
  HOST_KEY_MISMATCH: { errorClass: "TransportError", retry: "no", httpStatus: 502, exitCode: 76 },
  HOST_KEY_UNKNOWN: { errorClass: "TransportError", retry: "no", httpStatus: 502, exitCode: 76 },
  SPEC_INVALID: { errorClass: "SpecError", retry: "no", httpStatus: 422, exitCode: 65 },
  SPEC_REJECTED: { errorClass: "SpecError", retry: "no", httpStatus: 422, exitCode: 65 },
  APPLICATION_UNKNOWN: { errorClass: "SpecError", retry: "no", httpStatus: 404, exitCode: 65 },
  SUBMIT_AMBIGUOUS: { errorClass: "SchedulerError", retry: "no", httpStatus: 409, exitCode: 75 },
  QUOTA_EXCEEDED: { errorClass: "SchedulerError", retry: "later", httpStatus: 429, exitCode: 75 },
  SCHEDULER_UNAVAILABLE: { errorClass: "SchedulerError", retry: "later", httpStatus: 503, exitCode: 75 },
  OPERATION_REFUSED: { errorClass: "SchedulerError", retry: "no", httpStatus: 409, exitCode: 65 },
  JOB_NOT_FOUND: { errorClass: "SchedulerError", retry: "no", httpStatus: 404, exitCode: 66 },
  JOB_NOT_SUCCEEDED: { errorClass: "SchedulerError", retry: "no", httpStatus: 409, exitCode: 1 },
  OUTPUT_UNREADABLE: { errorClass: "SchedulerError", retry: "no", httpStatus: 502, exitCode: 70 },
  NOT_SUPPORTED: { errorClass: "NotSupportedError", retry: "no", httpStatus: 501, exitCode: 69 },
  FILE_NOT_FOUND: { errorClass: "FileError", retry: "no", httpStatus: 404, exitCode: 66 },
  FILE_EXISTS: { errorClass: "FileError", retry: "no", httpStatus: 409, exitCode: 73 },
  FILE_UNREADABLE: { errorClass: "FileError", retry: "no", httpStatus: 403, exitCode: 66 },
  FILE_UNWRITABLE: { errorClass: "FileError", retry: "no", httpStatus: 403, exitCode: 73 },
  FILE_KIND_WRONG: { errorClass: "FileError", retry: "no", httpStatus: 409, exitCode: 66 },
  FILE_NAME_REFUSED: { errorClass: "FileError", retry: "no", httpStatus: 400, exitCode: 65 },
  DISK_FULL: { errorClass: "FileError", retry: "later", httpStatus: 507, exitCode: 73 },
  TRANSFER_INCOMPLETE: { errorClass: "TransferError", retry: "resume", httpStatus: 502, exitCode: 74 },
  TRANSFER_CORRUPT: { errorClass: "TransferError", retry: "resume", httpStatus: 502, exitCode: 74 },
  TRANSFER_TOO_LARGE: { errorClass: "TransferError", retry: "no", httpStatus: 413, exitCode: 65 },
  TRANSFER_REFUSED: { errorClass: "TransferError", retry: "no", httpStatus: 409, exitCode: 73 },
  ABORTED: { errorClass: "AbortedError", retry: "no", httpStatus: 499, exitCode: 130 },
} as const satisfies Record<string, ErrorCodeEntry>;

interface ErrorCodeEntry {
  readonly errorClass: string;
  readonly retry: "no" | "later" | "after-login" | "same-submit-key" | "resume";
  readonly httpStatus: number;
  readonly exitCode: number;
}

/** What a program branches on: a key of the table. */
export type ErrorCode = keyof typeof errorCodes;

/** The codes that one error class may carry. */
export type CodesOf<ClassName extends string> = {
  [Code in ErrorCode]: (typeof errorCodes)[Code]["errorClass"] extends ClassName ? Code : never;
}[ErrorCode];
