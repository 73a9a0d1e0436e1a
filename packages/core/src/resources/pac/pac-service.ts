import { isScarfError } from "../../errors/index.js";
import { type HttpAnswer, type HttpBody, type HttpClient, isHtml } from "../../transports/http/index.js";
import { renderTokenCookie, saysSessionEnded, WireFormatError, wireHeaders } from "../../wire/index.js";
import { SecretMask } from "../mask-secret.js";
import { pageInsteadOfAnswer, sessionExpired, notLoggedIn, unreadable, type Who } from "../session-errors.js";
import { type BearerSource, readBearerToken } from "./login/bearer-token.js";
import { gatewayError, statusError } from "./refusals.js";

/** One request of the service. */
export interface PacCall {
  /** Below the base address, already encoded. */
  readonly path: string;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly contentType?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  readonly repeatable?: boolean;
  readonly ownConnection?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** What it is for, as in "refused to …". */
  readonly doing: string;
  /** Statuses besides 200 that the caller reads itself. */
  readonly statuses?: readonly number[];
  /** Needs no session. */
  readonly anonymous?: boolean;
  /** What an answer in another status means. @defaultValue `statusError` */
  readonly failure?: (answer: FailedAnswer) => Promise<Error>;
}

/** An answer whose status says that it went wrong. */
export interface FailedAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Without secrets. */
  readonly body: string;
}

/** What is known of the other side. Changes with its answers. */
export interface PacState {
  token: string | undefined;
  baseUrl: string;
  /** Version of our gateway, if that is what answers. */
  gateway: string | undefined;
  /** What it has declared that the resource behind it can do. */
  capabilities: string | undefined;
  expiresAt: Date | undefined;
}

interface TextAnswer {
  readonly text: string;
  readonly headers: HttpAnswer["headers"];
}

/** Small answers must come whole within this; only lists and files may take longer. */
const smallAnswerSeconds = 300;
/** 512 MiB, the bound of all clients. */
const defaultUploadChunkBytes = 536_870_912;
const anything = "text/plain,application/xml,text/xml,multipart/mixed";

interface PacServiceOptions {
  readonly uploadChunkBytes?: number | undefined;
  /** Shows whose the calls are, in place of a cookie. */
  readonly bearer?: BearerSource | undefined;
}

/** Sends calls with the session's token, and turns every form of failure that concerns all calls into a typed error. */
export class PacService {
  readonly who: Who;
  readonly state: PacState;
  /** Larger files are sent in chunks of this size. */
  readonly uploadChunkBytes: number;
  readonly #client: HttpClient;
  readonly #bearer: BearerSource | undefined;
  /** The token sent last. */
  #bearerToken = "";
  readonly #tokenMask = new SecretMask();
  readonly #bearerMask = new SecretMask();

  constructor(client: HttpClient, who: Who, state: PacState, options: PacServiceOptions = {}) {
    this.#client = client;
    this.who = who;
    this.state = state;
    this.uploadChunkBytes = options.uploadChunkBytes ?? defaultUploadChunkBytes;
    this.#bearer = options.bearer;
  }

  get isGateway(): boolean {
    return this.state.gateway !== undefined;
  }

  url(path: string): string {
    return `${this.state.baseUrl}${path}`;
  }

  /** Without those that show whose the call is. */
  headers(call: Pick<PacCall, "accept" | "contentType" | "headers">): Record<string, string> {
    return {
      Accept: call.accept ?? anything,
      "Accept-Language": "en-us",
      "Content-Type": call.contentType ?? "application/xml",
      ...call.headers,
    };
  }

  /** The headers that show whose a call is, as a person may see them. */
  get accessShown(): Record<string, string> {
    return this.#bearer === undefined
      ? { Cookie: "platform_token=********" }
      : { "Auth-User": this.who.userName, Authorization: "Bearer ********" };
  }

