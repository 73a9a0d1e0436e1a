import * as http from "node:http";
import * as https from "node:https";
import { rootCertificates } from "node:tls";
import { isScarfError, SchedulerError, ValueError } from "../../errors/index.js";
import { sleep } from "../abort.js";
import { getRetryAfterSeconds, mayRepeatRequest, RetryBudget, type RetryOptions } from "../retry.js";
import { readClientCertificate, readPem } from "./client-certificate.js";
import { bareUrl } from "./http-errors.js";
import { exchange } from "./http-exchange.js";
import type { HttpAnswer, HttpClientOptions, HttpRequest, HttpTimeouts } from "./http-types.js";
import { LargeReadAgent } from "./large-read-agent.js";
import { bodySize } from "./send-body.js";

const defaultTimeouts: HttpTimeouts = { connectSeconds: 15, responseSeconds: 120, idleSeconds: 60 };
const defaultRetry: RetryOptions = { attempts: 4, firstDelaySeconds: 0.25, withinSeconds: 30 };
const maxRedirects = 3;

/**
 * The one HTTP client of the library, over Node's own: GET with a body, bodies streamed both ways with flat memory, exact
 * `Content-Length`, connections kept, certificates always verified. `fetch` can do none of the first three.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #retry: RetryOptions;
  readonly #agents = new Map<string, http.Agent | https.Agent>();

  constructor(options: HttpClientOptions = {}) {
    this.#options = options;
    this.#retry = { ...defaultRetry, ...options.retry };
  }

  /**
   * Sends a request and resolves when the head of the answer is here, whatever its status. Repeats it, after growing pauses,
   * only if nothing was sent or the request is `repeatable`.
   * @throws {TransportError} @throws {AbortedError} @throws {SchedulerError} `OUTPUT_UNREADABLE`: sent elsewhere by a redirect.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const budget = new RetryBudget(this.#retry);
    for (;;) {
      const result = await this.#follow(request).catch((error: unknown) => error);
      const mayRepeat =
        request.signal?.aborted !== true && mayRepeatRequest(result, request.repeatable === true);
      const seconds = mayRepeat ? budget.takePauseSeconds(getRetryAfterSeconds(result)) : undefined;
      if (seconds === undefined) {
        if (isAnswer(result)) return result;
        throw result instanceof Error ? result : new Error(String(result));
      }
      if (isAnswer(result)) result.discard();
      await sleep(seconds, request.signal);
    }
  }

  /** Closes idle connections; those in use are closed when their answer is read. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #follow(request: HttpRequest): Promise<HttpAnswer> {
    let url = parseUrl(request.url);
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#exchange(request, url);
      checkCoding(answer, url);
      const location = [301, 302, 303, 307, 308].includes(answer.status)
        ? answer.headers["location"]
        : undefined;
      if (location === undefined) return answer;
      answer.discard();
      url = redirectTarget(
        url,
        location,
        answer.status,
        request.method === "GET" && redirects < maxRedirects,
      );
    }
  }

  #exchange(request: HttpRequest, url: URL): Promise<HttpAnswer> {
    const secure = url.protocol === "https:";
    const agent = this.#agent(secure, request.ownConnection === true);
    const size = bodySize(request.body);
    const headers: Record<string, string> = {
      ...(this.#options.userAgent !== undefined && { "User-Agent": this.#options.userAgent }),
      ...request.headers,
      // Without it Node sends the body of a GET unframed, and the next request on the connection begins inside of it.
      ...((request.body !== undefined || request.method === "POST") && { "Content-Length": String(size) }),
    };
    const { socketPath } = this.#options;
    return exchange(request, {
      url,
      headers,
      timeouts: { ...defaultTimeouts, ...this.#options.timeouts, ...request.timeouts },
      open: (options) =>
        secure
          ? https.request(url, { ...options, agent })
          : http.request(url, { ...options, agent, ...(socketPath !== undefined && { socketPath }) }),
    });
  }

  #agent(secure: boolean, single: boolean): http.Agent | https.Agent {
    const key = `${secure ? "https" : "http"}${single ? " single" : ""}`;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      const options: http.AgentOptions = { keepAlive: !single, maxFreeSockets: 8, scheduling: "lifo" };
      agent = secure ? new https.Agent({ ...options, ...this.#tls() }) : new LargeReadAgent(options);
      this.#agents.set(key, agent);
    }
    return agent;
  }

  #tls(): https.AgentOptions {
    const { caFile, clientCertificate } = this.#options;
    return {
      // Said explicitly, because the environment can turn it off for a whole process.
      rejectUnauthorized: true,
      ...(caFile !== undefined && { ca: [...rootCertificates, readPem(caFile, "caFile")] }),
      ...(clientCertificate !== undefined && readClientCertificate(clientCertificate)),
    };
  }
}

function isAnswer(value: unknown): value is HttpAnswer {
  return typeof value === "object" && value !== null && !isScarfError(value) && "chunks" in value;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new ValueError("USAGE_INVALID", "The address is not an http:// or https:// URL.", {
    hint: "Write it as https://host:port/path/.",
  });
}

/** We ask for no compression. What is compressed nevertheless would be taken for the file itself, and kept as such. */
function checkCoding(answer: HttpAnswer, url: URL): void {
  const coding = answer.headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return;
  answer.discard();
  throw new SchedulerError(
    "OUTPUT_UNREADABLE",
    `${url.host} answered in a coding that nobody asked for (${coding.slice(0, 40)}).`,
    {
      hint: "Something between here and the service compresses its answers; ask its administrators to leave them as they are.",
      context: { url: bareUrl(url), httpStatus: answer.status, coding: coding.slice(0, 40) },
    },
  );
}

/** A redirect is followed on the same server only: the session's token must not travel to another one. */
function redirectTarget(from: URL, location: string, httpStatus: number, allowed: boolean): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (allowed && to !== undefined && to.origin === from.origin) return to;
  throw new SchedulerError(
    "OUTPUT_UNREADABLE",
    `${from.host} sends the request on to ${to === undefined ? "an unreadable address" : bareUrl(to)}; it was not followed.`,
    {
      hint: "If that is where the service is now, change the address of the resource.",
      context: { url: bareUrl(from), httpStatus, location: to === undefined ? undefined : bareUrl(to) },
    },
  );
}
