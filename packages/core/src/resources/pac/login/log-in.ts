import { AuthError } from "../../../errors/index.js";
import type { HttpAnswer, HttpClient } from "../../../transports/http/index.js";
import { certificateLogonRequest, renderLogonRequest, wireHeaders } from "../../../wire/index.js";
import type { CallOptions, Credentials } from "../../compute-resource.js";
import { maskSecret } from "../../mask-secret.js";
import type { Who } from "../../session-errors.js";
import { isLacking } from "../current/current-failure.js";
import type { PacLogin } from "../pac-options.js";
import type { PacGeneration } from "../pac-wire.js";
import { gatewayError, statusError } from "../refusals.js";
import { checkedToken } from "./checked-token.js";
import { authFailed, contextOf, type Mask, missing } from "./log-in-errors.js";
import { readLogon, sendLogon } from "./logon.js";
import { readTokenPage, sendTokenPage } from "./token-page.js";

/** What a log-in has given. */
export interface LoggedIn {
  readonly userName: string;
  /** What the cookie says from now on; nothing for who shows a certificate with each request. */
  readonly token: string;
  readonly baseUrl: string;
  readonly gateway: string | undefined;
  readonly capabilities: string | undefined;
  readonly expiresAt: Date | undefined;
}

export interface LogInSetup {
  readonly client: HttpClient;
  readonly resourceId: string;
  readonly baseUrl: string;
  readonly login: Exclude<PacLogin, { readonly kind: "bearer" }>;
  /** The first that the server has is used. */
  readonly generations: readonly [PacGeneration, ...PacGeneration[]];
}

/** @throws {AuthError} `AUTH_FAILED`. @throws {ValueError} `PROPERTY_MISSING`. The password appears in no error. */
export async function logIn(
  setup: LogInSetup,
  { userName, password }: Credentials,
  { signal }: CallOptions,
): Promise<LoggedIn> {
  const { client, login } = setup;
  if (login.kind === "certificate") return logInByCertificate(setup, userName, signal);
  const who = { resourceId: setup.resourceId, userName };
  if (userName === "") throw missing("user name", who);
  if (password === undefined || password === "") throw missing("password", who);
  const mask: Mask = (said) => maskSecret(said, password);
  if (login.kind === "logon") {
    const { logon, answer } = await logOn(
      setup,
      renderLogonRequest({ userName, password }),
      mask,
      who,
      signal,
    );
    if (logon.kind === "certificate") throw authFailed(who, "it gave no token");
    const { token, jtoken } = logon;
    const whole = jtoken === undefined ? token : `${token},JSESSIONID=${jtoken}`;
    return { userName, token: checkedToken(whole, who), baseUrl: setup.baseUrl, ...detailsOf(answer) };
  }
  const answer = await sendTokenPage(client, login, { userName, password }, signal);
  const text = await readText(answer, mask, who);
  if (answer.status !== 200) throw statusError(who, answer.status, mask(text));
  return { userName, ...readTokenPage(text, mask, setup, login, who), ...detailsOf(answer) };
}

/** @param userName - the user that is expected; empty = whoever the certificate says. */
async function logInByCertificate(
  setup: LogInSetup,
  userName: string,
  signal: AbortSignal | undefined,
): Promise<LoggedIn> {
  const who = { resourceId: setup.resourceId, userName: userName === "" ? "the certificate" : userName };
  const { logon, answer } = await logOn(setup, certificateLogonRequest, (said) => said, who, signal);
  const told = logon.kind === "certificate" ? logon.userName : userName;
  if (userName !== "" && told !== userName) {
    throw new AuthError(
      "AUTH_FAILED",
      `The certificate is the one of ${told} on ${setup.resourceId}, not of ${userName}.`,
      {
        hint: "Log in without a user name, or name the files of another certificate in the resource's definition.",
        context: { ...contextOf(who), told },
      },
    );
  }
  if (told === "") throw authFailed(who, "it does not say whose the certificate is");
  const end = logon.jtoken === undefined ? "" : `,JSESSIONID=${logon.jtoken}`;
  const token = logon.kind === "token" ? checkedToken(`${logon.token}${end}`, who) : end;
  return { userName: told, token, baseUrl: setup.baseUrl, ...detailsOf(answer) };
}

/** The service's own log-in, in the first generation of `setup` that has one. */
async function logOn(
  { client, baseUrl, generations }: LogInSetup,
  body: string,
  mask: Mask,
  who: Who,
  signal: AbortSignal | undefined,
): Promise<{ readonly logon: ReturnType<typeof readLogon>; readonly answer: HttpAnswer }> {
  let lacking: unknown;
  for (const generation of generations) {
    const answer = await sendLogon(client, baseUrl, generation, body, signal);
    const text = await readText(answer, mask, who);
    try {
      return { logon: readLogon(answer, text, mask, { generation, who }), answer };
    } catch (error) {
      if (!isLacking(error)) throw error;
      lacking ??= error;
    }
  }
  throw lacking;
}

/** @throws what our gateway names by code. */
async function readText(answer: HttpAnswer, mask: Mask, who: Who): Promise<string> {
  const text = await answer.text(65_536);
  const named = gatewayError(answer.headers, mask(text), who);
  if (named !== undefined) throw named.code === "SESSION_EXPIRED" ? authFailed(who, mask(text)) : named;
  return text;
}

function detailsOf({ headers }: HttpAnswer): Pick<LoggedIn, "gateway" | "capabilities" | "expiresAt"> {
  const expires = new Date(headers[wireHeaders.sessionExpires] ?? Number.NaN);
  return {
    gateway: headers[wireHeaders.gateway],
    capabilities: headers[wireHeaders.capabilities],
    expiresAt: Number.isNaN(expires.getTime()) ? undefined : expires,
  };
}
