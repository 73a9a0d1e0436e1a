import { WireFormatError } from "../wire-format-error.js";
import { parseJsonObject, textOf } from "../json-object.js";

/** Path components behind the base address, case-sensitive. */
export const mantidCalls = [
  "info",
  "authenticate",
  "transaction",
  "files",
  "download",
  "upload",
  "submit",
  "query",
  "abort",
] as const;
export type MantidCall = (typeof mantidCalls)[number];

/** Answer to `transaction?Action=Start`. */
export function renderTransactionAnswer(transactionId: string): string {
  return JSON.stringify({ TransID: transactionId });
}

/** @throws {WireFormatError} `malformed`: there is no id in it. */
export function parseTransactionAnswer(text: string): string {
  return required(textOf(parseJsonObject(text)["TransID"]), "TransID");
}

export interface MantidSubmitAnswer {
  readonly jobId: string;
  /** Our gateway's: the transaction that the job belongs to, which for a submit key seen before is an earlier one. */
  readonly transactionId?: string;
}

export function renderMantidSubmitAnswer({ jobId, transactionId }: MantidSubmitAnswer): string {
  return JSON.stringify({ JobID: jobId, ...(transactionId !== undefined && { TransID: transactionId }) });
}

/** @throws {WireFormatError} `malformed`: there is no id in it. */
export function parseMantidSubmitAnswer(text: string): MantidSubmitAnswer {
  const answer = parseJsonObject(text);
  const jobId = required(textOf(answer["JobID"]), "JobID");
  const transactionId = textOf(answer["TransID"]);
  return { jobId, ...(transactionId !== undefined && { transactionId }) };
}

/** A failure. The page of the interface writes `error_msg` in one place, Mantid reads `Err_Msg`: both are sent. */
export function renderMantidError(message: string): string {
  return JSON.stringify({ Err_Msg: message, error_msg: message });
}

/** The message of a failure; undefined for anything that is not one, such as a web page. */
export function parseMantidError(text: string): string | undefined {
  try {
    const answer = parseJsonObject(text);
    const message = textOf(answer["Err_Msg"]) ?? textOf(answer["error_msg"]);
    return message === undefined || message.trim() === "" ? undefined : message;
  } catch {
    return undefined;
  }
}

function required(id: string | undefined, member: string): string {
  if (id !== undefined && id !== "") return id;
  throw new WireFormatError("malformed", `It has no ${member}.`);
}
