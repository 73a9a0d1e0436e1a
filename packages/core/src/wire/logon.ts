import { WireFormatError } from "./wire-format-error.js";
import { readWsValues } from "./ws/ws-document.js";
import { lenientElementText } from "./xml/xml-values.js";
import { escapeXml, xmlDeclaration, xmlElement } from "./xml/xml-text.js";

export interface LogonRequest {
  readonly userName: string;
  readonly password: string;
}

/** Body of `logon`, spaces as IBM's client writes them. */
export function renderLogonRequest({ userName, password }: LogonRequest): string {
  return `<User><name>${escapeXml(userName)}</name> <pass>${escapeXml(password)}</pass> </User>`;
}

/**
 * Reads the body of `logon`. SCARF's client escapes nothing and the user name is escaped by none, so ill-formed XML is
 * taken apart at its tags. `undefined` = no name or no password in it.
 */
export function parseLogonRequest(body: string): LogonRequest | undefined {
  const userName = lenientElementText(body, "name");
  const password = lenientElementText(body, "pass");
  return userName === undefined || userName === "" || password === undefined
    ? undefined
    : { userName, password };
}

/** Body of a `logon` by client certificate: who it is stands in the certificate. */
export const certificateLogonRequest = "<User></User>";

/** Answer to `logon`. */
export type LogonAnswer =
  | { readonly kind: "token"; readonly token: string; readonly jtoken?: string }
  /** To a client certificate there is no token: every later call shows the certificate again. */
  | { readonly kind: "certificate"; readonly userName: string; readonly jtoken?: string }
  | { readonly kind: "refused"; readonly message: string };

export function renderLogonAnswer(answer: Exclude<LogonAnswer, { readonly kind: "certificate" }>): string {
  const inner =
    answer.kind === "refused"
      ? xmlElement("errMsg", answer.message)
      : `<token>${escapeXml(answer.token).replaceAll("&quot;", '"')}</token>`;
  return `${xmlDeclaration}<User>${inner}</User>`;
}

/**
 * Reads the answer of either generation, in XML or JSON.
 * @throws {WireFormatError} neither a token nor a name nor an error message.
 */
export function parseLogonAnswer(body: string): LogonAnswer {
  const values = readWsValues(body);
  const refusal = values.get("errMsg");
  if (refusal !== undefined) return { kind: "refused", message: refusal.trim() };
  const token = values.get("token")?.trim() ?? "";
  const userName = values.get("name")?.trim() ?? "";
  const jtoken = values.get("jtoken")?.trim() ?? "";
  const more = jtoken === "" ? {} : { jtoken };
  if (token !== "") return { kind: "token", token, ...more };
  if (userName !== "") return { kind: "certificate", userName, ...more };
  throw new WireFormatError("malformed", "The log-in answer holds neither a token nor an error message.");
}

/** Answer of SCARF's page `cgi-bin/token.py`: base URL, line feed (Mantid keeps a carriage return), token. */
export function renderTokenPage(baseUrl: string, token: string): string {
  return `${baseUrl}\n${token}\n`;
}

/** `undefined` = the text is not a success: its first line is no URL. The token is empty when line 2 is missing. */
export function parseTokenPage(
  text: string,
): { readonly baseUrl: string; readonly token: string } | undefined {
  const [first = "", second = ""] = text.split("\n").map((line) => line.trim());
  return /^https?:\/\/[^\s<>"]+$/.test(first) ? { baseUrl: first, token: second } : undefined;
}
