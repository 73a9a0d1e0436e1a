import { renderSubmitAnswer, type ActionAnswer, type SubmitAnswer } from "../answers.js";
import { renderLogonAnswer } from "../logon.js";
import { WireFormatError } from "../wire-format-error.js";
import { readWsRecords, readWsValues, renderWsDocument } from "./ws-document.js";
import type { WsFormat } from "./ws-format.js";

/** Answer of `ping`, `jobfiles/{id}`, uploads and actions. */
export function renderWsMessage(message: string, format: WsFormat): string {
  return renderWsDocument("Message", { message }, format);
}

/** What became of one job of an action on several. */
export interface WsActionResult {
  readonly jobId: string;
  readonly done: boolean;
  readonly message: string;
}

/** Answer of an action, or with `error` its failure: a message for all, and behind it one for each of several jobs, which only our gateway tells. */
export function renderWsActionResults(
  results: readonly WsActionResult[],
  format: WsFormat,
  { error = false } = {},
): string {
  const message = results.map((result) => result.message).join("\n");
  const each = results.map(({ jobId, done, message: text }) => ({ done: done ? "yes" : "no", jobId, text }));
  const document = each.length > 1 ? { message, result: each } : { message };
  return renderWsDocument(error ? "error" : "Message", document, format);
}

/** The results for each of several jobs in either; of one job, and of IBM's service, there are none. @throws {WireFormatError} */
export function parseWsActionResults(body: string): readonly WsActionResult[] {
  return readWsRecords(body, "result").map((record) => ({
    jobId: record.get("jobId")?.trim() ?? "",
    done: record.get("done") === "yes",
    message: record.get("text")?.trim() ?? "",
  }));
}

/** Body of every answer with a status of 400 and more. */
export function renderWsError(message: string, format: WsFormat): string {
  return renderWsDocument("error", { message }, format);
}

/** Reads the text of either; `undefined` = the body is something else, such as a proxy's page or nothing. */
export function parseWsMessage(body: string): string | undefined {
  try {
    return readWsValues(body).get("message")?.trim();
  } catch (error) {
    if (error instanceof WireFormatError) return undefined;
    throw error;
  }
}

/**
 * Answer of `jobs/submit`. BatchEuphoria takes the whole text of the XML for the id; Bridge wants a number in JSON and takes
 * a text for a failure. An id that is no plain number (of another scheduler) stays a text.
 */
export function renderWsSubmitAnswer(jobId: string, format: WsFormat): string {
  if (format === "xml") return renderSubmitAnswer({ jobId });
  const number = Number(jobId);
  const plain = /^[1-9]\d*$/.test(jobId) && Number.isSafeInteger(number);
  return renderWsDocument("Job", { id: plain ? number : jobId }, format);
}

/** @throws {WireFormatError} there is no id, so nobody knows whether there is a job. */
export function parseWsSubmitAnswer(body: string): SubmitAnswer {
  const values = readWsValues(body);
  const jobId = values.get("id")?.trim() ?? "";
  if (jobId !== "" && jobId !== "0") return { jobId };
  const errorMessage = (values.get("errMsg") ?? values.get("message"))?.trim();
  if (errorMessage !== undefined && errorMessage !== "") return { errorMessage };
  throw new WireFormatError("malformed", "The answer to the submit holds no job id and no error message.");
}

/** Answer of `logon`, read by `parseLogonAnswer`. The quotes of the token are raw in XML and escaped in JSON, where IBM's has a `csrftoken` beside it. */
export function renderWsLogonAnswer(
  { token, csrfToken }: { readonly token: string; readonly csrfToken: string },
  format: WsFormat,
): string {
  return format === "xml"
    ? renderLogonAnswer({ kind: "token", token })
    : renderWsDocument("User", { csrftoken: csrfToken, token }, format);
}

/** Answer of `logon`, legacy and current, to a client that shows a certificate: its user's name in place of a token. */
export function renderCertificateLogonAnswer(userName: string, format: WsFormat): string {
  return renderWsDocument("User", { name: userName }, format);
}

/** Answer of `userCmd`, as the legacy one where it is XML. */
export function renderWsCommandAnswer(message: string, format: WsFormat): string {
  return renderWsDocument("UserCmd", { cmdMsg: message }, format);
}

/** @throws {WireFormatError} it says neither that it was done nor why not. */
export function parseWsCommandAnswer(body: string): ActionAnswer {
  const values = readWsValues(body);
  const errorMessage = values.get("errMsg");
  if (errorMessage !== undefined) return { errorMessage: errorMessage.trim() };
  const message = values.get("cmdMsg") ?? values.get("message");
  if (message !== undefined) return { message: message.trim() };
  throw new WireFormatError("malformed", "The answer says neither that it was done nor why not.");
}

/** Answer of `version`. */
export interface ProductInformation {
  readonly productName: string;
  readonly version: string;
  readonly buildNo: string;
  readonly buildDate: string;
}

export function renderProductInformation(information: ProductInformation, format: WsFormat): string {
  const { buildDate, buildNo, productName, version } = information;
  return renderWsDocument("ProductInformation", { buildDate, buildNo, productName, version }, format);
}

/** @throws {WireFormatError} there is no version in it: this is not the current generation of the service. */
export function parseProductInformation(body: string): ProductInformation {
  const values = readWsValues(body);
  const take = (name: string): string => values.get(name)?.trim() ?? "";
  if (take("version") === "") {
    throw new WireFormatError("malformed", "The answer does not tell the version of the service.");
  }
  return {
    productName: take("productName"),
    version: take("version"),
    buildNo: take("buildNo"),
    buildDate: take("buildDate"),
  };
}
