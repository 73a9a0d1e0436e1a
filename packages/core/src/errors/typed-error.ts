import { AbortedError } from "./aborted-error.js";
import { AuthError } from "./auth-error.js";
import { type ErrorCode, errorCodes } from "./codes.js";
import { ConfigError } from "./config-error.js";
import { FileError } from "./file-error.js";
import { NotSupportedError } from "./not-supported-error.js";
import type { ScarfError, ScarfErrorDetails } from "./scarf-error.js";
import { SchedulerError } from "./scheduler-error.js";
import { SpecError } from "./spec-error.js";
import { TransferError } from "./transfer-error.js";
import { TransportError } from "./transport-error.js";
import { ValueError } from "./value-error.js";

/** An error of the class that carries `code`: for codes that are known only when the program runs. */
export function typedError(code: ErrorCode, message: string, details: ScarfErrorDetails): ScarfError {
  switch (code) {
    case "CONFIG_INVALID":
    case "RESOURCE_UNKNOWN":
      return new ConfigError(code, message, details);
    case "USAGE_INVALID":
    case "PROPERTY_UNKNOWN":
    case "PROPERTY_INVALID":
    case "PROPERTY_MISSING":
    case "NOT_LOGGED_IN":
      return new ValueError(code, message, details);
    case "AUTH_FAILED":
    case "SESSION_EXPIRED":
    case "LOGIN_RATE_LIMITED":
    case "PERMISSION_DENIED":
      return new AuthError(code, message, details);
    case "CONNECTION_FAILED":
    case "CONNECTION_LOST":
    case "RESPONSE_TIMEOUT":
    case "RATE_LIMITED":
    case "TLS_UNTRUSTED":
    case "HOST_KEY_MISMATCH":
    case "HOST_KEY_UNKNOWN":
      return new TransportError(code, message, details);
    case "SPEC_INVALID":
    case "SPEC_REJECTED":
    case "APPLICATION_UNKNOWN":
      return new SpecError(code, message, details);
    case "NOT_SUPPORTED":
      return new NotSupportedError(code, message, details);
    case "FILE_NOT_FOUND":
    case "FILE_EXISTS":
    case "FILE_UNREADABLE":
    case "FILE_UNWRITABLE":
    case "FILE_KIND_WRONG":
    case "FILE_NAME_REFUSED":
    case "DISK_FULL":
      return new FileError(code, message, details);
    case "TRANSFER_INCOMPLETE":
    case "TRANSFER_CORRUPT":
    case "TRANSFER_TOO_LARGE":
    case "TRANSFER_REFUSED":
      return new TransferError(code, message, details);
    case "ABORTED":
      return new AbortedError(code, message, details);
    default:
      return new SchedulerError(code, message, details);
  }
}

/** For codes that arrive by name from a gateway, which may be newer than we are. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
