import { AuthError } from "../../../errors/index.js";
import { type HttpAnswer, type HttpClient, summarisePage } from "../../../transports/http/index.js";
import { type LogonRequest, parseTokenPage } from "../../../wire/index.js";
import type { Who } from "../../session-errors.js";
import type { PacLogin } from "../pac-options.js";
import { checkedToken } from "./checked-token.js";
import { authFailed, type Mask } from "./log-in-errors.js";

type TokenPage = Extract<PacLogin, { readonly kind: "token-page" }>;

export function sendTokenPage(
  client: HttpClient,
  login: TokenPage,
  { userName, password }: LogonRequest,
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

export function readTokenPage(
  text: string,
  mask: Mask,
  setup: { readonly baseUrl: string },
  login: TokenPage,
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
  setup: { readonly baseUrl: string },
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