  async #access(anonymous: boolean): Promise<Record<string, string>> {
    if (this.#bearer === undefined) return { Cookie: renderTokenCookie(this.state.token ?? "") };
    const user = { "Auth-User": this.who.userName };
    if (anonymous) return user;
    const { token } = await readBearerToken(this.#bearer);
    this.#bearerToken = token;
    return { ...user, Authorization: `Bearer ${token}` };
  }

  /** The head of an answer in a status that the caller can read. */
  async open(call: PacCall, timeouts?: { readonly totalSeconds: number }): Promise<HttpAnswer> {
    if (this.state.token === undefined && call.anonymous !== true) throw notLoggedIn(this.who);
    const answer = await this.#client.send({
      method: call.method ?? "GET",
      url: this.url(call.path),
      headers: { ...this.headers(call), ...(await this.#access(call.anonymous === true)) },
      repeatable: call.repeatable ?? false,
      ownConnection: call.ownConnection ?? false,
      signal: call.signal,
      ...(call.body !== undefined && { body: call.body }),
      ...(timeouts !== undefined && { timeouts }),
    });
    this.#note(answer);
    if (answer.headers[wireHeaders.errorCode] === undefined) {
      if (answer.status === 200 || call.statuses?.includes(answer.status) === true) return answer;
    }
    const body = this.mask(await answer.text(65_536).catch(() => ""));
    const named = gatewayError(answer.headers, body, this.who);
    if (named !== undefined) throw named;
    if (call.failure === undefined) throw statusError(this.who, answer.status, body);
    throw await call.failure({ status: answer.status, contentType: answer.headers["content-type"], body });
  }

  /** The text of a small answer; a web page is refused. */
  async text(call: PacCall, maxBytes?: number): Promise<string> {
    return (await this.textAndHeaders(call, maxBytes)).text;
  }

  /** The text of a small answer and its headers. */
  async textAndHeaders(call: PacCall, maxBytes?: number): Promise<TextAnswer> {
    return this.#readText(await this.open(call, { totalSeconds: smallAnswerSeconds }), maxBytes);
  }

  /** The same for a call that sends a file, which takes as long as it takes. */
  async textOfTransfer(call: PacCall): Promise<TextAnswer> {
    return this.#readText(await this.open(call));
  }

  async #readText(answer: HttpAnswer, maxBytes?: number): Promise<TextAnswer> {
    const text = this.mask(await answer.text(maxBytes));
    if (isHtml(answer.headers["content-type"], text))
      throw pageInsteadOfAnswer(this.who, text, answer.status);
    return { text, headers: answer.headers };
  }

  /** A small answer in XML, read by `parse`. */
  async xml<T>(call: PacCall, parse: (body: string) => T): Promise<T> {
    const text = await this.text(call);
    return this.reading(call.doing, () => parse(text));
  }

  /** Turns what the wire's readers throw into what the user can use. */
  reading<T>(doing: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.explain(doing, error);
    }
  }

  explain(doing: string, error: unknown): unknown {
    return error instanceof WireFormatError && !isScarfError(error)
      ? unreadable(this.who, doing, error)
      : error;
  }

  /** Throws if a message of the service says that the session is over. */
  checkSession(said: string): void {
    if (saysSessionEnded(said)) throw sessionExpired(this.who, said);
  }

  /** What the other side says goes into errors, and may repeat the request with its token. */
  mask(said: string): string {
    // Errors show the beginning only; of a long list the rest can stay as it is.
    const beginning = this.#tokenMask.mask(said.slice(0, 65_536), this.state.token ?? "");
    return this.#bearerMask.mask(beginning, this.#bearerToken) + said.slice(65_536);
  }

  #note(answer: HttpAnswer): void {
    const gateway = answer.headers[wireHeaders.gateway];
    if (gateway !== undefined) this.state.gateway = gateway;
    this.state.capabilities ??= answer.headers[wireHeaders.capabilities];
    const expires = answer.headers[wireHeaders.sessionExpires];
    if (expires === undefined) return;
    const time = new Date(expires);
    if (!Number.isNaN(time.getTime())) this.state.expiresAt = time;
  }
}
