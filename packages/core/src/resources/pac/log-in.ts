import { AuthError, isScarfError, SchedulerError, ValueError } from "../../errors/index.js";
import { type HttpAnswer, type HttpClient, isHtml, summarisePage } from "../../transports/http/index.js";
import {
  isToken,
  parseLogonAnswer,
  parseTokenPage,
  renderLogonRequest,
  renderTokenCookie,
  WireFormatError,
  wireHeaders,
} from "../../wire/index.js";
import type { CallOptions, Credentials } from "../compute-resource.js";
import { maskSecret } from "../mask-secret.js";
import type { PacLogin } from "./pac-options.js";
import { oneLine, pageInsteadOfAnswer, sentence, type Who } from "../session-errors.js";
import { gatewayError, statusError } from "./refusals.js";

/** What a log-in has given. */
export interface LoggedIn {
  readonly token: string;
  readonly baseUrl: string;
  readonly gateway: string | undefined;
  readonly capabilities: string | undefined;
  readonly expiresAt: Date | undefined;
}

interface LogInSetup {
  readonly client: HttpClient;
  readonly resourceId: string;
  readonly baseUrl: string;
  readonly login: PacLogin;
}

/** @throws {AuthError} `AUTH_FAILED`. @throws {ValueError} `PROPERTY_MISSING`. The password appears in no error. */
export async function logIn(
  setup: LogInSetup,
  { userName, password }: Credentials,
  { signal }: CallOptions,
): Promise<LoggedIn> {
  const who = { resourceId: setup.resourceId, userName };
  if (userName === "") throw missing("user name", who);
  if (password === undefined || password === "") throw missing("password", who);
  const answer =
    setup.login.kind === "logon"
      ? await sendLogon(setup, { userName, password }, signal)
      : await sendTokenPage(setup, setup.login, { userName, password }, signal);
  const text = await answer.text(65_536);
  // What the answer says goes into errors, and may repeat the request.
  const mask: Mask = (said) => maskSecret(said, password);
  const named = gatewayError(answer.headers, mask(text), who);
  if (named !== undefined) throw named.code === "SESSION_EXPIRED" ? authFailed(who, mask(text)) : named;
  if (answer.status !== 200) throw statusError(who, answer.status, mask(text));
  const { token, baseUrl } =
    setup.login.kind === "logon"
      ? { token: readLogon(text, mask, answer, who), baseUrl: setup.baseUrl }
      : readTokenPage(text, mask, setup, setup.login, who);
  const expires = new Date(answer.headers[wireHeaders.sessionExpires] ?? Number.NaN);
  return {
    token,
    baseUrl,
    gateway: answer.headers[wireHeaders.gateway],
    capabilities: answer.headers[wireHeaders.capabilities],
    expiresAt: Number.isNaN(expires.getTime()) ? undefined : expires,
  };
}

/** Takes the password out of what the other side said. */
type Mask = (said: string) => string;

interface Secret {
  readonly userName: string;
  readonly password: string;
}

function sendLogon(
  { client, baseUrl }: LogInSetup,
  secret: Secret,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return client.send({
    method: "GET",
    url: `${baseUrl}webservice/pacclient/logon/`,
    headers: {
      Accept: "text/plain,application/xml,text/xml,multipart/mixed",
      "Content-Type": "application/xml",
      Cookie: renderTokenCookie(""),
    },
    body: renderLogonRequest(secret),
    signal,
    timeouts: { totalSeconds: 120 },
  });
}

function sendTokenPage(
  { client }: LogInSetup,
  login: Extract<PacLogin, { readonly kind: "token-page" }>,
  { userName, password }: Secret,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  // `encodeURIComponent`, not URLSearchParams: a space becomes %20, which every CGI library decodes, `+` and `#` survive.
  const form = `username=${encodeForm(userName)}&password=${encodeForm(password)}`;
  const common = { signal, timeouts: { totalSeconds: 120 } };
  if (login.method === "query") return client.send({ method: "GET", url: `${login.url}?${form}`, ...common });
  return client.send({
    method: "POST",
    url: login.url,
    headers: { Accept: "text/plain", "Content-Type": "application/x-www-form-urlencoded" },
    body: form,
    ...common,
  });
}

