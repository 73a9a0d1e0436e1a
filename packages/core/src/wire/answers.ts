import { WireFormatError } from "./wire-format-error.js";
import { readXmlValues } from "./xml/xml-values.js";
import { xmlDeclaration, xmlElement } from "./xml/xml-text.js";

/** Message when a token is not known or has run out. lsf_faas drops its token when it reads the middle part. */
export const sessionEndedText = "Your current login session was logout";

/** True for every wording by which the service says that a log-in no longer holds. */
export function saysSessionEnded(text: string): boolean {
  return (
    text.includes(sessionEndedText) ||
    /\b(?:session|token)\b[^.]{0,60}\b(?:expired|timed out|invalid|no longer valid|logged ?out)\b/i.test(
      text,
    ) ||
    /\bnot logged (?:on|in)\b|\bplease log ?(?:on|in)\b/i.test(text)
  );
}

/** Answer to `submitapp`. */
export type SubmitAnswer = { readonly jobId: string } | { readonly errorMessage: string };

export function renderSubmitAnswer(answer: SubmitAnswer): string {
  return "jobId" in answer
    ? `${xmlDeclaration}<Job>${xmlElement("id", answer.jobId)}</Job>`
    : `${xmlDeclaration}<Job>${xmlElement("errMsg", answer.errorMessage)}${xmlElement("id", "0")}</Job>`;
}

/** @throws {WireFormatError} neither an id nor an error message: nobody knows whether there is a job. */
export function parseSubmitAnswer(body: string): SubmitAnswer {
  const values = readXmlValues(body);
  const errorMessage = values.get("errMsg");
  if (errorMessage !== undefined) return { errorMessage: errorMessage.trim() };
  const jobId = values.get("id")?.trim() ?? "";
  if (jobId === "" || jobId === "0") {
    throw new WireFormatError("malformed", "The answer to the submit holds no job id and no error message.");
  }
  return { jobId };
}

/** Answer to `jobOperation` (`actionMsg`) and `userCmd` (`cmdMsg`). */
export type ActionAnswer = { readonly message: string } | { readonly errorMessage: string };

export function renderActionAnswer(answer: ActionAnswer, jobId: string): string {
  return "message" in answer
    ? `${xmlDeclaration}<Job>${xmlElement("actionMsg", answer.message)}${xmlElement("id", jobId)}</Job>`
    : `${xmlDeclaration}<Job>${xmlElement("errMsg", answer.errorMessage)}${xmlElement("id", "0")}</Job>`;
}

export function renderCommandAnswer(answer: ActionAnswer): string {
  const inner =
    "message" in answer ? xmlElement("cmdMsg", answer.message) : xmlElement("errMsg", answer.errorMessage);
  return `${xmlDeclaration}<UserCmd>${inner}</UserCmd>`;
}

/** Reads either answer. @throws {WireFormatError} neither message is there, so nobody knows what happened. */
export function parseActionAnswer(body: string): ActionAnswer {
  const values = readXmlValues(body);
  const errorMessage = values.get("errMsg");
  if (errorMessage !== undefined) return { errorMessage: errorMessage.trim() };
  const message = values.get("actionMsg") ?? values.get("cmdMsg");
  if (message === undefined) {
    throw new WireFormatError("malformed", "The answer says neither that it was done nor why not.");
  }
  return { message: message.trim() };
}

/** Body of `userCmd`. Arguments stand in double quotes, as IBM's client writes them. */
export function renderUserCommand(argv: readonly [string, ...string[]]): string {
  const [program, ...args] = argv;
  const words = [
    program,
    ...args.map((argument) => `"${argument.replaceAll(/(["\\$`])/g, String.raw`\$1`)}"`),
  ];
  return `<UserCmd>${xmlElement("cmd", words.join(" "))}</UserCmd>`;
}

/** An application of `appStatus`. */
export interface PublishedApplication {
  readonly name: string;
  /** `Published`; other words are not known. */
  readonly status: string;
}

/** A field of `appParams`. */
export interface ApplicationField {
  readonly id: string;
  readonly label: string;
  readonly mandatory: boolean;
  readonly defaultValue?: string;
}

export function renderApplications(applications: readonly PublishedApplication[]): string {
  const infos = applications.map(
    ({ name, status }) => `<AppInfo>${xmlElement("appName", name)}${xmlElement("status", status)}</AppInfo>`,
  );
  return `${xmlDeclaration}<AppInfos>${infos.join("")}</AppInfos>`;
}

/** Every child has text, `-` for nothing: IBM's client crashes on an empty one. */
export function renderApplicationFields(fields: readonly ApplicationField[]): string {
  const params = fields.map(
    (field) =>
      `<AppParam>${xmlElement("defaultValue", field.defaultValue || "-")}${xmlElement("id", field.id)}` +
      `${xmlElement("label", field.label || "-")}${xmlElement("mandatory", field.mandatory ? "yes" : "no")}</AppParam>`,
  );
  return `${xmlDeclaration}<AppParams>${params.join("")}</AppParams>`;
}
