import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { parseTokenCookie, wireHeaders } from "scarf-tomo/wire";
import type { SessionDesk } from "../sessions/session-desk.js";
import { type Failure, isSessionEnd, toFailure } from "./error-form.js";
import { findOperation } from "./operations.js";
import { type PacAnswer, textAnswer } from "./pac-answer.js";
import type { AuditNote, PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { type Route, routeRequest } from "./route-request.js";
import { splitTarget } from "./split-target.js";
import type { FoundOperation } from "./ws/operations.js";

export interface PacFaceOptions {
  readonly contextPath: string;
  /** By resource id. */
  readonly desks: ReadonlyMap<string, PacDesk>;
  readonly defaultResource: string | undefined;
  readonly sessions: SessionDesk;
  readonly log: Logger;
  readonly audit: Logger;
}

/** A request before its target is understood. */
export type RawRequest = Omit<PacRequest, "rest" | "query" | "doubleSlash" | "baseUrl"> & {
  /** As in the request line. */
  readonly target: string;
  /** `http://host:8080/`, or more where the configuration says so. */
  readonly origin: string;
};

/** SCARF's web service over any compute resources. Never throws: every failure is an answer in the operation's own form. */
export class PacFace {
  readonly #options: PacFaceOptions;

  constructor(options: PacFaceOptions) {
    this.#options = options;
  }

  async answer(raw: RawRequest): Promise<PacAnswer> {
    const target = splitTarget(raw.target);
    const route = routeRequest(target, this.#options.contextPath, [...this.#options.desks.keys()]);
    // PUT and DELETE are calls of the current generation only.
    if (route?.operation !== "ws" && raw.method !== "GET" && raw.method !== "POST") return notAllowed();
    if (route === undefined) return notFound();
    const id = route.resourceId ?? this.#options.defaultResource;
    const desk = id === undefined ? undefined : this.#options.desks.get(id);
    const found = findOperation(route);
    if (desk === undefined || found === undefined) {
      return route.operation === ""
        ? textAnswer("A gateway of scarf-tomo. Web Services are ready.\n")
        : notFound();
    }
    const request: PacRequest = {
      ...raw,
      rest: found.rest,
      query: target.query,
      doubleSlash: target.doubleSlash,
      baseUrl: this.#baseUrl(raw.origin, route),
    };
    return this.#run(found, request, desk);
  }

  async #run({ operation, name }: FoundOperation, request: PacRequest, desk: PacDesk): Promise<PacAnswer> {
    const audit: AuditNote = {};
    const begun = performance.now();
    let answer: PacAnswer;
    try {
      answer = await operation.run(request, desk, audit);
    } catch (error) {
      // The resource's own session may end before ours does; the client is told the same either way.
      const token = parseTokenCookie(request.headers.cookie);
      if (isSessionEnd(error) && token !== undefined) this.#options.sessions.drop(token);
      answer = operation.errorForm(toFailure(error) ?? this.#bug(error, name), request);
    }
    const outcome = answer.headers[wireHeaders.errorCode] ?? "ok";
    const line = {
      operation: name,
      resource: desk.offered.id,
      outcome,
      milliseconds: Math.round(performance.now() - begun),
    };
    this.#options.log.info(line, "request");
    if (operation.audited !== undefined) {
      this.#options.audit.info(
        {
          act: operation.audited,
          user: shorten(audit.userName),
          subject: shorten(audit.subject),
          resource: desk.offered.id,
          address: request.address,
          outcome,
        },
        "act",
      );
    }
    return answer;
  }

  /** A bug of ours: the whole goes to the log, the client gets a reference to it. */
  #bug(error: unknown, operation: string): Failure {
    const reference = randomBytes(4).toString("hex");
    this.#options.log.error({ reference, operation, err: error }, "unexpected failure");
    return {
      code: "OUTPUT_UNREADABLE",
      message: `The service failed unexpectedly (reference ${reference}).`,
      hint: `Tell the operator of the service the reference ${reference}; it is in the log. Look at the state of things before you repeat the request.`,
    };
  }

  #baseUrl(origin: string, route: Route): string {
    const resource = route.resourceId === undefined ? "" : `${route.resourceId}/`;
    const { contextPath } = this.#options;
    return origin.endsWith(`/${contextPath}/`) ? origin : `${origin}${resource}${contextPath}/`;
  }
}

/** Both come from the client, and may be as long as a request. */
function shorten(text: string | undefined): string | undefined {
  return text === undefined || text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

function notFound(): PacAnswer {
  return { ...textAnswer("There is no such address in this service.\n"), status: 404 };
}

function notAllowed(): PacAnswer {
  return { ...textAnswer("Only GET and POST are known here.\n"), status: 405 };
}
