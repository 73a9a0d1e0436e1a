import { isScarfError, type ScarfError } from "../../errors/index.js";
import { type HttpAnswer, type HttpBody, type HttpClient, isHtml } from "../../transports/http/index.js";
import {
  type MantidCall,
  mantidExtensions,
  parseServiceInfo,
  WireFormatError,
  wireHeaders,
} from "../../wire/index.js";
import { maskSecret } from "../mask-secret.js";
import { notLoggedIn, pageInsteadOfAnswer, sessionExpired, unreadable, type Who } from "../session-errors.js";
import { cookieValues, readCookies } from "./cookies.js";
import { gatewayRefusal, type Refusal, statusRefusal } from "./refusals.js";

/** One request of the interface. */
export interface MantidRequest {
  readonly call: MantidCall;
  /** Percent-encoded when it is sent, which Mantid itself never did. */
  readonly query?: Readonly<Record<string, string>>;
  readonly method?: "GET" | "POST";
  readonly body?: HttpBody;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly repeatable?: boolean;
  readonly ownConnection?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** What it is for, as in "refused to …". */
  readonly doing: string;
  /** Needs no session. */
  readonly anonymous?: boolean;
  /** What a status of 400 to 499 means for this call; undefined = what it means everywhere. */
  readonly explain?: (refusal: Refusal) => ScarfError | undefined;
}

/** What is known of the session and of the other side. Changes with its answers. */
export interface MantidState {
  /** As a request sends them; undefined: not logged in. */
  cookies: string | undefined;
  readonly extensions: readonly string[];
  readonly submitVariables: readonly string[];
  /** Comma list of what the resource behind our gateway can do; undefined: it is none of ours. */
  readonly declared: string | undefined;
  expiresAt: Date | undefined;
}

/** Small answers must come whole within this; only lists and files may take longer. */
const smallAnswerSeconds = 300;
/** 100,000 jobs of the longest kind. */
const mostTextBytes = 256 * 2 ** 20;

/** Sends calls with the session's cookies, and turns every failure that concerns all calls into a typed error. */
export class MantidWebService {
  readonly who: Who;
  readonly state: MantidState;
  readonly #client: HttpClient;
  readonly #baseUrl: string;

  /** @param baseUrl - with a slash at its end */
  constructor(client: HttpClient, baseUrl: string, who: Who, state: MantidState) {
    this.#client = client;
    this.#baseUrl = baseUrl;
    this.who = who;
    this.state = state;
  }

  /** Our gateway is at the other end. */
  get isGateway(): boolean {
    return this.state.declared !== undefined;
  }

  url({ call, query = {} }: Pick<MantidRequest, "call" | "query">): string {
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return `${this.#baseUrl}${call}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
  }

  /** The head of an answer that says success. */
  async open(request: MantidRequest, timeouts?: { readonly totalSeconds: number }): Promise<HttpAnswer> {
    const { cookies } = this.state;
    if (cookies === undefined && request.anonymous !== true) throw notLoggedIn(this.who);
    const answer = await this.#client.send({
      method: request.method ?? "GET",
      url: this.url(request),
      headers: {
        Accept: "application/json, */*",
        ...(request.contentType !== undefined && { "Content-Type": request.contentType }),
        ...(cookies !== undefined && cookies !== "" && { Cookie: cookies }),
        ...request.headers,
      },
      repeatable: request.repeatable ?? false,
      ownConnection: request.ownConnection ?? false,
      signal: request.signal,
      ...(request.body !== undefined && { body: request.body }),
      ...(timeouts !== undefined && { timeouts }),
    });
    this.#note(answer);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const body = this.mask(await answer.text(65_536).catch(() => ""));
    throw await this.#refusal(request, { httpStatus: answer.status, headers: answer.headers, body });
  }

  /** The text of a small answer; a web page is refused. */
  async text(request: MantidRequest): Promise<string> {
    const answer = await this.open(request, { totalSeconds: smallAnswerSeconds });
    const text = await answer.text(mostTextBytes);
    if (isHtml(answer.headers["content-type"], text))
      throw pageInsteadOfAnswer(this.who, this.mask(text), answer.status);
    return text;
  }

  /** A small answer in JSON, read by `parse`. */
  async json<Result>(request: MantidRequest, parse: (body: string) => Result): Promise<Result> {
    const text = await this.text(request);
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof WireFormatError ? unreadable(this.who, request.doing, error) : error;
    }
  }

  /** What the other side says goes into errors, and may repeat the request with its cookies. */
  mask(said: string): string {
    return cookieValues(this.state.cookies ?? "").reduce(maskSecret, said);
  }

  async #refusal(request: MantidRequest, refusal: Refusal): Promise<ScarfError> {
    const named = gatewayRefusal(refusal, this.who);
    if (named !== undefined) return named;
    const { httpStatus, body } = refusal;
    if (request.anonymous !== true) {
      if (httpStatus === 401) return sessionExpired(this.who, body);
      // No page says which of the two it is without a session; one of the two means something else than an end.
      if (httpStatus === 403 && !(await this.#isStillLoggedIn())) return sessionExpired(this.who, body);
    }
    const explained = httpStatus < 500 ? request.explain?.(refusal) : undefined;
    return explained ?? statusRefusal(refusal, this.who, request.doing);
  }

  async #isStillLoggedIn(): Promise<boolean> {
    if (!this.state.extensions.includes(mantidExtensions.userName)) return false;
    try {
      const info = await this.json(
        { call: "info", repeatable: true, doing: "tell whose session it is" },
        parseServiceInfo,
      );
      return info.authenticatedAs !== undefined;
    } catch (error) {
      if (isScarfError(error)) return false;
      throw error;
    }
  }

  #note(answer: HttpAnswer): void {
    const cookies = readCookies(answer.setCookies);
    if (cookies !== undefined && this.state.cookies !== undefined) this.state.cookies = cookies;
    const expires = new Date(answer.headers[wireHeaders.sessionExpires] ?? Number.NaN);
    if (!Number.isNaN(expires.getTime())) this.state.expiresAt = expires;
  }
}
