import { type ErrorCode, isScarfError } from "scarf-tomo";
import {
  maskNote,
  renderJobFilesMessage,
  sessionEndedText,
  WireFormatError,
  xmlElement,
} from "scarf-tomo/wire";
import { type ExistingFile, existingFileOf } from "./name-existing-file.js";
import { errorHeaders, type PacAnswer, textAnswer, xmlAnswer } from "./pac-answer.js";
import type { PacRequest } from "./pac-request.js";

/** What goes wrong, as the client is told. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  /** When it is worth trying again, where that is known. */
  readonly retryAfterSeconds?: number;
  /** The file that is in the way. */
  readonly existing?: ExistingFile;
}

/** How an operation reports a failure: the clients of each one look for something else. */
export type ErrorForm = (failure: Failure, request: PacRequest) => PacAnswer;

/** HTTP 200 and `<errMsg>`, never empty: clients crash on an empty one. */
export function xmlError(root: string, after = ""): ErrorForm {
  return ({ code, message, hint }) => {
    const text = xmlElement("errMsg", message);
    return xmlAnswer(root, (root === "Jobs" ? maskNote(text) : text) + after, errorHeaders(code, hint));
  };
}

/** HTTP 200 and the message. */
export const textError: ErrorForm = ({ code, message, hint }) =>
  textAnswer(message, errorHeaders(code, hint));

/** The message without slashes: a text with one would be taken for a list of files. */
export const slashlessError: ErrorForm = ({ code, message, hint }) =>
  textAnswer(renderJobFilesMessage(message), errorHeaders(code, hint));

/**
 * An upload's failure. Without the word `successfully`, by which clients recognise the opposite, whatever the file is called.
 */
export const uploadError: ErrorForm = ({ code, message, hint }) =>
  textAnswer(message.replaceAll(/successfully/gi, "success…"), errorHeaders(code, hint));

/** Understands what was thrown; `undefined` = it is a bug of ours, and its text is for the log only. */
export function toFailure(error: unknown): Failure | undefined {
  if (isScarfError(error)) {
    const message = error.message.trim() || error.code;
    const said =
      isSessionEnd(error) && !message.includes(sessionEndedText)
        ? `${sessionEndedText}: ${message}`
        : message;
    const { retryAfterSeconds } = error.context;
    const existing = existingFileOf(error.context);
    return {
      code: error.code,
      message: said,
      hint: error.hint,
      ...(typeof retryAfterSeconds === "number" && { retryAfterSeconds }),
      ...(existing !== undefined && { existing }),
    };
  }
  if (error instanceof WireFormatError) {
    return {
      code: wireCodes[error.problem],
      message: `The request can't be understood. ${error.message}`,
      hint: error.problem === "truncated" ? "Send it again." : "Check the program that sent it.",
    };
  }
  return undefined;
}

/** Whether an error means that the session behind the token has ended. */
export function isSessionEnd(error: unknown): boolean {
  return isScarfError(error) && (error.code === "SESSION_EXPIRED" || error.code === "NOT_LOGGED_IN");
}

const wireCodes = {
  truncated: "TRANSFER_INCOMPLETE",
  malformed: "USAGE_INVALID",
  "too-large": "TRANSFER_TOO_LARGE",
} as const;