/** Everything outside `A-Za-z0-9-_.~` becomes `%xx`. */
function encodeForm(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function readLogon(text: string, mask: Mask, answer: HttpAnswer, who: Who): string {
  if (isHtml(answer.headers["content-type"], text)) throw pageInsteadOfAnswer(who, mask(text), answer.status);
  try {
    const logon = parseLogonAnswer(text);
    if (logon.kind === "refused") throw authFailed(who, mask(logon.message));
    return checkedToken(
      logon.jtoken === undefined ? logon.token : `${logon.token},JSESSIONID=${logon.jtoken}`,
      who,
    );
  } catch (error) {
    if (error instanceof WireFormatError) throw unreadableLogIn(who, error);
    throw error;
  }
}

function readTokenPage(
  text: string,
  mask: Mask,
  setup: LogInSetup,
  login: Extract<PacLogin, { readonly kind: "token-page" }>,
  who: Who,
): { readonly token: string; readonly baseUrl: string } {
  const page = parseTokenPage(text);
  // A wrong password is a page too, in words that nobody has written down.
  if (page === undefined) throw authFailed(who, summarisePage(mask(text)));
  return {
    baseUrl: checkedBaseUrl(page.baseUrl, setup, login.url, who),
    token: checkedToken(page.token, who),
  };
}

/**
 * The page says where the service is, and the token goes there with every call. So it must be a place we know: the configured
 * host or that of the page, by https unless the configured address is itself plain http on that very host.
 */
export function checkedBaseUrl(
  told: string,
  setup: Pick<LogInSetup, "baseUrl">,
  pageUrl: string,
  who: Who,
): string {
  const url = new URL(told);
  const configured = new URL(setup.baseUrl);
  const hosts = [configured.hostname, new URL(pageUrl).hostname];
  const plainAllowed = configured.protocol === "http:" && url.host === configured.host;
  if (hosts.includes(url.hostname) && (url.protocol === "https:" || plainAllowed)) {
    return `${url.origin}${url.pathname.replace(/\/?$/, "/")}`;
  }
  throw new AuthError(
    "AUTH_FAILED",
    `The log-in page sends ${who.userName} to ${url.origin}, which is not the address of ${who.resourceId}; the token was not sent there.`,
    {
      hint: `If the service has moved, change the address of the resource: scarf resource show ${who.resourceId}.`,
      context: {
        resource: who.resourceId,
        user: who.userName,
        told: url.origin,
        expected: configured.origin,
      },
    },
  );
}

/** A token is one line of at least two parts; anything else would be a session that does not exist. */
function checkedToken(token: string, who: Who): string {
  const bare = token.split(",JSESSIONID=")[0] ?? "";
  if (isToken(bare)) return token;
  throw new AuthError(
    "AUTH_FAILED",
    token === ""
      ? `${who.resourceId} accepted ${who.userName} but gave no token.`
      : `${who.resourceId} gave ${who.userName} a token that can't be used.`,
    { hint: "Try again; if it stays, tell the administrators of the resource.", context: contextOf(who) },
  );
}

function authFailed(who: Who, said: string): AuthError {
  const line = oneLine(said.replace(/<\?xml[^>]*>/, "").replaceAll(/<\/?(?:User|errMsg)>/g, " "));
  const tail = line === "" ? "." : `: ${sentence(line)}`;
  return new AuthError(
    "AUTH_FAILED",
    `${who.resourceId} did not accept the log-in of ${who.userName}${tail}`,
    {
      hint: "Check user name and password; after several wrong ones a site may lock the account for a while. If that says nothing about a password, the service may be under maintenance, or its address may be wrong: scarf resource show.",
      context: contextOf(who),
    },
  );
}

function unreadableLogIn(who: Who, cause: unknown): SchedulerError {
  return new SchedulerError(
    "OUTPUT_UNREADABLE",
    `${who.resourceId} answered the log-in with something unreadable.`,
    {
      hint: "Check the address of the resource: scarf resource show.",
      context: contextOf(who),
      cause: isScarfError(cause) ? undefined : cause,
    },
  );
}

function missing(what: string, who: Who): ValueError {
  return new ValueError("PROPERTY_MISSING", `A ${what} is needed to log in on ${who.resourceId}.`, {
    hint: `Give a ${what}.`,
    context: contextOf(who),
  });
}

function contextOf(who: Who): Record<string, unknown> {
  return { resource: who.resourceId, user: who.userName };
}
