import {
  AbortedError,
  AuthError,
  ConfigError,
  type ErrorCode,
  errorCodes,
  FileError,
  NotSupportedError,
  SchedulerError,
  type ScarfError,
  type ScarfErrorDetails,
  SpecError,
  TransferError,
  TransportError,
  ValueError,
} from "../../errors/index.js";

/** The class that carries `code`, by the one table: for codes that arrive by name from a gateway. */
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
    case "TLS_UNTRUSTED":
    case "HOST_KEY_MISMATCH":
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

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
