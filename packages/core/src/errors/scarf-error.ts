import { type ErrorCode, errorCodes } from "./codes.js";

/** What an error tells besides its message. */
export interface ScarfErrorDetails {
  /** What to do next, as a sentence for the user. */
  readonly hint?: string;
  /** For the log: resource, user, job id, URL without query, HTTP status … Never a secret. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Base of all expected failures. Branch on `code`, never on the text. A bug is an ordinary `Error`. */
export abstract class ScarfError<Code extends ErrorCode = ErrorCode> extends Error {
  abstract override readonly name: string;
  readonly code: Code;
  readonly hint: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, details: ScarfErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = details.hint;
    this.context = details.context ?? {};
  }

  get httpStatus(): number {
    return errorCodes[this.code].httpStatus;
  }

  get exitCode(): number {
    return errorCodes[this.code].exitCode;
  }
}

/** Also true for an error from a second copy of this package. */
export function isScarfError(error: unknown): error is ScarfError {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    Object.hasOwn(errorCodes, error.code) &&
    "hint" in error
  );
}
