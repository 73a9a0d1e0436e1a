import { type OperationLogs, runOperation } from "../server/run-operation.js";
import type { Followers } from "../server/shared-answers.js";
import type { SessionDesk } from "../sessions/session-desk.js";
import { findOperation } from "./operations.js";
import { type PacAnswer, textAnswer } from "./pac-answer.js";
import type { PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { readProof } from "./read-proof.js";
import { type Route, routeRequest } from "./route-request.js";
import { splitTarget } from "./split-target.js";

export interface PacFaceOptions extends OperationLogs {
  readonly contextPath: string;
  /** By resource id. */
  readonly desks: ReadonlyMap<string, PacDesk>;
  readonly defaultResource: string | undefined;
  readonly sessions: SessionDesk;
}

/** A request before its target is understood. */
export type RawRequest = Omit<PacRequest, "rest" | "query" | "doubleSlash" | "baseUrl" | "hasFullCompany"> & {
  /** As in the request line. */
  readonly target: string;
  /** `http://host:8080/`, or more where the configuration says so. */
  readonly origin: string;
  /** For an operation that shares its answer, before it looks at anything: the requests that are the same as this one. */
  readonly gather: () => Promise<Followers>;
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
    const found = route === undefined ? undefined : findOperation(route);
    // PUT and DELETE are calls of the current generation, nearly without exception.
    const methods = found?.operation.methods ?? ["GET", "POST"];
    if (route?.operation !== "ws" && !methods.includes(raw.method)) return notAllowed();
    if (route === undefined) return notFound();
    const id = route.resourceId ?? this.#options.defaultResource;
    const desk = id === undefined ? undefined : this.#options.desks.get(id);
    if (desk === undefined || found === undefined) {
      return route.operation === ""
        ? textAnswer("A gateway of scarf-tomo. Web Services are ready.\n")
        : notFound();
    }
    const { method, headers, body, address, certificate, onClosed } = raw;
    let hasFullCompany = false;
    const request: PacRequest = {
      method,
      headers,
      body,
      address,
      certificate,
      onClosed,
      get signal() {
        return raw.signal;
      },
      get hasFullCompany() {
        return hasFullCompany;
      },
      rest: found.rest,
      query: target.query,
      doubleSlash: target.doubleSlash,
      baseUrl: this.#baseUrl(raw.origin, route),
    };
    const { operation, name } = found;
    return runOperation(
      {
        name,
        resourceId: desk.offered.id,
        address: request.address,
        dropSession: (userName) => this.#options.sessions.drop(desk.offered, readProof(request), userName),
        audited: operation.audited,
        run: (audit) => {
          // Until the operation knows better.
          if (request.rest.length > 0) audit.subject = request.rest.join("/");
          return operation.run(request, desk, audit);
        },
        renderFailure: (failure) => operation.errorForm(failure, request),
        ...(operation.isShared === true && {
          sharing: {
            gather: async () => {
              const followers = await raw.gather();
              hasFullCompany = followers.isFull;
              return followers;
            },
            admits: (userName) => this.#options.sessions.admitsAtOnce(userName),
          },
        }),
      },
      this.#options,
    );
  }

  #baseUrl(origin: string, route: Route): string {
    const resource = route.resourceId === undefined ? "" : `${route.resourceId}/`;
    const { contextPath } = this.#options;
    return origin.endsWith(`/${contextPath}/`) ? origin : `${origin}${resource}${contextPath}/`;
  }
}

function notFound(): PacAnswer {
  return { ...textAnswer("There is no such address in this service.\n"), status: 404 };
}

function notAllowed(): PacAnswer {
  return { ...textAnswer("Only GET and POST are known here.\n"), status: 405 };
}
